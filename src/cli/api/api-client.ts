/**
 * The one way in which the tool speaks with the API. A call that fails for a passing reason is repeated unchanged, with the
 * same Idempotency-Key, until its patience is used up; so a repetition never does a thing twice.
 */
import type { z } from 'zod';
import { pause } from '../pause.ts';
import { ApiRefusalError, ApiReplyError, ApiUnreachableError, problemSchema } from './api-errors.ts';

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Begins with a slash; parts that come from outside are encoded by {@link apiPath}. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** Every POST has one. */
  readonly idempotencyKey?: string;
}

export interface ApiAnswer<Body> {
  readonly status: number;
  /** As checked against the schema of the call; fields that the schema does not know are kept. */
  readonly body: Body;
}

export interface ApiClient {
  readonly baseUrl: string;
  /**
   * @throws ApiRefusalError when the API says no, and still says it after the client's patience when it said "later"
   * @throws ApiUnreachableError when nobody answers within that patience
   * @throws ApiReplyError when the answer is not of the form that the contract names
   * @throws the signal's reason when the person stops the command
   */
  call<Schema extends z.ZodType>(call: ApiCall, reply: Schema): Promise<ApiAnswer<z.output<Schema>>>;
}

export interface ApiClientOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly signal: AbortSignal;
  /** How long a refusal that says "later" is met with another try, milliseconds. */
  readonly busyPatienceMs: number;
  /** How long silence is met with another try, milliseconds; zero for none. */
  readonly silencePatienceMs: number;
  /** One try. @default 30 000 */
  readonly timeoutMs?: number;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;
/** "Later", said by the API or by something in front of it. */
const BUSY_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Puts a path together from fixed parts and values from outside. */
export function apiPath(fixed: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: fixed }, ...values.map((value) => encodeURIComponent(value)));
}

function retryAfterOf(response: Response): number | undefined {
  const text = response.headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}

async function tryOnce(options: ApiClientOptions, call: ApiCall): Promise<Response> {
  const url = new URL(`${options.baseUrl}${call.path}`);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers = new Headers({ authorization: `Bearer ${options.apiKey}`, accept: 'application/json' });
  if (call.body !== undefined) headers.set('content-type', 'application/json');
  if (call.idempotencyKey !== undefined) headers.set('idempotency-key', call.idempotencyKey);
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 30_000);
  return await fetch(url, {
    method: call.method,
    headers,
    signal: AbortSignal.any([options.signal, timeout]),
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  });
}

async function readAnswer<Schema extends z.ZodType>(
  baseUrl: string,
  response: Response,
  text: string,
  reply: Schema,
): Promise<ApiAnswer<z.output<Schema>>> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    const kind = response.headers.get('content-type') ?? 'no content type';
    throw response.ok || !BUSY_STATUSES.has(response.status)
      ? new ApiReplyError(baseUrl, `HTTP ${response.status} with ${kind} instead of JSON`, error)
      : new ApiRefusalError(
          {
            title: 'Something in front of the service refused',
            status: response.status,
            code: 'UNAVAILABLE',
          },
          retryAfterOf(response),
        );
  }
  if (!response.ok) {
    const problem = problemSchema.safeParse(body);
    if (problem.success) throw new ApiRefusalError(problem.data, retryAfterOf(response));
    throw new ApiReplyError(baseUrl, `HTTP ${response.status} without a problem document`, problem.error);
  }
  const parsed = reply.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
    throw new ApiReplyError(baseUrl, `a reply lacks what it should have${where}`, parsed.error);
  }
  return { status: response.status, body: parsed.data };
}

async function attempt<Schema extends z.ZodType>(
  options: ApiClientOptions,
  call: ApiCall,
  reply: Schema,
): Promise<ApiAnswer<z.output<Schema>>> {
  let response: Response;
  let text: string;
  try {
    response = await tryOnce(options, call);
    text = await response.text();
  } catch (error) {
    options.signal.throwIfAborted();
    throw new ApiUnreachableError(options.baseUrl, error);
  }
  return readAnswer(options.baseUrl, response, text, reply);
}

/** How long to wait before the next try, or null when there is to be none. */
function nextDelayMs(
  options: ApiClientOptions,
  error: unknown,
  attempts: number,
  elapsedMs: number,
): number | null {
  const isBusy =
    error instanceof ApiRefusalError &&
    (BUSY_STATUSES.has(error.problem.status) || error.problem.code === 'REQUEST_IN_PROGRESS');
  const isSilent = error instanceof ApiUnreachableError;
  if (!isBusy && !isSilent) return null;
  const growing = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1));
  // Spread over half the delay, so that several calls refused together do not come back together.
  const spread = growing * (0.75 + Math.random() / 2);
  const delayMs = isBusy ? (error.retryAfterMs ?? spread) : spread;
  const patienceMs = isBusy ? options.busyPatienceMs : options.silencePatienceMs;
  return elapsedMs + delayMs <= patienceMs ? delayMs : null;
}

/** A client for one address and one key. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  return {
    baseUrl: options.baseUrl,
    async call(call, reply) {
      const startedAt = performance.now();
      for (let attempts = 1; ; attempts += 1) {
        try {
          return await attempt(options, call, reply);
        } catch (error) {
          const delayMs = nextDelayMs(options, error, attempts, performance.now() - startedAt);
          if (delayMs === null) throw error;
          await pause(delayMs, options.signal);
        }
      }
    },
  };
}
