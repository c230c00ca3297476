/**
 * HTTP to another company's system, with every way in which it can fail told apart: surely not done, maybe done, or a
 * definite no. The adapters of payments and shipping speak through it.
 *
 * Owns: the meaning of failures, and the circuit that spares a provider that is away. Does not own: retries.
 */
import { isNativeError } from 'node:util/types';
import { z } from 'zod';
import {
  OutcomeUnknownError,
  ProviderRefusedError,
  ProviderUnavailableError,
} from '../../domain/provider-errors.ts';
import { createCircuit } from './circuit.ts';

export interface ProviderHttpOptions {
  /** For messages, for example `payment provider`. */
  readonly provider: string;
  readonly baseUrl: string;
  readonly apiKey: string;
  /** For a whole call, connecting and reading the reply included. */
  readonly timeoutMs: number;
}

export interface ProviderHttp {
  /**
   * A request that does something, with its idempotency key. Not retried here.
   * @throws ProviderUnavailableError, OutcomeUnknownError, ProviderRefusedError
   */
  perform<Reply>(request: {
    readonly path: string;
    readonly operationKey: string;
    readonly orderId: string;
    readonly body: unknown;
    readonly reply: z.ZodType<Reply>;
  }): Promise<Reply>;
  /**
   * A request that only reads; goes through although the circuit is open, because an unknown outcome waits for it.
   * @throws as above, of the reading itself: it says nothing about the operation that is looked up
   */
  read<Reply>(path: string, reply: z.ZodType<Reply>): Promise<Reply>;
}

/** The provider's own words are left out: they may repeat what we sent, an address for example. */
const errorReply = z.object({ error: z.object({ code: z.string().min(1) }) });

/** Failures before the request can have left this machine. */
const NOTHING_SENT_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** Answers that promise that nothing was done; 401 and 403 because an operator, not another order, must mend them. */
const NOTHING_DONE_STATUSES = new Set([401, 403, 425, 429, 503]);
/** 4xx answers that leave open what became of the operation. */
const OPEN_CODES = new Set(['operation_in_progress']);

export function createProviderHttp(options: ProviderHttpOptions): ProviderHttp {
  const circuit = createCircuit(options.provider);
  const base = options.baseUrl.replace(/\/+$/, '');
  const request = async <Reply>(
    path: string,
    init: { readonly method: string; readonly headers: Record<string, string>; readonly body?: string },
    reply: z.ZodType<Reply>,
  ): Promise<Reply> => {
    const what = `${init.method} ${path.replace(/\/by-key\/.*/, '/by-key')} of the ${options.provider}`;
    let response: Response;
    let text: string;
    try {
      response = await fetch(base + path, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${options.apiKey}`, accept: 'application/json' },
        redirect: 'manual',
        signal: AbortSignal.timeout(options.timeoutMs),
      });
      text = await response.text();
    } catch (error) {
      throw connectionFailure(what, error);
    }
    if (!response.ok) throw refusal(what, response, text);
    const parsed = reply.safeParse(parseJson(text));
    if (!parsed.success)
      throw new OutcomeUnknownError(`${what} gave a reply that is not understood`, { cause: parsed.error });
    return parsed.data;
  };

  return {
    perform: ({ path, operationKey, orderId, body, reply }) =>
      circuit.run(orderId, () =>
        request(
          path,
          {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'idempotency-key': operationKey },
            body: JSON.stringify(body),
          },
          reply,
        ),
      ),
    read: (path, reply) => request(path, { method: 'GET', headers: {} }, reply),
  };
}

/** What a failure of the connection means: the causes name only what is known to come before sending. */
function connectionFailure(what: string, error: unknown): Error {
  const codes = causesOf(error).flatMap((cause) => {
    const coded = z.object({ code: z.string(), syscall: z.string().optional() }).safeParse(cause);
    return coded.success ? [coded.data] : [];
  });
  const nothingSent = codes.some(
    ({ code, syscall }) => NOTHING_SENT_CODES.has(code) || syscall === 'connect' || syscall === 'getaddrinfo',
  );
  const named = z.object({ name: z.string() }).safeParse(error);
  const reason = codes[0]?.code ?? (named.success ? named.data.name : 'no reason');
  return nothingSent
    ? new ProviderUnavailableError(`${what} cannot be reached (${reason})`, { cause: error })
    : new OutcomeUnknownError(`${what} gave no reply (${reason})`, { cause: error });
}

/** The error, its causes, and the errors that an AggregateError gathers (one for each address that was tried). */
function causesOf(error: unknown): unknown[] {
  if (!isNativeError(error)) return [];
  const gathered = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return [error, ...causesOf(error.cause), ...gathered];
}

/** What an answer other than 2xx means. */
function refusal(what: string, response: Response, text: string): Error {
  const { status } = response;
  const told = errorReply.safeParse(parseJson(text));
  const code = told.success ? told.data.error.code : null;
  if (NOTHING_DONE_STATUSES.has(status))
    return new ProviderUnavailableError(`${what} answered ${status}${code === null ? '' : ` (${code})`}`, {
      retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
    });
  const isDefinite = status >= 400 && status < 500 && status !== 408;
  if (isDefinite && told.success && !OPEN_CODES.has(told.data.error.code))
    return new ProviderRefusedError(told.data.error.code, `${what} was refused (${code})`);
  // An answer that does not come from the provider itself, such as that of a proxy, says nothing about the operation.
  return new OutcomeUnknownError(`${what} answered ${status}${code === null ? '' : ` (${code})`}`);
}

/** `Retry-After` as seconds or as a date, in milliseconds; undefined when there is none or it is not understood. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - Date.now());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is one more reply that does not fit the schema that is applied next.
    return undefined;
  }
}
