/** A refund that was claimed, as parts of the statement that settles it: money, quantities, goods. */
import { sql, type SQL } from 'drizzle-orm';
import type { RefundStatus } from '../../../src/domain/orders/order.ts';
import { reading, writing, type Part } from '../sql.ts';
import { changeShelves, lockShelves, recordMovements } from './shelf-parts.ts';

/** Over a row with a line_number: how many of the line come back, by the part `returned`. */
export const returnedQuantity = sql`((SELECT quantities FROM returned) ->> line_number::text)::bigint`;
export const isReturned = sql`(SELECT quantities FROM returned) ? line_number::text`;

/**
 * `returned (quantities)`: what `refund` takes back, by line. One value and not rows, because a join of rows could be
 * planned for orders of few lines, and take a square of many.
 */
export const RETURNED = reading(
  'returned',
  sql`SELECT jsonb_object_agg("lineId", quantity) AS quantities
    FROM refund, jsonb_to_recordset(refund.lines) AS given ("lineId" text, quantity bigint)`,
);

/** `refund`: the order's refund with this id while it has no outcome, locked. */
export function pendingRefund(refundId: string): Part {
  return refundIn(refundId, 'pending');
}

/** `refund`: the order's refund with this id once the provider has reported it as done, locked. */
export function succeededRefund(refundId: string): Part {
  return refundIn(refundId, 'succeeded');
}

function refundIn(refundId: string, status: RefundStatus): Part {
  return reading(
    'refund',
    sql`SELECT * FROM refunds
      WHERE id = ${refundId} AND order_id = (SELECT id FROM held) AND status = ${status} FOR NO KEY UPDATE`,
  );
}

/** The lines of a refund that failed can be refunded again. @param restockedAhead what lies on the shelf without one */
export function giveQuantitiesBack(restockedAhead: SQL): Part {
  return writing(
    'quantities_given_back',
    sql`UPDATE order_lines SET refunded_quantity = refunded_quantity - ${returnedQuantity},
        restocked_ahead = ${restockedAhead}
      FROM moved WHERE order_lines.order_id = moved.id AND ${isReturned}`,
  );
}

export function settleRefund(assignment: SQL): Part {
  return writing(
    'refund_settled',
    sql`UPDATE refunds SET ${assignment}, settled_at = now() FROM moved, refund WHERE refunds.id = refund.id`,
  );
}

/** The promise ends; `assignment` says whether it became a refund. */
export function settleClaim(assignment: SQL): Part {
  return writing(
    'claim_settled',
    sql`UPDATE payment_intents SET refund_pending_minor = refund_pending_minor - refund.amount_minor, ${assignment}
      FROM moved, refund WHERE payment_intents.order_id = moved.id`,
  );
}

/**
 * Goods go back to the shelves that they left: for each line the first shelf (by location id) that has not yet got back
 * all that it gave, then the next. What an earlier refund brought back that failed after all is there already.
 */
export function restock(): Part[] {
  const key = sql`line_number || '@' || location_id`;
  const quantities = sql`(SELECT quantities FROM shares_by_reservation)`;
  const isRestocked = sql`${isReturned} AND (SELECT restock FROM refund)`;
  return [
    reading(
      'coming_back',
      sql`SELECT jsonb_object_agg(line_number, quantity) AS quantities FROM (
          SELECT line_number, ${returnedQuantity} - least(${returnedQuantity}, restocked_ahead) AS quantity
          FROM order_lines WHERE order_id = (SELECT id FROM moved) AND ${isRestocked} FOR NO KEY UPDATE) AS lines`,
    ),
    writing(
      'ahead_used',
      sql`UPDATE order_lines SET restocked_ahead = restocked_ahead - least(${returnedQuantity}, restocked_ahead)
        FROM moved WHERE order_lines.order_id = moved.id AND ${isRestocked}`,
    ),
    reading(
      'sources',
      sql`SELECT line_number, sku, location_id,
          ((SELECT quantities FROM coming_back) ->> line_number::text)::bigint AS coming_back,
          quantity - restocked_quantity AS outstanding
        FROM reservations
        WHERE order_id = (SELECT id FROM moved) AND state = 'committed' AND ${isRestocked}
        FOR NO KEY UPDATE`,
    ),
    reading(
      'shares',
      sql`SELECT * FROM (
          SELECT line_number, sku, location_id, least(outstanding, greatest(0, coming_back - coalesce(
            sum(outstanding) OVER (PARTITION BY line_number ORDER BY location_id COLLATE "C"
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))::bigint AS quantity
          FROM sources) AS shared
        WHERE quantity > 0`,
    ),
    reading(
      'shares_by_reservation',
      sql`SELECT jsonb_object_agg(${key}, quantity) AS quantities FROM shares`,
    ),
    writing(
      'reservations_restocked',
      sql`UPDATE reservations SET restocked_quantity = restocked_quantity + (${quantities} ->> (${key}))::bigint
        FROM moved WHERE reservations.order_id = moved.id AND ${quantities} ? (${key})`,
    ),
    ...lockShelves(sql`SELECT sku, location_id, quantity FROM shares`),
    changeShelves({ onHand: 1, reserved: 0 }, sql`shelves`),
    recordMovements({
      kind: 'restocked',
      sign: 1,
      reference: sql`refund.id`,
      reason: sql`refund.reason`,
      actor: sql`refund.actor`,
      from: sql`refund, shelves`,
    }),
  ];
}
