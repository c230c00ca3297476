/** Delivers what is due in the queue of webhooks: several at once, each until it is answered with 2xx. */
import { z } from 'zod';
import type { Logger } from '../../src/config/logger.ts';
import { signWebhook, WEBHOOK_SIGNATURE_HEADER } from '../../src/config/webhook-signature.ts';
import type { Store } from './store.ts';

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;
const DELIVERY_TIMEOUT_MS = 5_000;
const DELIVERIES_AT_ONCE = 8;

/** Where webhooks go. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

/** One delivery as the queue keeps it. */
export const deliveryRow = z.object({
  position: z.number(),
  message_id: z.string(),
  order_id: z.string(),
  body: z.string(),
  attempts: z.number(),
});
type DeliveryRow = z.output<typeof deliveryRow>;

export type WebhookSender = ReturnType<typeof createWebhookSender>;
export function createWebhookSender(store: Store, logger: Logger, target: WebhookTarget) {
  const underWay = new Map<number, Promise<void>>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const deliver = async (delivery: DeliveryRow): Promise<void> => {
    const failure = await send(target, delivery.body, stopping.signal);
    if (failure === null) {
      store.run('DELETE FROM webhook_deliveries WHERE position = ?', delivery.position);
      return;
    }
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(delivery.attempts, 10));
    const { message_id: messageId, order_id: orderId } = delivery;
    logger[delivery.attempts === 0 ? 'info' : 'debug'](
      { messageId, orderId, failure, delayMs },
      'a webhook was not taken and is sent again',
    );
    store.run(
      'UPDATE webhook_deliveries SET attempts = attempts + 1, next_attempt_ms = ? WHERE position = ?',
      Date.now() + delayMs,
      delivery.position,
    );
  };

  const wake = (): void => {
    clearTimeout(timer);
    if (stopping.signal.aborted) return;
    for (const delivery of dueDeliveries(store, underWay)) {
      const work = deliver(delivery).finally(() => {
        underWay.delete(delivery.position);
        wake();
      });
      underWay.set(delivery.position, work);
    }
    // When all places are taken, the first that ends wakes the next.
    if (underWay.size >= DELIVERIES_AT_ONCE) return;
    const nextAtMs = nextDueAtMs(store, underWay);
    if (nextAtMs !== null) timer = setTimeout(wake, Math.max(1, nextAtMs - Date.now()));
  };

  return {
    /** Sends what is due now, and sleeps until the next is. */
    wake,
    /** Cuts what is under way; all that was not taken stays in the queue for the next start. */
    stop: async (): Promise<void> => {
      stopping.abort();
      clearTimeout(timer);
      await Promise.all(underWay.values());
    },
  };
}

function dueDeliveries(store: Store, underWay: ReadonlyMap<number, unknown>): DeliveryRow[] {
  return store.all(
    deliveryRow,
    `SELECT position, message_id, order_id, body, attempts FROM webhook_deliveries
     WHERE state = 'waiting' AND next_attempt_ms <= ? AND position NOT IN (SELECT value FROM json_each(?))
     ORDER BY next_attempt_ms, position LIMIT ?`,
    Date.now(),
    JSON.stringify([...underWay.keys()]),
    DELIVERIES_AT_ONCE - underWay.size,
  );
}

function nextDueAtMs(store: Store, underWay: ReadonlyMap<number, unknown>): number | null {
  const next = store.first(
    z.object({ at: z.number().nullable() }),
    `SELECT min(next_attempt_ms) AS at FROM webhook_deliveries
     WHERE state = 'waiting' AND position NOT IN (SELECT value FROM json_each(?))`,
    JSON.stringify([...underWay.keys()]),
  );
  return next?.at ?? null;
}

/** @returns null when it was taken, else what was in the way */
async function send(target: WebhookTarget, body: string, stopped: AbortSignal): Promise<string | null> {
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        // Signed anew each time: the receiver refuses an old signature.
        [WEBHOOK_SIGNATURE_HEADER]: signWebhook(target.secret, Math.floor(Date.now() / 1000), body),
      },
      body,
      signal: AbortSignal.any([stopped, AbortSignal.timeout(DELIVERY_TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.ok ? null : `HTTP ${response.status}`;
  } catch (error) {
    return String(error instanceof Error && error.cause instanceof Error ? error.cause : error);
  }
}
