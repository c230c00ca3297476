/** The event log. I18. */
import { EVENTS_DROPPED, ITS_EVENTS, sqlCheck, type Check } from '../check.ts';
import { triggerCheck } from './triggers.ts';

const EVENTS = `SELECT sequence, type, occurred_at, data FROM order_events WHERE order_id = :orderId ORDER BY sequence`;

export const EVENT_CHECKS: readonly Check[] = [
  sqlCheck({
    invariant: 'I18',
    name: 'events are 1..n and n is the version',
    over: 'orders',
    // Of an order whose month was dropped there may be none, or the last ones.
    wrong: `SELECT orders.id AS "orderId", format('version %s, %s events from %s to %s', version, count(sequence), min(sequence), max(sequence)) AS message
      FROM orders LEFT JOIN order_events ON ${ITS_EVENTS} GROUP BY orders.id
      HAVING CASE WHEN ${EVENTS_DROPPED} THEN count(sequence) > 0 AND (count(sequence) <> version - min(sequence) + 1 OR max(sequence) <> version)
        ELSE count(sequence) <> version OR min(sequence) IS DISTINCT FROM 1 OR max(sequence) IS DISTINCT FROM version END`,
    see: EVENTS,
  }),
  sqlCheck({
    invariant: 'I18',
    name: 'what waits to be published is the end of what happened',
    over: 'outbox',
    wrong: `SELECT order_id AS "orderId", format('%s wait of %s', count(*), version - min(sequence) + 1) AS message
      FROM outbox JOIN orders ON orders.id = order_id
      -- What was published before and is published once more comes as it is asked for.
      WHERE replay_id IS NULL
      GROUP BY order_id, version HAVING count(*) <> version - min(sequence) + 1 OR max(sequence) <> version`,
    see: 'SELECT * FROM outbox WHERE order_id = :orderId ORDER BY sequence',
  }),
  sqlCheck({
    invariant: 'I18',
    name: 'events lie where their order is looked for',
    over: 'order_events',
    wrong: `SELECT order_id AS "orderId", sequence, format('kept under %s, and the order was placed at %s', placed_at, created_at) AS message
      FROM order_events LEFT JOIN orders ON orders.id = order_id WHERE created_at IS DISTINCT FROM placed_at`,
    see: EVENTS,
  }),
  triggerCheck('I18', 'events are only added', ['order_events']),
];
