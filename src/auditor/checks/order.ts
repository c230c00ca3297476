/** What an order says of itself. I10, I13 and I16 as far as the database alone shows them. */
import { sqlCheck, type Check } from '../check.ts';

const ORDER = `SELECT * FROM orders LEFT JOIN payment_intents ON payment_intents.order_id = orders.id WHERE orders.id = :orderId`;

export const ORDER_CHECKS: readonly Check[] = [
  sqlCheck({
    invariant: 'I10',
    name: 'no operation is left open by an order that ended',
    over: 'provider_operations',
    wrong: `SELECT key, order_id AS "orderId", format('%s is pending while %s', kind, orders.status) AS message
      FROM provider_operations JOIN orders ON orders.id = order_id
      WHERE provider_operations.status = 'pending' AND kind <> 'refund' AND orders.status IN ('completed', 'rejected', 'cancelled')`,
    see: 'SELECT * FROM provider_operations WHERE order_id = :orderId ORDER BY created_at',
  }),
  sqlCheck({
    invariant: 'I13',
    name: 'the total is the sum of the lines',
    over: 'orders',
    wrong: `SELECT orders.id AS "orderId", format('%s is not %s, payment is over %s', orders.total_minor, lines.total, payment_intents.amount_minor) AS message
      FROM orders LEFT JOIN payment_intents ON order_id = orders.id
      LEFT JOIN (SELECT order_id, sum(total_minor) AS total FROM order_lines GROUP BY 1) AS lines ON lines.order_id = orders.id
      WHERE lines.total IS DISTINCT FROM orders.total_minor OR amount_minor IS DISTINCT FROM orders.total_minor`,
    see: 'SELECT * FROM order_lines WHERE order_id = :orderId ORDER BY line_number',
  }),
  sqlCheck({
    invariant: 'I16',
    name: 'an order that was undone nets to zero',
    over: 'orders',
    // A refund that failed after all is due again, and is made again.
    wrong: `SELECT orders.id AS "orderId", format('%s with %s captured, %s refunded and %s due', status, captured_minor, refunded_minor,
        refund_pending_minor + refund_due_minor) AS message
      FROM orders JOIN payment_intents ON order_id = orders.id
      WHERE status IN ('rejected', 'cancelled') AND captured_minor <> refunded_minor + refund_pending_minor + refund_due_minor`,
    see: ORDER,
  }),
  sqlCheck({
    invariant: 'I16',
    name: 'an order that was undone has no parcel',
    over: 'shipments',
    wrong: `SELECT shipments.id AS "shipmentId", order_id AS "orderId", format('%s while %s', shipments.status, orders.status) AS message
      FROM shipments JOIN orders ON orders.id = order_id
      WHERE orders.status IN ('rejected', 'cancelled') AND shipments.status <> 'cancelled'`,
    see: 'SELECT * FROM shipments WHERE order_id = :orderId',
  }),
  sqlCheck({
    invariant: 'I16',
    name: 'a parcel is booked once, whatever was booked before is cancelled',
    over: 'provider_operations',
    wrong: `SELECT key, booked.order_id AS "orderId", format('%s, while the parcel is at attempt %s', booked.status,
        coalesce(booking_attempt::text, 'none')) AS message
      FROM provider_operations AS booked LEFT JOIN shipments ON shipments.id = subject_id
      WHERE kind = 'book' AND booked.status IN ('pending', 'succeeded')
        AND key IS DISTINCT FROM shipments.id || ':book:' || booking_attempt
        AND NOT EXISTS (SELECT FROM provider_operations AS cancelled WHERE cancelled.kind = 'cancel_booking'
          AND cancelled.key = replace(booked.key, ':book:', ':cancel_booking:') AND cancelled.status = 'succeeded')`,
    see: 'SELECT * FROM provider_operations WHERE order_id = :orderId ORDER BY created_at',
  }),
];
