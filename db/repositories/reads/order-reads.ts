import { sql, type SQL } from 'drizzle-orm';
import type { OrderStatus } from '../../../src/domain/orders/order-status.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import type { Database } from '../../client.ts';
import type { OrderListFilter, OrderReads, OrderWithFingerprint } from '../order-reads.repository.ts';
import { EVENT_COLUMNS, toOrderEvent, type EventRow } from './events.ts';
import { instant, money, onlyRow } from '../sql.ts';
import { ORDER_VIEW } from './order-view.ts';

export function createOrderReads(database: Database): OrderReads {
  return {
    async find(orderId) {
      const [order] = await database.query<OrderWithFingerprint>(
        'orderReads.find',
        sql`SELECT ${ORDER_VIEW} AS view, orders.fingerprint, orders.principal_id AS "principalId"
          FROM orders WHERE orders.id = ${orderId}`,
      );
      return order ?? null;
    },

    async list(filter) {
      const rows = await database.query<{ readonly view: OrderView }>(
        'orderReads.list',
        listStatement(filter),
      );
      const items = rows.slice(0, filter.limit).map((row) => row.view);
      const last = items.at(-1);
      return { items, nextCursor: rows.length > filter.limit && last ? encodeCursor(last) : null };
    },

    async openMatters(orderId) {
      const rows = await database.query<Awaited<ReturnType<OrderReads['openMatters']>>>(
        'orderReads.openMatters',
        sql`SELECT
            (SELECT coalesce(json_agg(json_build_object('key', key, 'kind', kind, 'since', ${instant(sql`created_at`)},
                'amount', CASE WHEN amount_minor IS NOT NULL THEN ${money(sql`amount_minor`, sql`currency`)} END)
              ORDER BY created_at, key), '[]')
              FROM provider_operations WHERE order_id = ${orderId} AND status = 'pending') AS operations,
            (SELECT count(*)::integer FROM reconciliation_breaks
              WHERE order_id = ${orderId} AND state = 'open') AS "openBreaks"`,
      );
      return onlyRow(rows);
    },

    async events(orderId, after, limit) {
      const rows = await database.query<EventRow>(
        'orderReads.events',
        sql`SELECT ${EVENT_COLUMNS} FROM order_events
          WHERE order_id = ${orderId} AND placed_at = (SELECT created_at FROM orders WHERE id = ${orderId}) AND sequence > ${after}
          ORDER BY sequence LIMIT ${limit}`,
      );
      return rows.map(toOrderEvent);
    },
  };
}

/** One row more than the page, which tells whether there is another page. */
function listStatement(filter: OrderListFilter): SQL {
  if (filter.status !== undefined && filter.customerId === undefined && filter.attention !== true)
    return byStatusStatement(filter, filter.status);
  const { customerId, status, attention, createdAfter, createdBefore, cursor } = filter;
  const conditions = [sql`true`];
  if (customerId !== undefined) conditions.push(sql`customer_id = ${customerId}`);
  if (status !== undefined) conditions.push(sql`status = ${status}`);
  if (attention === true) conditions.push(sql`attention_code IS NOT NULL`);
  if (attention === false) conditions.push(sql`attention_code IS NULL`);
  if (createdAfter !== undefined) conditions.push(sql`created_at >= ${createdAfter}::timestamptz`);
  if (createdBefore !== undefined) conditions.push(sql`created_at < ${createdBefore}::timestamptz`);
  if (cursor !== undefined) {
    const { createdAt, id } = decodeCursor(cursor);
    conditions.push(sql`(created_at, id) < (${createdAt}::timestamptz, ${id})`);
  }
  return pageStatement(conditions, sql`created_at DESC, id DESC`, filter.limit);
}

/**
 * Orders of one status are seldom spread evenly over time: those at their end are old, those under way new. The planner does not
 * know that and would walk through all orders by time until a page of them is full. Bounds over status and time together leave
 * it only the index that has both.
 */
function byStatusStatement(filter: OrderListFilter, status: OrderStatus): SQL {
  const { attention, createdAfter = '-infinity', createdBefore = 'infinity', cursor } = filter;
  const conditions = [
    sql`(status, created_at) >= (${status}, ${createdAfter}::timestamptz)`,
    sql`(status, created_at) < (${status}, ${createdBefore}::timestamptz)`,
  ];
  if (attention === false) conditions.push(sql`attention_code IS NULL`);
  if (cursor !== undefined) {
    const { createdAt, id } = decodeCursor(cursor);
    conditions.push(sql`(status, created_at, id) < (${status}, ${createdAt}::timestamptz, ${id})`);
  }
  return pageStatement(conditions, sql`status DESC, created_at DESC, id DESC`, filter.limit);
}

function pageStatement(conditions: readonly SQL[], order: SQL, limit: number): SQL {
  return sql`SELECT ${ORDER_VIEW} AS view FROM (
      SELECT * FROM orders WHERE ${sql.join([...conditions], sql` AND `)} ORDER BY ${order} LIMIT ${limit + 1}
    ) AS orders ORDER BY orders.created_at DESC, orders.id DESC`;
}

/** Where a page ends. created_at is kept to the millisecond, so its JSON form is the whole of it. */
function encodeCursor({ createdAt, id }: OrderView): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

/** @throws RangeError when it is not a cursor that was given out */
function decodeCursor(cursor: string): { readonly createdAt: string; readonly id: string } {
  const [, createdAt, id] =
    /^\["((?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","([\w.:-]{1,128})"\]$/.exec(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    ) ?? [];
  if (createdAt === undefined || id === undefined || Number.isNaN(Date.parse(createdAt)))
    throw new RangeError('The cursor is not one that was given out');
  return { createdAt, id };
}
