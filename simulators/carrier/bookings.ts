/**
 * What the carrier does: books parcels, cancels bookings, and knows where each parcel is.
 *
 * Owns: the rules and the record of bookings. Does not own: time, which is the timeline's.
 */
import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Refusal } from '../shared/operation-endpoint.ts';
import type { Operations } from '../shared/provider-store.ts';
import type { Store } from '../shared/store.ts';

export const CARRIER_NAME = 'Simulated Parcel';
/** The postal code of a place to which this carrier does not deliver. */
const NOT_SERVED = '00000';

export const BOOKING_SCHEMA = `
  CREATE TABLE IF NOT EXISTS bookings (
    key              TEXT PRIMARY KEY,
    id               TEXT NOT NULL,
    order_id         TEXT NOT NULL,
    shipment_id      TEXT NOT NULL,
    tracking_number  TEXT NOT NULL UNIQUE,
    from_location_id TEXT NOT NULL,
    ship_to          TEXT NOT NULL,
    weight_grams     INTEGER NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('booked', 'shipped', 'delivered', 'cancelled')),
    booked_at_ms     INTEGER NOT NULL,
    shipped_at_ms    INTEGER,
    delivered_at_ms  INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS bookings_under_way ON bookings (status) WHERE status IN ('booked', 'shipped');
  CREATE INDEX IF NOT EXISTS bookings_of_order ON bookings (order_id);
`;

const id = z.string().min(1).max(255);
const line = z.string().min(1).max(500);
export const addressSchema = z.object({
  name: line,
  line1: line,
  line2: line.optional(),
  city: line,
  region: line.optional(),
  postalCode: line,
  country: z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code'),
});
export const bookBody = z.strictObject({
  orderId: id,
  shipmentId: id,
  fromLocationId: id,
  shipTo: addressSchema,
  weightGrams: z.number().int().min(0),
});
export const cancelBody = z.strictObject({ orderId: id, bookingKey: id });

const bookingRow = z.object({
  key: z.string(),
  id: z.string(),
  order_id: z.string(),
  shipment_id: z.string(),
  tracking_number: z.string(),
  from_location_id: z.string(),
  ship_to: z.string().transform((text) => addressSchema.parse(JSON.parse(text))),
  weight_grams: z.number(),
  status: z.enum(['booked', 'shipped', 'delivered', 'cancelled']),
  booked_at_ms: z.number(),
  shipped_at_ms: z.number().nullable(),
  delivered_at_ms: z.number().nullable(),
});
export type BookingRow = z.output<typeof bookingRow>;

interface Request<Body> {
  readonly key: string;
  readonly body: Body;
  readonly decline: { readonly code: string | undefined } | null;
}

export type Bookings = ReturnType<typeof createBookings>;
/** @param options.labelSecret makes the tokens in label addresses */
export function createBookings(
  store: Store,
  operations: Operations,
  options: { readonly publicUrl: string; readonly labelSecret: string },
) {
  const find = (column: 'key' | 'tracking_number', value: string): BookingRow | null =>
    store.first(bookingRow, `SELECT * FROM bookings WHERE ${column} = ?`, value);
  /** A label shows an address, so its own address carries a token that only we can make. */
  const labelToken = (trackingNumber: string): string =>
    createHmac('sha256', options.labelSecret).update(`label ${trackingNumber}`).digest('hex').slice(0, 32);
  const toWire = (row: BookingRow) => ({
    id: row.id,
    key: row.key,
    orderId: row.order_id,
    shipmentId: row.shipment_id,
    carrier: CARRIER_NAME,
    trackingNumber: row.tracking_number,
    labelUrl: `${options.publicUrl}/v1/labels/${row.tracking_number}.pdf?token=${labelToken(row.tracking_number)}`,
    status: row.status,
    bookedAt: toTime(row.booked_at_ms),
    shippedAt: toTime(row.shipped_at_ms),
    deliveredAt: toTime(row.delivered_at_ms),
  });
  const recordOperation = (
    operation: 'book' | 'cancel',
    request: Request<{ readonly orderId: string }>,
    more: {
      readonly parentKey: string | null;
      readonly detail: Readonly<Record<string, unknown>>;
    },
  ): void =>
    operations.insert({
      id: `co_${randomUUID().replaceAll('-', '')}`,
      key: request.key,
      operation,
      orderId: request.body.orderId,
      amountMinor: null,
      currency: null,
      status: 'succeeded',
      at: new Date().toISOString(),
      ...more,
    });

  return {
    labelToken,
    byKey: (key: string): ReturnType<typeof toWire> | null => {
      const row = find('key', key);
      return row && toWire(row);
    },
    byTrackingNumber: (trackingNumber: string): BookingRow | null => find('tracking_number', trackingNumber),

    book(request: Request<z.output<typeof bookBody>>) {
      const { orderId, shipmentId, fromLocationId, shipTo, weightGrams } = request.body;
      refuseDeclined(request);
      if (operations.succeededChildren(request.key, 'cancel').length > 0)
        throw new Refusal('cancelled_before', 'This booking was cancelled before it arrived');
      if (shipTo.postalCode === NOT_SERVED)
        throw new Refusal('address_not_served', 'This carrier does not deliver there');
      const trackingNumber = newTrackingNumber();
      store.run(
        `INSERT INTO bookings (key, id, order_id, shipment_id, tracking_number, from_location_id, ship_to, weight_grams, status, booked_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'booked', ?)`,
        request.key,
        `bk_${randomUUID().replaceAll('-', '')}`,
        orderId,
        shipmentId,
        trackingNumber,
        fromLocationId,
        JSON.stringify(shipTo),
        weightGrams,
        Date.now(),
      );
      recordOperation('book', request, { parentKey: null, detail: { shipmentId, trackingNumber } });
      return this.byKey(request.key);
    },

    /** Of a booking that was never made, too: that is kept, so that one that arrives later is refused. */
    cancel(request: Request<z.output<typeof cancelBody>>) {
      const { bookingKey, orderId } = request.body;
      refuseDeclined(request);
      const booking = find('key', bookingKey);
      if (booking && booking.order_id !== orderId)
        throw new Refusal('order_mismatch', 'That booking belongs to another order');
      if (booking?.status === 'shipped' || booking?.status === 'delivered')
        throw new Refusal('already_shipped', 'The parcel has left');
      recordOperation('cancel', request, {
        parentKey: bookingKey,
        detail: booking
          ? { shipmentId: booking.shipment_id, trackingNumber: booking.tracking_number }
          : { neverBooked: true },
      });
      if (!booking) throw new Refusal('booking_not_found', 'No booking has this key', 404);
      store.run(`UPDATE bookings SET status = 'cancelled' WHERE key = ?`, bookingKey);
      return this.byKey(bookingKey);
    },
  };
}

function refuseDeclined(request: Request<unknown>): void {
  if (request.decline) throw new Refusal(request.decline.code ?? 'declined', 'The carrier does not do this');
}

function newTrackingNumber(): string {
  return `SP${randomInt(10 ** 12)
    .toString()
    .padStart(12, '0')}`;
}

function toTime(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
