import type { BrokenPromise } from './broken-promises.ts';
import { unguarded } from './rewriting.ts';

const LONG_AGO = `now() - interval '1 day'`;

/** As if an order had come to where it stands long ago. */
const longAgo = (orderId: string): string[] =>
  unguarded(
    'order_events',
    `UPDATE order_events SET occurred_at = ${LONG_AGO} WHERE order_id = '${orderId}'`,
  );

/** An answer that was kept for a request: a copy of another one's, changed. */
const answer = (
  orderId: string,
  changed: { readonly body?: string; readonly principal?: string; readonly status?: number },
): string => `INSERT INTO idempotency_answers (principal_id, key, fingerprint, http_status, headers, body)
  SELECT ${changed.principal ?? 'principal_id'}, 'another key', fingerprint, ${changed.status ?? 'http_status'}, headers, ${changed.body ?? 'body'}
  FROM idempotency_answers WHERE body LIKE '{"id":"${orderId}"%' AND http_status = 201 LIMIT 1`;

/** I14–I25. */
export const BROKEN_ORDERS: readonly BrokenPromise[] = [
  {
    check: 'every step is one that the table of statuses has',
    what: 'an order that arrived before it left',
    statements: ({ orders }) =>
      unguarded(
        'order_events',
        `UPDATE order_events SET type = CASE type WHEN 'commerce.order.shipped.v1' THEN 'commerce.delivery.confirmed.v1'
            ELSE 'commerce.order.shipped.v1' END
          WHERE order_id = '${orders.customers}' AND type IN ('commerce.order.shipped.v1', 'commerce.delivery.confirmed.v1')`,
      ),
  },
  {
    check: 'an order is at its end or says what it waits for',
    what: 'an order that waits for nothing',
    statements: ({ orders }) => [
      `UPDATE orders SET waiting_for = NULL, waiting_owner = NULL, waiting_since = NULL, waiting_until = NULL WHERE id = '${orders.fulfilling}'`,
    ],
  },
  {
    check: 'an order that waits too long has called a person',
    what: 'an order that nobody looks after',
    statements: ({ orders }) => [
      `UPDATE orders SET waiting_until = ${LONG_AGO} WHERE id = '${orders.fulfilling}'`,
    ],
  },
  {
    check: 'an order that was undone has no parcel',
    what: 'a parcel that outlived its order',
    statements: ({ orders }) => [
      `UPDATE shipments SET status = 'booked' WHERE order_id = '${orders.cancelled}'`,
    ],
  },
  {
    check: 'a mail tells what happened',
    what: 'a mail about a parcel that has not left',
    statements: ({ orders }) => [
      `INSERT INTO notifications (order_id, template, subject_id, state, message_id, settled_at)
        VALUES ('${orders.fulfilling}', 'shipped', '1', 'sent', '<test@order-saga>', now())`,
    ],
  },
  {
    check: 'who was told yes is told no',
    what: 'a customer who still expects the goods',
    statements: ({ orders }) => [
      `DELETE FROM notifications WHERE order_id = '${orders.cancelled}' AND template = 'cancelled'`,
      ...longAgo(orders.cancelled),
    ],
  },
  {
    check: 'events are 1..n and n is the version',
    what: 'a version without its event',
    statements: ({ orders }) => [`UPDATE orders SET version = version + 1 WHERE id = '${orders.completed}'`],
  },
  {
    check: 'what waits to be published is the end of what happened',
    what: 'an event that goes out after a later one',
    statements: ({ orders }) => [
      `INSERT INTO outbox (order_id, sequence, placed_at) SELECT id, 2, created_at FROM orders WHERE id = '${orders.completed}'`,
    ],
  },
  {
    check: 'events lie where their order is looked for',
    what: 'an event in a month in which nobody looks for it',
    // What would refuse it is down as well.
    statements: ({ orders }) => [
      'SET session_replication_role = replica',
      `INSERT INTO order_events (order_id, placed_at, sequence, type, correlation_id, causation_id, data)
        SELECT order_id, placed_at - interval '1 year', sequence, type, correlation_id, causation_id, data
        FROM order_events WHERE order_id = '${orders.completed}' AND sequence = 1`,
      'SET session_replication_role = origin',
    ],
  },
  {
    check: 'events are only added',
    what: 'events that can be rewritten',
    statements: () => ['ALTER TABLE order_events DISABLE TRIGGER order_events_append_only'],
  },
  {
    check: 'events tell the state',
    what: 'a change that was not told',
    statements: ({ orders }) => [
      `UPDATE orders SET payment_status = 'voided' WHERE id = '${orders.completed}'`,
    ],
  },
  {
    check: 'parcels, refunds and stock moved as events tell',
    what: 'an event about another parcel',
    statements: ({ orders }) =>
      unguarded(
        'order_events',
        `UPDATE order_events SET data = '{"shipmentId":"shp_another"}'
          WHERE order_id = '${orders.customers}' AND type = 'commerce.order.shipped.v1'`,
      ),
  },
  {
    check: 'the read model counts each event once',
    what: 'an event that was counted twice',
    statements: ({ orders }) => [
      `UPDATE projections.order_summaries SET captured_minor = 2 * captured_minor WHERE order_id = '${orders.completed}'`,
    ],
  },
  {
    check: 'each mail has a message id of its own',
    what: 'two mails under one id',
    statements: ({ orders }) => [
      `UPDATE notifications SET message_id = '<test@order-saga>' WHERE order_id = '${orders.completed}'`,
    ],
  },
  {
    check: 'the outbox drains',
    what: 'an event that nobody publishes',
    statements: ({ orders }) => [
      `INSERT INTO outbox (order_id, sequence, placed_at, queued_at) SELECT id, version, created_at, ${LONG_AGO} FROM orders WHERE id = '${orders.completed}'`,
    ],
  },
  {
    check: 'the inbox drains',
    what: 'a message that nobody hands on',
    statements: ({ orders }) => [
      `INSERT INTO webhook_inbox (provider, message_id, order_id, payload, received_at)
        VALUES ('shipping', 'evt_test', '${orders.shipped}', '{}', ${LONG_AGO})`,
    ],
  },
  {
    check: 'the read model takes in what was published',
    what: 'a read model without the order',
    statements: ({ orders }) => [
      `DELETE FROM projections.order_summaries WHERE order_id = '${orders.completed}'`,
      ...longAgo(orders.completed),
    ],
  },
  {
    check: 'an order and the answer about it come from one request',
    what: 'an answer to another request',
    statements: ({ orders }) => [
      `UPDATE orders SET fingerprint = 'another' WHERE id = '${orders.customers}'`,
    ],
  },
  {
    check: 'one key has placed an order',
    what: 'an order for two keys',
    statements: ({ orders }) => [answer(orders.completed, {})],
  },
  {
    check: 'an order that was answered is there',
    what: 'an order that was promised and lost',
    statements: ({ orders }) => [answer(orders.completed, { body: `'{"id":"ord_nobody"}'` })],
  },
  {
    check: 'the read model shows a state that was',
    what: 'a state that never was',
    statements: ({ orders }) => [
      `UPDATE projections.order_summaries SET status = 'cancelling' WHERE order_id = '${orders.completed}'`,
    ],
  },
  {
    check: 'a customer has placed orders of no other',
    what: 'an order for somebody else',
    statements: () => [`UPDATE api_keys SET customer_id = 'cus_another' WHERE customer_id IS NOT NULL`],
  },
  {
    check: 'a customer was told of orders of no other',
    what: "an answer about somebody else's order",
    statements: ({ orders }) => [
      answer(orders.completed, {
        principal: `'key:' || (SELECT id FROM api_keys WHERE customer_id IS NOT NULL)`,
        status: 200,
      }),
    ],
  },
  {
    check: 'what became of an action belongs to one that was asked for',
    what: 'an outcome of nothing',
    statements: () => [
      `ALTER TABLE operator_action_outcomes DROP CONSTRAINT operator_action_outcomes_action_id_fkey`,
      `INSERT INTO operator_action_outcomes (action_id, outcome, actor, role, detail)
        VALUES ('act_nobody', 'done', 'key:x', 'operator', 'x')`,
    ],
  },
  {
    check: 'who asks for an action does not agree to it',
    what: 'a person who agrees with itself',
    statements: ({ orders }) => [
      `INSERT INTO operator_action_outcomes (action_id, outcome, actor, role, detail)
        SELECT id, outcome, actor, role, 'x' FROM operator_actions
        CROSS JOIN (VALUES ('pending_approval'), ('approved')) AS became (outcome) WHERE order_id = '${orders.refunded}'`,
    ],
  },
  {
    check: 'every order of a finished bulk has its action with an outcome',
    what: 'a bulk that forgot what became of an order',
    statements: () =>
      unguarded(
        'operator_action_outcomes',
        `DELETE FROM operator_action_outcomes WHERE action_id = (
          SELECT action_id FROM bulk_action_orders ORDER BY bulk_id, position LIMIT 1)`,
      ),
  },
  {
    check: 'a bulk that needs a second person begins after one has agreed',
    what: 'a bulk that nobody agreed to',
    statements: () => unguarded('bulk_actions', 'UPDATE bulk_actions SET needs_second_person = true'),
  },
  {
    check: 'what people did is only added',
    what: 'a trail without its guard',
    statements: () => ['ALTER TABLE operator_actions DISABLE TRIGGER USER'],
  },
];
