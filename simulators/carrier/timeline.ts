/**
 * Moves parcels: shipped some time after the booking, delivered some time after that. When a parcel moves follows from
 * what is in the store (when it was booked or shipped, and the speed), so a restart forgets nothing and time goes on.
 */
import { z } from 'zod';
import type { Store } from '../shared/store.ts';
import type { Webhooks } from '../shared/webhooks.ts';

export const TIMELINE_SCHEMA = `
  -- order_id '' is the speed for every order that has none of its own.
  CREATE TABLE IF NOT EXISTS speeds (
    order_id           TEXT PRIMARY KEY,
    shipped_after_ms   INTEGER NOT NULL,
    delivered_after_ms INTEGER NOT NULL
  ) STRICT;
`;

const afterMs = z
  .number()
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER / 2);
export const speedSchema = z.strictObject({
  /** From booking to handing over; as it was when absent. */
  shippedAfterMs: afterMs.optional(),
  /** From handing over to arrival; as it was when absent. */
  deliveredAfterMs: afterMs.optional(),
  orderId: z.string().min(1).optional(),
});
type Speed = z.output<typeof speedSchema>;
const DEFAULT_SPEED = { shippedAfterMs: 1000, deliveredAfterMs: 2000 };
/** The longest that a Node timer can sleep. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/** Every parcel that is under way, with the moment of its next move. */
const UNDER_WAY = `
  SELECT key, order_id, shipment_id, tracking_number, status, due_at_ms FROM (
    SELECT b.*,
      CASE b.status
        WHEN 'booked' THEN b.booked_at_ms + coalesce(own.shipped_after_ms, every.shipped_after_ms)
        ELSE b.shipped_at_ms + coalesce(own.delivered_after_ms, every.delivered_after_ms)
      END AS due_at_ms
    FROM bookings b
    JOIN speeds every ON every.order_id = ''
    LEFT JOIN speeds own ON own.order_id = b.order_id
    WHERE b.status IN ('booked', 'shipped')
  )`;

const dueRow = z.object({
  key: z.string(),
  order_id: z.string(),
  shipment_id: z.string(),
  tracking_number: z.string(),
  status: z.enum(['booked', 'shipped']),
  due_at_ms: z.number(),
});

export type Timeline = ReturnType<typeof createTimeline>;
export function createTimeline(store: Store, webhooks: Webhooks) {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  store.run(
    `INSERT INTO speeds (order_id, shipped_after_ms, delivered_after_ms) VALUES ('', ?, ?) ON CONFLICT DO NOTHING`,
    DEFAULT_SPEED.shippedAfterMs,
    DEFAULT_SPEED.deliveredAfterMs,
  );

  /** Moves what is due and sleeps until the next move. */
  const wake = (): void => {
    clearTimeout(timer);
    if (stopped) return;
    const due = store.all(dueRow, `${UNDER_WAY} WHERE due_at_ms <= ? ORDER BY due_at_ms`, Date.now());
    for (const parcel of due) store.atomically(() => move(store, webhooks, parcel));
    if (due.length > 0) webhooks.wake();
    const next = store.first(dueRow, `${UNDER_WAY} ORDER BY due_at_ms LIMIT 1`);
    if (next) timer = setTimeout(wake, Math.min(LONGEST_SLEEP_MS, Math.max(1, next.due_at_ms - Date.now())));
  };

  return {
    wake,
    setSpeed({ orderId = '', shippedAfterMs, deliveredAfterMs }: Speed): void {
      const now = speedOf(store, orderId);
      store.run(
        `INSERT INTO speeds (order_id, shipped_after_ms, delivered_after_ms) VALUES (?, ?, ?)
         ON CONFLICT (order_id) DO UPDATE SET shipped_after_ms = excluded.shipped_after_ms, delivered_after_ms = excluded.delivered_after_ms`,
        orderId,
        shippedAfterMs ?? now.shippedAfterMs,
        deliveredAfterMs ?? now.deliveredAfterMs,
      );
      wake();
    },
    /** The speed of every order that has none of its own. */
    speed: () => speedOf(store, ''),
    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function speedOf(store: Store, orderId: string): { shippedAfterMs: number; deliveredAfterMs: number } {
  const row = store.first(
    z.object({ shipped_after_ms: z.number(), delivered_after_ms: z.number() }),
    `SELECT shipped_after_ms, delivered_after_ms FROM speeds WHERE order_id IN (?, '') ORDER BY order_id DESC LIMIT 1`,
    orderId,
  );
  return row
    ? { shippedAfterMs: row.shipped_after_ms, deliveredAfterMs: row.delivered_after_ms }
    : DEFAULT_SPEED;
}

function move(store: Store, webhooks: Webhooks, parcel: z.output<typeof dueRow>): void {
  const status = parcel.status === 'booked' ? 'shipped' : 'delivered';
  // Moments are those that were due, not those at which a busy or stopped program noticed.
  const at = parcel.due_at_ms;
  store.run(`UPDATE bookings SET status = ?, ${status}_at_ms = ? WHERE key = ?`, status, at, parcel.key);
  webhooks.queue(parcel.order_id, `shipment.${status}`, {
    shipmentId: parcel.shipment_id,
    orderId: parcel.order_id,
    trackingNumber: parcel.tracking_number,
    bookingKey: parcel.key,
    status,
    at: new Date(at).toISOString(),
  });
}
