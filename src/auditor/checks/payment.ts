/** Money as our own records tell it. I6–I9, I11. */
import { sqlCheck, type Check } from '../check.ts';

const MONEY = `SELECT orders.id, orders.status, orders.payment_status, payment_intents.* FROM orders
  JOIN payment_intents ON payment_intents.order_id = orders.id WHERE orders.id = :orderId`;
const OPERATIONS = `SELECT * FROM provider_operations WHERE order_id = :orderId ORDER BY created_at`;
const REFUNDS = `SELECT refunds.*, operation.key, operation.status AS operation_status FROM refunds
  LEFT JOIN provider_operations AS operation ON operation.subject_id = refunds.id WHERE refunds.order_id = :orderId`;

export const PAYMENT_CHECKS: readonly Check[] = [
  sqlCheck({
    invariant: 'I6',
    name: 'amounts are the sums of their operations',
    over: 'payment_intents',
    wrong: `SELECT order_id AS "orderId", format('authorized %s of %s, captured %s of %s', authorized_minor, authorized, captured_minor, captured) AS message
      FROM payment_intents CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount_minor) FILTER (WHERE kind = 'authorize' AND key = order_id || ':authorize:' || authorization_attempt), 0) AS authorized,
          coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0) AS captured
        FROM provider_operations WHERE order_id = payment_intents.order_id AND status = 'succeeded') AS operations
      WHERE authorized_minor <> authorized OR captured_minor <> captured`,
    see: OPERATIONS,
  }),
  sqlCheck({
    invariant: 'I6',
    name: 'refunded is the sum of refunds, and within captured',
    over: 'payment_intents',
    wrong: `SELECT order_id AS "orderId", format('refunded %s of %s, pending %s of %s, captured %s', refunded_minor, done, refund_pending_minor,
        promised, captured_minor) AS message
      FROM payment_intents CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount_minor) FILTER (WHERE status = 'succeeded'), 0) AS done,
          coalesce(sum(amount_minor) FILTER (WHERE status = 'pending'), 0) AS promised
        FROM refunds WHERE order_id = payment_intents.order_id) AS given
      WHERE refunded_minor <> done OR refund_pending_minor <> promised OR done + promised > captured_minor`,
    see: REFUNDS,
  }),
  sqlCheck({
    invariant: 'I6',
    name: 'one hold on the money at a time',
    over: 'provider_operations',
    wrong: `SELECT order_id AS "orderId", format('held by %s', string_agg(key, ', ' ORDER BY key)) AS message
      FROM provider_operations WHERE kind = 'authorize' AND status = 'succeeded' AND released_at IS NULL
      GROUP BY order_id HAVING count(*) > 1`,
    see: OPERATIONS,
  }),
  sqlCheck({
    invariant: 'I7',
    name: 'no authorization is forgotten',
    over: 'payment_intents',
    wrong: `SELECT order_id AS "orderId", format('%s still held while %s', authorized_minor, status) AS message
      FROM payment_intents JOIN orders ON orders.id = order_id
      WHERE status IN ('completed', 'rejected', 'cancelled')
        AND authorized_minor > 0 AND captured_minor = 0 AND voided_at IS NULL`,
    see: OPERATIONS,
  }),
  sqlCheck({
    invariant: 'I8',
    name: 'no order left unpaid',
    over: 'payment_intents',
    wrong: `SELECT order_id AS "orderId", format('%s with %s of %s captured', status, captured_minor, amount_minor) AS message
      FROM payment_intents JOIN orders ON orders.id = order_id
      WHERE status IN ('shipped', 'delivered', 'completed') AND captured_minor < amount_minor`,
    see: MONEY,
  }),
  sqlCheck({
    invariant: 'I8',
    name: 'no money is taken for an order that is not fulfilled',
    over: 'payment_intents',
    wrong: `SELECT order_id AS "orderId", format('%s captured while %s', captured_minor, status) AS message
      FROM payment_intents JOIN orders ON orders.id = order_id
      WHERE captured_minor > 0 AND status IN ('placed', 'reserved', 'in_review', 'authorized', 'confirmed')`,
    see: MONEY,
  }),
  sqlCheck({
    invariant: 'I9',
    name: 'nobody let the money of a successful order go',
    over: 'payment_intents',
    wrong: `SELECT order_id AS "orderId", format('%s, and its money was %s', status,
        CASE WHEN captured_minor > 0 THEN 'given back by a cancellation' ELSE 'let go' END) AS message
      FROM payment_intents JOIN orders ON orders.id = order_id
      WHERE (voided_at IS NOT NULL AND status IN ('shipped', 'delivered', 'completed'))
        OR (status IN ('confirmed', 'fulfilling', 'shipped', 'delivered', 'completed')
          AND EXISTS (SELECT FROM refunds WHERE refunds.order_id = orders.id
            AND starts_with(refunds.id, replace(orders.id, 'ord_', 'ref_') || '_cancel')))`,
    see: REFUNDS,
  }),
  sqlCheck({
    invariant: 'I11',
    name: 'every refund has its operation',
    over: 'refunds',
    wrong: `SELECT refunds.id AS "refundId", refunds.order_id AS "orderId",
        format('%s with %s', refunds.status, coalesce(string_agg(operation.status, ', '), 'none')) AS message
      FROM refunds LEFT JOIN provider_operations AS operation
        ON operation.subject_id = refunds.id AND operation.kind = 'refund' AND operation.order_id = refunds.order_id
        AND operation.amount_minor = refunds.amount_minor
      GROUP BY refunds.id
      HAVING count(operation.key) <> 1 OR min(CASE operation.status WHEN 'refused' THEN 'failed' ELSE operation.status END) <> refunds.status`,
    see: REFUNDS,
  }),
  sqlCheck({
    invariant: 'I11',
    name: 'a key is replaced only after a definite answer',
    over: 'provider_operations',
    wrong: `SELECT order_id AS "orderId", kind, format('%s operations wait for an answer at once: %s', count(*), string_agg(key, ', ' ORDER BY key)) AS message
      FROM provider_operations WHERE status = 'pending' GROUP BY order_id, kind, subject_id HAVING count(*) > 1`,
    see: OPERATIONS,
  }),
];
