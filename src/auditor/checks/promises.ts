/** What was told to people and to other systems, against what is so. I15, I17, I19–I21. */
import { EVENTS_DROPPED, ITS_EVENTS, NOBODY_CALLED, sqlCheck, STANDS_SINCE, type Check } from '../check.ts';

const MAILS = `SELECT order_id, template, subject_id, state, message_id, reason, created_at FROM notifications WHERE order_id = :orderId`;
const WAITING = `SELECT id, status, waiting_for, waiting_owner, waiting_since, waiting_until, attention_code FROM orders WHERE id = :orderId`;
const OUTBOX = `SELECT * FROM outbox WHERE order_id = :orderId ORDER BY sequence`;
const INBOX = `SELECT provider, message_id, order_id, state, attempts, last_error, received_at, next_attempt_at FROM webhook_inbox
  WHERE provider = :provider AND message_id = :messageId`;

/** A moment so long ago. */
const before = (ms: number): string => `now() - ${ms} * interval '1 millisecond'`;

export const PROMISE_CHECKS: readonly Check[] = [
  sqlCheck({
    invariant: 'I15',
    name: 'an order is at its end or says what it waits for',
    over: 'orders',
    wrong: `SELECT id AS "orderId", format('%s, waiting for %s of %s', status, coalesce(waiting_for, 'nothing'), coalesce(waiting_owner, 'nobody')) AS message
      FROM orders WHERE (status IN ('completed', 'rejected', 'cancelled')) <> (waiting_for IS NULL AND waiting_owner IS NULL AND waiting_until IS NULL)
        OR (waiting_for IS NULL) <> (waiting_owner IS NULL) OR (waiting_for IS NULL) <> (waiting_until IS NULL)`,
    see: WAITING,
  }),
  sqlCheck({
    invariant: 'I15',
    name: 'an order that waits too long has called a person',
    over: 'orders',
    settles: true,
    wrong: ({
      graceMs,
    }) => `SELECT id AS "orderId", format('%s, waiting for %s until %s', status, waiting_for, waiting_until) AS message
      FROM orders WHERE waiting_until < ${before(graceMs)} AND ${NOBODY_CALLED}`,
    see: WAITING,
  }),
  sqlCheck({
    invariant: 'I17',
    name: 'a mail tells what happened',
    over: 'notifications',
    wrong: `SELECT order_id AS "orderId", template, subject_id AS "subjectId", format('the customer was told "%s", which did not happen', template) AS message
      FROM notifications JOIN orders ON orders.id = order_id WHERE state = 'sent' AND NOT ${EVENTS_DROPPED} AND NOT EXISTS (
        SELECT FROM order_events WHERE ${ITS_EVENTS} AND CASE template
          WHEN 'confirmed' THEN type = 'commerce.order.confirmed.v1'
          WHEN 'rejected' THEN type = 'commerce.order.rejected.v1'
          WHEN 'shipped' THEN type = 'commerce.order.shipped.v1'
          WHEN 'cancelled' THEN type = 'commerce.order.cancelled.v1'
          WHEN 'refunded' THEN type = 'commerce.payment.refunded.v1' AND data ->> 'refundId' = split_part(subject_id, '#', 1) END)`,
    see: MAILS,
  }),
  sqlCheck({
    invariant: 'I17',
    name: 'who was told yes is told no',
    over: 'notifications',
    settles: true,
    wrong: ({
      backlogMs,
    }) => `SELECT order_id AS "orderId", 'told that it is confirmed, and not that it is cancelled' AS message
      FROM notifications JOIN orders ON orders.id = order_id
      WHERE template = 'confirmed' AND state = 'sent' AND orders.status = 'cancelled' AND ${NOBODY_CALLED}
        AND ${STANDS_SINCE} < ${before(backlogMs)}
        AND NOT EXISTS (SELECT FROM notifications AS no WHERE no.order_id = orders.id AND no.template = 'cancelled')`,
    see: MAILS,
  }),
  sqlCheck({
    invariant: 'I19',
    name: 'parcels, refunds and stock moved as events tell',
    over: 'order_events',
    wrong: `WITH happened (order_id, kind, subject) AS (
          SELECT order_id, 'shipped', id FROM shipments WHERE status IN ('shipped', 'delivered')
        UNION ALL SELECT order_id, 'delivered', id FROM shipments WHERE status = 'delivered'
        UNION ALL SELECT order_id, 'refunded', id FROM refunds WHERE status = 'succeeded' OR returned_at IS NOT NULL
        UNION ALL SELECT DISTINCT order_id, 'released', order_id FROM reservations WHERE state = 'released'
      ), told (order_id, kind, subject) AS (
        SELECT order_id, kind, coalesce(data ->> 'shipmentId', data ->> 'refundId', order_id)
        FROM order_events JOIN (VALUES
          ('commerce.order.shipped.v1', 'shipped'), ('commerce.order.partially_shipped.v1', 'shipped'),
          ('commerce.delivery.confirmed.v1', 'delivered'), ('commerce.delivery.partially_confirmed.v1', 'delivered'),
          ('commerce.payment.refunded.v1', 'refunded'), ('commerce.inventory.released.v1', 'released')
        ) AS meaning (type, kind) USING (type)
      )
      SELECT order_id AS "orderId", kind, subject, format('happened %s times, told %s times', happened, told) AS message
      FROM (SELECT order_id, kind, subject, count(*) AS happened FROM happened GROUP BY 1, 2, 3) AS first
      FULL JOIN (SELECT order_id, kind, subject, count(*) AS told FROM told GROUP BY 1, 2, 3) AS second USING (order_id, kind, subject)
      JOIN orders ON orders.id = order_id
      WHERE happened IS DISTINCT FROM told AND NOT ${EVENTS_DROPPED}`,
    see: `SELECT sequence, type, data FROM order_events WHERE order_id = :orderId ORDER BY sequence`,
  }),
  sqlCheck({
    invariant: 'I20',
    name: 'each mail has a message id of its own',
    over: 'notifications',
    wrong: `SELECT message_id AS "messageId", format('used by %s', string_agg(order_id || ' ' || template || ' ' || subject_id, ', ')) AS message
      FROM notifications GROUP BY message_id HAVING count(*) > 1`,
    see: `SELECT order_id, template, subject_id, state FROM notifications WHERE message_id = :messageId`,
  }),
  sqlCheck({
    invariant: 'I21',
    name: 'the outbox drains',
    over: 'outbox',
    settles: true,
    wrong: ({
      backlogMs,
    }) => `SELECT order_id AS "orderId", format('%s events wait since %s', count(*), min(queued_at)) AS message
      FROM outbox WHERE queued_at < ${before(backlogMs)} GROUP BY order_id`,
    see: OUTBOX,
  }),
  sqlCheck({
    invariant: 'I21',
    name: 'the inbox drains',
    over: 'webhook_inbox',
    settles: true,
    wrong: ({
      backlogMs,
    }) => `SELECT provider, message_id AS "messageId", format('waits since %s, tried %s times, last: %s', received_at, attempts,
        coalesce(last_error, 'nothing')) AS message
      FROM webhook_inbox WHERE state = 'pending' AND received_at < ${before(backlogMs)}`,
    see: INBOX,
  }),
  sqlCheck({
    invariant: 'I21',
    name: 'the read model takes in what was published',
    over: 'projections.order_summaries',
    settles: true,
    wrong: ({
      backlogMs,
    }) => `SELECT id AS "orderId", format('at event %s of %s published', coalesce(last_sequence, 0), published) AS message
      FROM (
        SELECT orders.id, ${STANDS_SINCE} AS stands_since, last_sequence,
          version
            - (SELECT count(*) FROM outbox WHERE outbox.order_id = orders.id AND sequence > coalesce(last_sequence, 0)) AS published
        FROM orders LEFT JOIN projections.order_summaries AS summary ON summary.order_id = orders.id
      ) AS standing
      WHERE coalesce(last_sequence, 0) < published AND stands_since < ${before(backlogMs)}`,
    see: `SELECT orders.id, version, summary.* FROM orders LEFT JOIN projections.order_summaries AS summary ON summary.order_id = orders.id WHERE orders.id = :orderId`,
  }),
];
