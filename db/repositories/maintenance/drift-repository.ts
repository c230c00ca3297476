import { sql, type SQL } from 'drizzle-orm';
import { TERMINAL_STATUSES } from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import type { DriftRepository, FollowedOrder, RunStanding } from '../drift.repository.ts';
import { onlyRow, textArray } from '../sql.ts';

/** Written out, because only then does the index of open orders fit. */
const IS_OPEN = sql.raw(`status NOT IN (${TERMINAL_STATUSES.map((status) => `'${status}'`).join(', ')})`);

/** How long ago what happened to an order is looked at by every call, beyond the grace; milliseconds. */
const RECENT_MS = 60 * 60_000;
/** Orders that each call looks at besides, wherever they are. */
const SWEPT_AT_ONCE = 1_000;

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
            to_json(ARRAY(SELECT code FROM attention_causes WHERE attention_causes.order_id = orders.id)) AS "attentionCodes"
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
        sql`SELECT orders.id AS "orderId", shipments.id AS "shipmentId",
            shipments.booking_attempt AS "bookingAttempt", shipments.status AS recorded
          FROM orders JOIN shipments ON shipments.order_id = orders.id
          WHERE orders.${IS_OPEN} AND orders.waiting_for IN ('hand_over', 'delivery') AND orders.waiting_until < now()
            AND shipments.status IN ('booked', 'shipped')
          ORDER BY orders.waiting_until LIMIT ${limit}`,
      );
    },

    async replayUnprojected(request) {
      const rows = await database.query<{ readonly orders: number }>(
        'drift.replayUnprojected',
        replayUnprojectedStatement(request),
      );
      return onlyRow(rows).orders;
    },
  };
}

/**
 * Looks at two sets of orders: those to which something happened not long ago, found by the time of their events, and the next
 * ones by id, so that in the course of many calls every order is looked at. Whichever is behind has its events queued anew, as
 * far as they are kept.
 *
 * What there is of an order elsewhere is asked for one by one and as a value, which the planner makes no join of: only a lookup
 * costs the same however many orders there are.
 */
function replayUnprojectedStatement({
  graceMs,
  limit,
  replayId,
}: Parameters<DriftRepository['replayUnprojected']>[0]): SQL {
  const isTakenIn = sql`coalesce((
    SELECT last_sequence FROM projections.order_summaries AS model WHERE model.order_id = happened.order_id), 0)`;
  return sql`WITH passed AS MATERIALIZED (
      SELECT max(updated_at) - ${graceMs} * interval '1 millisecond' AS time FROM projections.order_summaries
    ), page AS MATERIALIZED (
      SELECT id, version, updated_at, created_at FROM orders
      WHERE id > coalesce((SELECT after FROM drift_cursors WHERE name = 'read_model'), '') ORDER BY id LIMIT ${SWEPT_AT_ONCE}
    ), behind AS MATERIALIZED (
      SELECT DISTINCT order_id FROM (
        SELECT order_id, sequence, occurred_at, placed_at FROM order_events
        WHERE occurred_at >= now() - ${graceMs + RECENT_MS} * interval '1 millisecond'
        UNION ALL SELECT id, version, updated_at, created_at FROM page
      ) AS happened
      WHERE occurred_at < (SELECT time FROM passed) AND sequence > ${isTakenIn}
        AND NOT EXISTS (SELECT FROM outbox WHERE outbox.order_id = happened.order_id)
        AND (SELECT true FROM order_events AS next WHERE next.order_id = happened.order_id
          AND next.placed_at = happened.placed_at AND next.sequence = ${isTakenIn} + 1)
      ORDER BY order_id LIMIT ${limit}
    ), swept AS (
      INSERT INTO drift_cursors (name, after)
      SELECT 'read_model', CASE WHEN (SELECT count(*) FROM page) < ${SWEPT_AT_ONCE} THEN '' ELSE (SELECT max(id) FROM page) END
      -- What was left over is found where it is by the next call.
      WHERE (SELECT count(*) FROM behind) < ${limit}
      ON CONFLICT (name) DO UPDATE SET after = excluded.after, updated_at = now()
    )
    SELECT count(*)::integer AS orders
    FROM replay_events(ARRAY(SELECT order_id FROM behind), '-infinity', 'infinity', ${replayId})`;
}

function before(graceMs: number): SQL {
  return sql`now() - ${graceMs} * interval '1 millisecond'`;
}
