/**
 * Webhooks: queued in the store together with what they tell about, then sent until they are answered with 2xx; at
 * least once and not in order, as real ones are. On command they are held, repeated or shuffled.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Logger } from '../../src/config/logger.ts';
import type { Store } from './store.ts';
import { createWebhookSender, deliveryRow, type WebhookTarget } from './webhook-sender.ts';

export const webhookModeSchema = z.strictObject({
  mode: z.enum(['normal', 'hold', 'duplicate', 'shuffle']),
  /** Absent: the mode of every order that has none of its own. */
  orderId: z.string().min(1).optional(),
  /** How often each is delivered in mode `duplicate`. */
  copies: z.number().int().min(2).max(5).default(2),
  /** Within how long each is delivered in mode `shuffle`, milliseconds. */
  windowMs: z.number().int().min(1).max(600_000).default(1000),
});
export type WebhookMode = z.output<typeof webhookModeSchema>;

const modeRow = z.object({
  order_id: z.string(),
  mode: webhookModeSchema.shape.mode,
  copies: z.number(),
  window_ms: z.number(),
});
type ModeRow = z.output<typeof modeRow>;
const NORMAL: ModeRow = { order_id: '', mode: 'normal', copies: 1, window_ms: 1 };

export type Webhooks = ReturnType<typeof createWebhooks>;
/** @param target where to send them; without it none are made */
export function createWebhooks(store: Store, logger: Logger, target: WebhookTarget | undefined) {
  const sender = target && createWebhookSender(store, logger, target);
  return {
    /** Queues one webhook; to be called within `store.atomically` with its cause, followed by `wake`. */
    queue(orderId: string, type: string, data: unknown): void {
      if (!target) return;
      const id = `evt_${randomUUID().replaceAll('-', '')}`;
      const body = JSON.stringify({ id, type, createdAt: new Date().toISOString(), data });
      insertDeliveries(store, { messageId: id, orderId, body }, modeOf(store, orderId));
    },
    /** Sends what is due now. */
    wake: (): void => sender?.wake(),
    setMode: (mode: WebhookMode): void => storeMode(store, mode),
    /** Sends what was held, in the way of the mode that holds now. @returns how many webhooks were released */
    release(orderId: string | undefined): number {
      const released = releaseHeld(store, orderId);
      sender?.wake();
      return released;
    },
    status: () => webhookStatus(store),
    /** Ends sending; what waits is sent by the next start. */
    stop: async (): Promise<void> => sender?.stop(),
  };
}

function modeOf(store: Store, orderId: string): ModeRow {
  const row = store.first(
    modeRow,
    `SELECT order_id, mode, copies, window_ms FROM webhook_modes WHERE order_id IN (?, '') ORDER BY order_id DESC LIMIT 1`,
    orderId,
  );
  return row ?? NORMAL;
}

function insertDeliveries(
  store: Store,
  webhook: { readonly messageId: string; readonly orderId: string; readonly body: string },
  { mode, copies, window_ms: windowMs }: ModeRow,
): void {
  for (let copy = 0; copy < (mode === 'duplicate' ? copies : 1); copy += 1) {
    store.run(
      'INSERT INTO webhook_deliveries (message_id, order_id, body, state, next_attempt_ms) VALUES (?, ?, ?, ?, ?)',
      webhook.messageId,
      webhook.orderId,
      webhook.body,
      mode === 'hold' ? 'held' : 'waiting',
      Date.now() + (mode === 'shuffle' ? Math.floor(Math.random() * windowMs) : 0),
    );
  }
}

function storeMode(store: Store, mode: WebhookMode): void {
  store.atomically(() => {
    if (mode.orderId === undefined && mode.mode === 'normal') store.run('DELETE FROM webhook_modes');
    store.run(
      `INSERT INTO webhook_modes (order_id, mode, copies, window_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (order_id) DO UPDATE SET mode = excluded.mode, copies = excluded.copies, window_ms = excluded.window_ms`,
      mode.orderId ?? '',
      mode.mode,
      mode.copies,
      mode.windowMs,
    );
  });
}

function releaseHeld(store: Store, orderId: string | undefined): number {
  return store.atomically(() => {
    const held = store.all(
      deliveryRow,
      `SELECT position, message_id, order_id, body, attempts FROM webhook_deliveries
       WHERE state = 'held' AND (?1 IS NULL OR order_id = ?1) ORDER BY position`,
      orderId ?? null,
    );
    for (const delivery of held) {
      store.run('DELETE FROM webhook_deliveries WHERE position = ?', delivery.position);
      const mode = modeOf(store, delivery.order_id);
      insertDeliveries(
        store,
        { messageId: delivery.message_id, orderId: delivery.order_id, body: delivery.body },
        // Mode `hold` is for webhooks yet to come; what is released goes.
        mode.mode === 'hold' ? NORMAL : mode,
      );
    }
    return held.length;
  });
}

function webhookStatus(store: Store) {
  const counts = store.all(
    z.object({ state: z.string(), count: z.number() }),
    'SELECT state, count(*) AS count FROM webhook_deliveries GROUP BY state',
  );
  const count = (state: string): number => counts.find((row) => row.state === state)?.count ?? 0;
  const orders = store.all(
    modeRow,
    `SELECT order_id, mode, copies, window_ms FROM webhook_modes WHERE order_id <> '' ORDER BY order_id`,
  );
  return {
    mode: modeOf(store, '').mode,
    orders: orders.map((row) => ({ orderId: row.order_id, mode: row.mode })),
    waiting: count('waiting'),
    held: count('held'),
  };
}
