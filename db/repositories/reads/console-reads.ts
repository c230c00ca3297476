import { sql, type SQL } from 'drizzle-orm';
import { ORDER_STATUSES, TERMINAL_STATUSES } from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import {
  COMPARED_NEWEST,
  COUNTED_AT_MOST,
  FOUND_AT_MOST,
  STEPS_OF_ORDERS,
  type ConsoleReads,
  type FoundOrders,
  type ItemRow,
  type OrderRow,
  type OrderSearch,
  type Pulse,
  type StepPace,
} from '../console.repository.ts';
import { instant, onlyRow, textArray } from '../sql.ts';
import { orderPageStatement, toOrderPage } from './order-pages.ts';
import { ORDER_VIEW } from './order-view.ts';

export function createConsoleReads(database: Database): ConsoleReads {
  return {
    async pulse(since) {
      return onlyRow(await database.query<Pulse>('consoleReads.pulse', pulseStatement(since)));
    },

    steps() {
      return database.query<StepPace>('consoleReads.steps', STEPS);
    },

    async search(search, limit) {
      const rows = await database.query<FoundOrders>('consoleReads.search', searchStatement(search, limit));
      return onlyRow(rows);
    },

    async listRows(filter) {
      const rows = await database.query<OrderRow>(
        'consoleReads.listRows',
        orderPageStatement(filter, ORDER_ROW),
      );
      return toOrderPage(rows, filter.limit);
    },

    async listItems({ skuPrefix, after, limit }) {
      const rows = await database.query<ItemRow>(
        'consoleReads.listItems',
        sql`SELECT sku, name, active FROM items
          WHERE sku COLLATE "C" >= ${skuPrefix} AND sku COLLATE "C" < ${skuPrefix}::text || chr(1114111)
            AND sku COLLATE "C" > ${after ?? ''}
          ORDER BY sku COLLATE "C" LIMIT ${limit + 1}`,
      );
      const items = rows.slice(0, limit);
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.sku ?? null) : null };
    },
  };
}

/** As an order meets them. */
const STEP_ORDER: readonly StepPace['step'][] = [
  'authorize',
  'book',
  'capture',
  'mail',
  'refund',
  'void',
  'cancel_booking',
];
const IN_FLIGHT = ORDER_STATUSES.filter((status) => !TERMINAL_STATUSES.includes(status));
/** What the first look goes back, seconds. */
const FIRST_LOOK_SECONDS = 300;
/** An order counts for the second in which its statement began, and is seen a moment later, when that has ended. */
const SETTLED_AFTER_MS = 500;

/** An event goes through outbox and queue, and is not missed before that is over. */
const UNDER_WAY_MS = 5_000;

/** Every count walks an index and stops at its limit, so that a look costs no more among a million orders than among a few. */
function pulseStatement(since: string | null): SQL {
  return sql`WITH span AS MATERIALIZED (
      SELECT ends, greatest(ends - ${FIRST_LOOK_SECONDS} * interval '1 second', ${since ?? '-infinity'}::timestamptz) AS begins
      FROM (SELECT date_trunc('second', now() - ${SETTLED_AFTER_MS} * interval '1 millisecond') AS ends) AS present
    ), placed AS MATERIALIZED (
      SELECT date_trunc('second', created_at) AS at, count(*) AS orders FROM orders
      WHERE created_at >= (SELECT begins FROM span) AND created_at < (SELECT ends FROM span) GROUP BY 1
    )
    SELECT ${instant(sql`ends`)} AS until,
      (SELECT coalesce(json_agg(json_build_object('at', ${instant(sql`second`)}, 'orders', coalesce(orders, 0)) ORDER BY second), '[]')
        FROM generate_series(begins, ends - interval '1 second', interval '1 second') AS second
        LEFT JOIN placed ON placed.at = second) AS placed,
      (SELECT json_object_agg(name, (SELECT count(*) FROM (
          SELECT FROM orders WHERE orders.status = name ORDER BY orders.status, orders.created_at LIMIT ${COUNTED_AT_MOST}) AS counted))
        FROM unnest(${textArray(IN_FLIGHT)}) AS name) AS "inFlight",
      (SELECT count(*) FROM (
        SELECT FROM orders WHERE attention_code IS NOT NULL ORDER BY created_at DESC LIMIT ${COUNTED_AT_MOST}) AS counted) AS attention,
      (SELECT json_build_object('waiting', count(*),
          'oldestAgeMs', (extract(epoch FROM now() - min(queued_at)) * 1000)::bigint)
        FROM (SELECT queued_at FROM outbox ORDER BY position LIMIT ${COUNTED_AT_MOST}) AS counted) AS outbox,
      (SELECT json_build_object('behind', count(*),
          'oldestAgeMs', (extract(epoch FROM now() - min(updated_at)) * 1000)::bigint)
        FROM (SELECT id, version, updated_at FROM orders ORDER BY created_at DESC, id DESC LIMIT ${COMPARED_NEWEST}) AS newest
        WHERE updated_at < now() - ${UNDER_WAY_MS} * interval '1 millisecond' AND version > coalesce((
          SELECT last_sequence FROM projections.order_summaries AS model WHERE model.order_id = newest.id), 0)) AS "readModel"
    FROM span`;
}

/** In the text, because a plan for any number of them would read whole tables. */
const NEWEST = sql.raw(String(STEPS_OF_ORDERS));
/** Walks the newest orders and what belongs to them, so that it costs no more among a million orders than among a few. */
const STEPS = sql`WITH newest AS MATERIALIZED (
      SELECT id FROM orders ORDER BY created_at DESC, id DESC LIMIT ${NEWEST}
    ), asked AS (
      SELECT kind AS step, created_at, settled_at FROM newest JOIN provider_operations ON order_id = id
      UNION ALL SELECT 'mail', created_at, settled_at FROM newest JOIN notifications ON order_id = id
    ), timed AS (
      SELECT step, settled_at IS NOT NULL AS is_answered, (extract(epoch FROM coalesce(settled_at, now()) - created_at) * 1000)::bigint AS ms
      FROM asked
    )
  SELECT step, (count(*) FILTER (WHERE is_answered))::int AS answered,
    (percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE is_answered))::float8 AS "p50Ms",
    (percentile_disc(0.95) WITHIN GROUP (ORDER BY ms) FILTER (WHERE is_answered))::float8 AS "p95Ms",
    (count(*) FILTER (WHERE NOT is_answered))::int AS waiting, (max(ms) FILTER (WHERE NOT is_answered))::float8 AS "oldestAgeMs"
  FROM timed GROUP BY step ORDER BY array_position(${textArray(STEP_ORDER)}, step)`;

/** Ids of the orders that a search means, no more than FOUND_AT_MOST. */
function foundIds(search: OrderSearch): SQL {
  switch (search.by) {
    case 'trackingNumber':
      return sql`SELECT DISTINCT order_id FROM shipments WHERE tracking_number = ${search.trackingNumber} LIMIT ${FOUND_AT_MOST}`;
    case 'email':
      return sql`SELECT order_id FROM order_contacts
        WHERE hashtextextended(lower(email), 0) = hashtextextended(lower(${search.email}), 0)
          AND lower(email) = lower(${search.email}) LIMIT ${FOUND_AT_MOST}`;
    case 'amount':
      return sql`SELECT order_id FROM payment_intents WHERE amount_minor = ${search.amountMinor} LIMIT ${FOUND_AT_MOST}`;
  }
}

function searchStatement(search: OrderSearch, limit: number): SQL {
  return sql`WITH found AS MATERIALIZED (${foundIds(search)})
    SELECT (SELECT count(*) FROM found) AS total,
      (SELECT coalesce(json_agg(view), '[]') FROM (
        SELECT ${ORDER_VIEW} AS view FROM (
          SELECT orders.* FROM found JOIN orders ON orders.id = found.order_id
          ORDER BY orders.created_at DESC, orders.id DESC LIMIT ${limit}
        ) AS orders ORDER BY orders.created_at DESC, orders.id DESC) AS page) AS items`;
}

const ORDER_ROW = sql`orders.id, ${instant(sql`orders.created_at`)} AS "createdAt", orders.status,
  orders.payment_status AS "paymentStatus", orders.attention_code AS "attentionCode", orders.customer_id AS "customerId",
  orders.currency, orders.total_minor AS "totalMinor",
  (SELECT captured_minor FROM payment_intents WHERE order_id = orders.id) AS "capturedMinor",
  (SELECT refunded_minor FROM payment_intents WHERE order_id = orders.id) AS "refundedMinor"`;
