/** What becomes of an order's parcels: label made, handed over, arrived, cancelled. */
import { sql, type SQL } from 'drizzle-orm';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import { bookingOperationKey } from '../../../src/domain/ids.ts';
import { ORDER_TRANSITIONS, sourcesOf } from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import type { CancelledBooking, Fulfilment, OrderRef, OrderRepository } from '../orders.repository.ts';
import { json, onlyRow, reading, writing, type Part } from '../sql.ts';
import { bookingCancelKeyOf, bookingKeyOf } from './booking-keys.ts';
import { fact } from './facts.ts';
import { changeOrder, move } from './order-change.ts';
import {
  operationIsPending,
  pendingOperation,
  planOperations,
  settleOperation,
} from './provider-operations.ts';
import { changeShelves, lockShelves, recordMovements } from './shelf-parts.ts';
import { waitingAfterOutcome } from './waiting-parts.ts';

const FULFIL = move('fulfil');

/** `parcels`: all shipments of the order, locked. */
export const PARCELS = reading(
  'parcels',
  sql`SELECT * FROM shipments WHERE order_id = (SELECT id FROM held) ORDER BY id FOR NO KEY UPDATE`,
);

type ShipmentSteps = Pick<
  OrderRepository,
  | 'readFulfilment'
  | 'recordBooked'
  | 'recordShipped'
  | 'recordDelivered'
  | 'recordBookingCancelled'
  | 'recordBookingReplanned'
>;

export function createShipmentSteps(database: Database): ShipmentSteps {
  return {
    ...readFulfilment(database),
    ...bookShipments(database),
    ...cancelShipments(database),
    ...trackShipments(database),
  };
}

function readFulfilment(database: Database): Pick<ShipmentSteps, 'readFulfilment'> {
  return {
    async readFulfilment(orderId) {
      const rows = await database.query<Fulfilment>(
        'orders.readFulfilment',
        // The weight is looked up line by line: a join could be planned for orders of few lines, and take a square of many.
        sql`SELECT (SELECT ship_to FROM order_contacts WHERE order_id = ${orderId}) AS "shipTo", (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
              'shipmentId', shipments.id,
              'locationId', shipments.location_id,
              'status', shipments.status,
              'bookingAttempt', shipments.booking_attempt,
              'weightGrams', (
                SELECT sum(reservations.quantity * (
                  SELECT weight_grams FROM order_lines
                  WHERE order_lines.order_id = reservations.order_id AND order_lines.line_number = reservations.line_number))
                FROM reservations
                WHERE reservations.order_id = shipments.order_id AND reservations.location_id = shipments.location_id
              ),
              'isCancelUnknown', EXISTS (
                SELECT FROM provider_operations
                WHERE key = ${bookingCancelKeyOf(sql`shipments`)} AND provider_operations.status = 'pending'
              )) ORDER BY shipments.location_id COLLATE "C"), '[]')
            FROM shipments WHERE shipments.order_id = ${orderId}
          ) AS shipments`,
      );
      return onlyRow(rows);
    },
  };
}

function bookShipments(database: Database): Pick<ShipmentSteps, 'recordBooked'> {
  return {
    async recordBooked(input) {
      const name = 'orders.recordBooked';
      const shipmentIds = input.shipments.map((shipment) => shipment.shipmentId);
      const change = await changeOrder(database, name, {
        order: input,
        legalIn: FULFIL.sources,
        reads: [
          PARCELS,
          reading(
            'bookings',
            sql`SELECT parcels.location_id, ${bookingKeyOf(sql`parcels`)} AS key, given.*
              FROM jsonb_to_recordset(${json(input.shipments)}) AS given ("shipmentId" text, "bookingAttempt" integer,
                carrier text, "trackingNumber" text, "carrierReference" text, "labelUrl" text)
              JOIN parcels ON parcels.id = given."shipmentId" AND parcels.status = 'pending'
                AND parcels.booking_attempt = given."bookingAttempt"`,
          ),
          reading(
            'first_hold',
            sql`SELECT FROM payment_intents WHERE order_id = (SELECT id FROM held)
              AND authorization_attempt = 1 AND voided_at IS NULL FOR NO KEY UPDATE`,
          ),
        ],
        when: sql`(SELECT count(*) FROM bookings) = (SELECT count(*) FROM parcels)`,
        status: sql`${FULFIL.target}`,
        facts: [
          fact('commerce.fulfilment.started.v1', { shipmentIds }),
          fact(
            'commerce.shipment.label_created.v1',
            {
              shipmentId: sql`"shipmentId"`,
              locationId: sql`location_id`,
              carrier: sql`carrier`,
              trackingNumber: sql`"trackingNumber"`,
            },
            { from: sql`bookings`, orderBy: sql`"shipmentId"` },
          ),
        ],
        effects: [
          writing(
            'booked',
            sql`UPDATE shipments SET status = 'booked', carrier = bookings.carrier, tracking_number = "trackingNumber",
                carrier_reference = "carrierReference", label_url = "labelUrl", updated_at = now()
              FROM moved, bookings WHERE shipments.id = "shipmentId"`,
          ),
          writing(
            'bookings_settled',
            sql`UPDATE provider_operations SET status = 'succeeded', provider_reference = "carrierReference", settled_at = now()
              FROM moved, bookings
              WHERE provider_operations.key = bookings.key AND provider_operations.status = 'pending'`,
          ),
          // A hold that took the place of this one has a capture of its own, planned when it is made.
          planOperations('capture_planned', {
            key: sql`${input.captureKey}`,
            kind: 'capture',
            amountMinor: sql`moved.total_minor`,
            currency: sql`moved.currency`,
            from: sql`first_hold`,
          }),
        ],
      });
      if (!change.applied && FULFIL.sources.includes(change.status))
        throw new InvariantViolatedError(name, 'all shipments of an order are booked together');
      return change;
    },
  };
}

function cancelShipments(
  database: Database,
): Pick<ShipmentSteps, 'recordBookingCancelled' | 'recordBookingReplanned'> {
  return {
    async recordBookingCancelled(input) {
      await changeOrder(database, 'orders.recordBookingCancelled', {
        order: { orderId: input.orderId },
        reads: [pendingOperation(input.operationKey, 'cancel_booking')],
        when: operationIsPending,
        waiting: waitingAfterOutcome(sql`held.status`),
        effects: [
          ...settleCancelledBooking(input),
          writing(
            'parcel_cancelled',
            sql`UPDATE shipments SET status = 'cancelled', updated_at = now()
              FROM moved WHERE ${isUnderWay(input)}`,
          ),
        ],
      });
    },

    async recordBookingReplanned(input) {
      const { nextAttempt, shipmentId } = input;
      await changeOrder(database, 'orders.recordBookingReplanned', {
        order: { orderId: input.orderId },
        legalIn: FULFIL.sources,
        reads: [pendingOperation(input.operationKey, 'cancel_booking')],
        when: operationIsPending,
        waiting: sql`'correction'`,
        effects: [
          ...settleCancelledBooking(input),
          writing(
            'parcel_planned',
            sql`UPDATE shipments SET booking_attempt = ${nextAttempt}, updated_at = now()
              FROM moved WHERE ${isUnderWay(input)}
              RETURNING shipments.id`,
          ),
          planOperations('booking_planned', {
            key: sql`${bookingOperationKey(shipmentId, nextAttempt)}`,
            kind: 'book',
            subjectId: sql`parcel_planned.id`,
            from: sql`parcel_planned`,
          }),
        ],
      });
    },
  };
}

/** The row of a parcel that has not left, with that booking; over `moved`. */
function isUnderWay({ shipmentId, bookingAttempt }: CancelledBooking): SQL {
  return sql`shipments.id = ${shipmentId} AND shipments.order_id = moved.id
    AND shipments.booking_attempt = ${bookingAttempt} AND shipments.status IN ('pending', 'booked')`;
}

/** Settles `operation`, which is the cancellation, and the booking that it cancelled. */
function settleCancelledBooking({ shipmentId, bookingAttempt, carrierReference }: CancelledBooking): Part[] {
  const outcome = carrierReference === null ? 'not_needed' : 'succeeded';
  return [
    settleOperation(
      carrierReference === null
        ? { status: 'not_needed' }
        : { status: 'succeeded', reference: carrierReference },
    ),
    writing(
      'booking_settled',
      sql`UPDATE provider_operations SET status = ${outcome}, provider_reference = ${carrierReference}::text, settled_at = now()
        FROM moved WHERE key = ${bookingOperationKey(shipmentId, bookingAttempt)} AND provider_operations.status = 'pending'`,
    ),
  ];
}

/** Whether this shipment is the last one that was not yet `done`. */
function isLast(shipmentId: string, done: SQL): SQL {
  return sql`NOT EXISTS (SELECT FROM parcels WHERE id <> ${shipmentId} AND status NOT IN (${done}, 'cancelled'))`;
}

function trackShipments(database: Database): Pick<ShipmentSteps, 'recordShipped' | 'recordDelivered'> {
  return {
    recordShipped(input) {
      const { shipmentId } = input;
      const last = isLast(shipmentId, sql`'shipped', 'delivered'`);
      return changeOrder(database, 'orders.recordShipped', {
        order: input,
        legalIn: sourcesOf('ship'),
        reads: [PARCELS],
        when: sql`EXISTS (SELECT FROM parcels WHERE id = ${shipmentId} AND status = 'booked')`,
        status: sql`CASE WHEN ${last} THEN ${ORDER_TRANSITIONS.ship.to} ELSE held.status END`,
        facts: [
          fact('commerce.order.shipped.v1', { shipmentId }, { when: last }),
          fact('commerce.order.partially_shipped.v1', { shipmentId }, { when: sql`NOT ${last}` }),
        ],
        effects: [markParcel(shipmentId, 'shipped'), ...commitReservations(input)],
      });
    },

    recordDelivered(input) {
      const { shipmentId } = input;
      const last = isLast(shipmentId, sql`'delivered'`);
      return changeOrder(database, 'orders.recordDelivered', {
        order: input,
        // While other parcels of the order have not been handed over, it is where `ship` starts from.
        legalIn: [...sourcesOf('ship'), ...sourcesOf('deliver')],
        reads: [PARCELS],
        when: sql`EXISTS (SELECT FROM parcels WHERE id = ${shipmentId} AND status = 'shipped')`,
        status: sql`CASE WHEN ${last} THEN ${ORDER_TRANSITIONS.deliver.to} ELSE held.status END`,
        facts: [
          fact('commerce.delivery.confirmed.v1', { shipmentId }, { when: last }),
          fact('commerce.delivery.partially_confirmed.v1', { shipmentId }, { when: sql`NOT ${last}` }),
        ],
        effects: [markParcel(shipmentId, 'delivered')],
      });
    },
  };
}

function markParcel(shipmentId: string, status: 'shipped' | 'delivered'): Part {
  return writing(
    'parcel_marked',
    sql`UPDATE shipments SET status = ${status}, updated_at = now() FROM moved
      WHERE shipments.id = ${shipmentId} AND shipments.order_id = moved.id`,
  );
}

/** What a parcel carried leaves the shelf: it is no longer held, and no longer there. */
function commitReservations({ shipmentId }: OrderRef & { readonly shipmentId: string }): Part[] {
  return [
    writing(
      'committed',
      sql`UPDATE reservations SET state = 'committed', ended_at = now() FROM moved, parcels
        WHERE parcels.id = ${shipmentId} AND reservations.order_id = moved.id
          AND reservations.location_id = parcels.location_id AND reservations.state = 'open'
        RETURNING reservations.sku, reservations.location_id, reservations.quantity`,
    ),
    ...lockShelves(sql`SELECT sku, location_id, quantity FROM committed`),
    changeShelves({ onHand: -1, reserved: -1 }, sql`shelves`),
    recordMovements({
      kind: 'committed',
      sign: -1,
      reference: sql`${shipmentId}`,
      reason: sql`'shipped'`,
      actor: sql`'workflow'`,
      from: sql`shelves`,
    }),
  ];
}
