/** The one way to the service: with the key or token of whoever has signed in, to this origin only. */
import { ProblemError, toProblem, UNREACHABLE } from './problem.ts';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** All methods reject with ProblemError, and with AbortError when their signal is aborted. */
export interface Client {
  get<Body>(path: string, query?: Query, signal?: AbortSignal): Promise<Body>;
  /** @param idempotencyKey the same for every repetition of one decision; none for what changes nothing */
  post<Body>(path: string, body: unknown, idempotencyKey?: string, signal?: AbortSignal): Promise<Body>;
  download(path: string, query?: Query): Promise<Blob>;
  /** Events as they come, until the stream ends. */
  stream(path: string, signal: AbortSignal): AsyncIterable<ServerSentEvent>;
}

/**
 * @param credential a key or a token; null for what everybody may read
 * @param onRefused called when the service does not know it, or no longer
 */
export function createClient(credential: string | null, onRefused: () => void = () => undefined): Client {
  const send = async (
    path: string,
    init: RequestInit & { readonly headers?: Record<string, string> },
  ): Promise<Response> => {
    const who: Record<string, string> = credential === null ? {} : { authorization: `Bearer ${credential}` };
    const headers = { ...who, ...init.headers };
    let response: Response;
    try {
      response = await fetch(path, { ...init, headers, credentials: 'omit', cache: 'no-store' });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ProblemError(UNREACHABLE);
    }
    if (response.ok) return response;
    const problem = toProblem(
      response.status,
      response.headers.get('x-request-id'),
      await response.json().catch(() => null),
    );
    if (response.status === 401) onRefused();
    throw new ProblemError(problem);
  };

  return {
    async get<Body>(path: string, query: Query = {}, signal?: AbortSignal) {
      const response = await send(withQuery(path, query), signal === undefined ? {} : { signal });
      return (await response.json()) as Body;
    },
    async post<Body>(path: string, body: unknown, idempotencyKey?: string, signal?: AbortSignal) {
      const response = await send(path, {
        method: 'POST',
        ...(signal === undefined ? {} : { signal }),
        headers: {
          'content-type': 'application/json',
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        body: JSON.stringify(body),
      });
      return (await response.json()) as Body;
    },
    async download(path, query = {}) {
      return (await send(withQuery(path, query), {})).blob();
    },
    async *stream(path, signal) {
      const response = await send(path, { headers: { accept: 'text/event-stream' }, signal });
      if (response.body !== null) yield* readServerSentEvents(response.body);
    },
  };
}

export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Names one decision of a person. Made by hand: `crypto.randomUUID` is there on secure origins only. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
