import { sql, type SQL } from 'drizzle-orm';
import { TERMINAL_STATUSES } from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import type { DriftRepository, FollowedOrder, RunStanding } from '../drift.repository.ts';
import { onlyRow, textArray } from '../sql.ts';

/** Written out, because only then does the index of open orders fit. */
const IS_OPEN = sql.raw(`status NOT IN (${TERMINAL_STATUSES.map((status) => `'${status}'`).join(', ')})`);

const FOLLOWED = sql`orders.id AS "orderId", orders.status, orders.fingerprint, orders.currency,
  orders.total_minor AS "totalMinor", orders.correlation_id AS "correlationId", orders.deadlines`;

const HAS_REFUND_UNDER_WAY = sql`EXISTS (
  SELECT FROM refunds WHERE refunds.order_id = orders.id AND refunds.status = 'pending')`;

export function createDriftRepository(database: Database): DriftRepository {
  return {
    listFollowed({ after, limit }) {
      return database.query<FollowedOrder>(
        'drift.listFollowed',
        sql`SELECT ${FOLLOWED} FROM orders WHERE id IN (
            (SELECT id FROM orders WHERE ${IS_OPEN} AND id > ${after} ORDER BY id LIMIT ${limit})
            UNION
            (SELECT order_id FROM refunds WHERE status = 'pending' AND order_id > ${after} ORDER BY order_id LIMIT ${limit})
          ) ORDER BY id LIMIT ${limit}`,
      );
    },

    async findFollowed(orderId) {
      const [order] = await database.query<FollowedOrder>(
        'drift.findFollowed',
        sql`SELECT ${FOLLOWED} FROM orders WHERE id = ${orderId} AND (${IS_OPEN} OR ${HAS_REFUND_UNDER_WAY})`,
      );
      return order ?? null;
    },

    standings(orderIds, graceMs) {
      return database.query<RunStanding>(
        'drift.standings',
        sql`SELECT orders.id AS "orderId", orders.correlation_id AS "correlationId",
            NOT (${IS_OPEN}) AND NOT ${HAS_REFUND_UNDER_WAY} AND orders.updated_at < ${before(graceMs)} AS "isAtRest",
            ARRAY(SELECT code FROM attention_causes WHERE attention_causes.order_id = orders.id) AS "attentionCodes"
          FROM orders WHERE orders.id = ANY (${textArray(orderIds)})`,
      );
    },

    listWithAttention(code) {
      return database.query(
        'drift.listWithAttention',
        sql`SELECT orders.id AS "orderId", orders.correlation_id AS "correlationId"
          FROM attention_causes JOIN orders ON orders.id = attention_causes.order_id
          WHERE attention_causes.code = ${code} ORDER BY orders.id`,
      );
    },

    listOverdueParcels(limit) {
      return database.query(
        'drift.listOverdueParcels',
        sql`SELECT orders.id AS "orderId", shipments.id AS "shipmentId", shipments.status AS recorded
          FROM orders JOIN shipments ON shipments.order_id = orders.id
          WHERE orders.${IS_OPEN} AND orders.waiting_for IN ('hand_over', 'delivery') AND orders.waiting_until < now()
            AND shipments.status IN ('booked', 'shipped')
          ORDER BY orders.waiting_until LIMIT ${limit}`,
      );
    },

    async replayUnprojected({ graceMs, limit, replayId }) {
      const rows = await database.query<{ readonly orders: number }>(
        'drift.replayUnprojected',
        sql`WITH passed AS MATERIALIZED (
            SELECT max(updated_at) - ${graceMs} * interval '1 millisecond' AS time FROM projections.order_summaries
          ), behind AS MATERIALIZED (
            SELECT orders.id, coalesce(model.last_sequence, 0) AS last_sequence
            FROM passed CROSS JOIN orders LEFT JOIN projections.order_summaries AS model ON model.order_id = orders.id
            WHERE coalesce(model.last_sequence, 0) < orders.version AND orders.updated_at < passed.time
              AND NOT EXISTS (SELECT FROM outbox WHERE outbox.order_id = orders.id)
            ORDER BY orders.id LIMIT ${limit}
          ), unmarked AS (
            DELETE FROM projections.consumed_events USING behind JOIN order_events
                ON order_events.order_id = behind.id AND order_events.sequence > behind.last_sequence
              WHERE consumed_events.consumer = 'order-summaries'
                AND consumed_events.event_id = order_events.order_id || '-' || order_events.sequence
          )
          SELECT count(*)::integer AS orders
          FROM replay_events(ARRAY(SELECT id FROM behind), '-infinity', 'infinity', ${replayId})`,
      );
      return onlyRow(rows).orders;
    },
  };
}

function before(graceMs: number): SQL {
  return sql`now() - ${graceMs} * interval '1 millisecond'`;
}
