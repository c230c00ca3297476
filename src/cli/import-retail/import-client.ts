/** What the steps of an import share. */
import { apiPath, type ApiClient } from '../api/api-client.ts';
import { ApiRefusalError } from '../api/api-errors.ts';
import { orderSchema, type OrderReply } from '../api/api-replies.ts';
import { pause } from '../pause.ts';

export interface ImportClient {
  readonly api: ApiClient;
  readonly signal: AbortSignal;
  /** How long an order may stay undecided, and a capture may stay away, before it is reported as pending; milliseconds. */
  readonly waitMs: number;
}

/** A request that the API will refuse for ever; the run goes on without it. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
}

/** Problems of the caller or of the whole service, which no other invoice would escape. */
const FATAL_STATUSES: ReadonlySet<number> = new Set([401, 403, 429, 502, 503, 504]);

/** What was refused, when it concerns this one request only. @throws the error itself when it does not */
export function refusalFrom(error: unknown): Refusal {
  if (!(error instanceof ApiRefusalError) || FATAL_STATUSES.has(error.problem.status)) throw error;
  const fields = (error.problem.errors ?? []).slice(0, 3).map((field) => `${field.pointer} ${field.message}`);
  return {
    code: error.problem.code,
    detail: [error.problem.detail ?? error.problem.title, ...fields].join('; '),
  };
}

export async function getOrder({ api }: ImportClient, orderId: string): Promise<OrderReply> {
  const { body } = await api.call({ method: 'GET', path: apiPath`/v1/orders/${orderId}` }, orderSchema);
  return body;
}

const FIRST_POLL_MS = 100;
const LONGEST_POLL_MS = 2_000;

/** Asks for the order until it is as wanted or the time is up; answers what it was last. */
export async function pollOrder(
  client: ImportClient,
  orderId: string,
  isAsWanted: (order: OrderReply) => boolean,
): Promise<OrderReply> {
  const giveUpAtMs = performance.now() + client.waitMs;
  for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_POLL_MS)) {
    const order = await getOrder(client, orderId);
    if (isAsWanted(order) || performance.now() + waitMs > giveUpAtMs) return order;
    await pause(waitMs, client.signal);
  }
}

/** Statuses of an order that is still being decided. */
const UNDECIDED: ReadonlySet<string> = new Set(['placed', 'reserved', 'in_review', 'authorized']);

export function isDecided(order: OrderReply): boolean {
  return !UNDECIDED.has(order.status);
}
