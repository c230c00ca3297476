/** Pages of orders, the newest first: which rows, in which order, and where a page ends. */
import { sql, type SQL } from 'drizzle-orm';
import type { OrderStatus } from '../../../src/domain/orders/order-status.ts';
import type { OrderListFilter, Page } from '../order-reads.repository.ts';

/**
 * One row more than the page, which tells whether there is another page.
 * @param answer what is selected of each row of `orders`; with createdAt and id somewhere in it
 */
export function orderPageStatement(filter: OrderListFilter, answer: SQL): SQL {
  if (filter.status !== undefined && filter.customerId === undefined && filter.attention !== true)
    return byStatusStatement(filter, filter.status, answer);
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
  return pageStatement(conditions, sql`created_at DESC, id DESC`, filter.limit, answer);
}

/**
 * Orders of one status are seldom spread evenly over time: those at their end are old, those under way new. The planner does not
 * know that and would walk through all orders by time until a page of them is full. Bounds over status and time together leave
 * it only the index that has both.
 */
function byStatusStatement(filter: OrderListFilter, status: OrderStatus, answer: SQL): SQL {
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
  return pageStatement(conditions, sql`status DESC, created_at DESC, id DESC`, filter.limit, answer);
}

function pageStatement(conditions: readonly SQL[], order: SQL, limit: number, answer: SQL): SQL {
  return sql`SELECT ${answer} FROM (
      SELECT * FROM orders WHERE ${sql.join([...conditions], sql` AND `)} ORDER BY ${order} LIMIT ${limit + 1}
    ) AS orders ORDER BY orders.created_at DESC, orders.id DESC`;
}

interface PagedOrder {
  readonly createdAt: string;
  readonly id: string;
}

/** What {@link orderPageStatement} answered, as a page. */
export function toOrderPage<Order extends PagedOrder>(rows: readonly Order[], limit: number): Page<Order> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(last) : null };
}

/** Where a page ends. created_at is kept to the millisecond, so its JSON form is the whole of it. */
function encodeCursor({ createdAt, id }: PagedOrder): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

/** @throws RangeError when it is not a cursor that was given out */
function decodeCursor(cursor: string): PagedOrder {
  const [, createdAt, id] =
    /^\["((?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","([\w.:-]{1,128})"\]$/.exec(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    ) ?? [];
  if (createdAt === undefined || id === undefined || Number.isNaN(Date.parse(createdAt)))
    throw new RangeError('The cursor is not one that was given out');
  return { createdAt, id };
}
