/**
 * Moves parcels: shipped some time after the booking, delivered some time after that. When a parcel moves is written down with
 * what made it so (a booking, its last move, a speed), so a restart forgets nothing, time goes on, and a move costs the same
 * however many parcels are under way.
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
  -- Of every parcel that is under way, and of no other.
  CREATE TABLE IF NOT EXISTS next_moves (
    booking_key TEXT PRIMARY KEY,
    due_at_ms   INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS next_moves_due ON next_moves (due_at_ms);
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

/** The next move of every parcel that is under way; a condition may follow. */
const MOVES_OF_BOOKINGS = `
  INSERT INTO next_moves (booking_key, due_at_ms)
  SELECT b.key, CASE b.status
      WHEN 'booked' THEN b.booked_at_ms + coalesce(own.shipped_after_ms, every.shipped_after_ms)
      ELSE b.shipped_at_ms + coalesce(own.delivered_after_ms, every.delivered_after_ms)
    END
  FROM bookings b
  JOIN speeds every ON every.order_id = ''
  LEFT JOIN speeds own ON own.order_id = b.order_id
  WHERE b.status IN ('booked', 'shipped')`;
const MOVES = `
  SELECT b.key, b.order_id, b.shipment_id, b.tracking_number, b.status, m.due_at_ms
  FROM next_moves m JOIN bookings b ON b.key = m.booking_key`;

const dueRow = z.object({
  key: z.string(),
  order_id: z.string(),
  shipment_id: z.string(),
  tracking_number: z.string(),
  status: z.enum(['booked', 'shipped']),
  due_at_ms: z.number(),
});

const keyRow = z.object({ key: z.string() });

export type Timeline = ReturnType<typeof createTimeline>;
export function createTimeline(store: Store, webhooks: Webhooks) {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  store.run(
    `INSERT INTO speeds (order_id, shipped_after_ms, delivered_after_ms) VALUES ('', ?, ?) ON CONFLICT DO NOTHING`,
    DEFAULT_SPEED.shippedAfterMs,
    DEFAULT_SPEED.deliveredAfterMs,
  );
  const planAll = (): void =>
    store.atomically(() => {
      store.run('DELETE FROM next_moves');
      store.run(MOVES_OF_BOOKINGS);
    });
  // A file of an earlier release has none.
  planAll();

  /** Moves what is due and sleeps until the next move. */
  const wake = (): void => {
    clearTimeout(timer);
    if (stopped) return;
    const due = store.all(dueRow, `${MOVES} WHERE m.due_at_ms <= ? ORDER BY m.due_at_ms`, Date.now());
    for (const parcel of due) store.atomically(() => move(store, webhooks, parcel));
    if (due.length > 0) webhooks.wake();
    const next = store.first(dueRow, `${MOVES} ORDER BY m.due_at_ms LIMIT 1`);
    if (next) timer = setTimeout(wake, Math.min(LONGEST_SLEEP_MS, Math.max(1, next.due_at_ms - Date.now())));
  };

  return {
    wake,
    /** Of a parcel that was booked, moved or cancelled; within the change that did so. */
    plan: (bookingKey: string): void => plan(store, bookingKey),
    setSpeed({ orderId = '', shippedAfterMs, deliveredAfterMs }: Speed): void {
      const now = speedOf(store, orderId);
      store.run(
        `INSERT INTO speeds (order_id, shipped_after_ms, delivered_after_ms) VALUES (?, ?, ?)
         ON CONFLICT (order_id) DO UPDATE SET shipped_after_ms = excluded.shipped_after_ms, delivered_after_ms = excluded.delivered_after_ms`,
        orderId,
        shippedAfterMs ?? now.shippedAfterMs,
        deliveredAfterMs ?? now.deliveredAfterMs,
      );
      if (orderId === '') planAll();
      else
        for (const { key } of store.all(keyRow, 'SELECT key FROM bookings WHERE order_id = ?', orderId))
          plan(store, key);
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

function plan(store: Store, bookingKey: string): void {
  store.run('DELETE FROM next_moves WHERE booking_key = ?', bookingKey);
  store.run(`${MOVES_OF_BOOKINGS} AND b.key = ?`, bookingKey);
}

function move(store: Store, webhooks: Webhooks, parcel: z.output<typeof dueRow>): void {
  const status = parcel.status === 'booked' ? 'shipped' : 'delivered';
  // Moments are those that were due, not those at which a busy or stopped program noticed.
  const at = parcel.due_at_ms;
  store.run(`UPDATE bookings SET status = ?, ${status}_at_ms = ? WHERE key = ?`, status, at, parcel.key);
  plan(store, parcel.key);
  webhooks.queue(parcel.order_id, `shipment.${status}`, {
    shipmentId: parcel.shipment_id,
    orderId: parcel.order_id,
    trackingNumber: parcel.tracking_number,
    bookingKey: parcel.key,
    status,
    at: new Date(at).toISOString(),
  });
}
