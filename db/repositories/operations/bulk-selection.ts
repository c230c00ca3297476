/** Which orders a bulk means, as one statement that walks an index and stops at its limit. */
import { sql, type SQL } from 'drizzle-orm';
import type { OrderSelection } from '../../../src/domain/operations/bulk-action.ts';
import { textArray } from '../sql.ts';

/**
 * Selects `id`, `status` and `created_at`, the newest first. Orders of one status are seldom spread evenly over time, so where
 * statuses and times are all that is given, each status is walked by itself, by the index that has both (see reads/order-pages.ts).
 */
export function selectionStatement(selection: OrderSelection, limit: number): SQL {
  const { statuses } = selection;
  const narrowing = narrowingConditions(selection);
  if (statuses !== undefined && narrowing.length === 0) return byStatusStatement(selection, statuses, limit);
  const conditions = [...timeConditions(selection), ...narrowing];
  if (statuses !== undefined) conditions.push(sql`status = ANY (${textArray(statuses)})`);
  if (conditions.length === 0) conditions.push(sql`false`);
  return sql`SELECT id, status, created_at FROM orders WHERE ${sql.join(conditions, sql` AND `)}
    ORDER BY created_at DESC, id DESC LIMIT ${limit}`;
}

function byStatusStatement(
  { createdAfter = '-infinity', createdBefore = 'infinity' }: OrderSelection,
  statuses: readonly string[],
  limit: number,
): SQL {
  return sql`SELECT found.id, found.status, found.created_at
    FROM unnest(${textArray(statuses)}) AS wanted (status) CROSS JOIN LATERAL (
      SELECT id, status, created_at FROM orders
      WHERE (status, created_at) >= (wanted.status, ${createdAfter}::timestamptz)
        AND (status, created_at) < (wanted.status, ${createdBefore}::timestamptz)
      ORDER BY status DESC, created_at DESC, id DESC LIMIT ${limit}
    ) AS found ORDER BY found.created_at DESC, found.id DESC LIMIT ${limit}`;
}

function timeConditions({ createdAfter, createdBefore }: OrderSelection): SQL[] {
  const conditions: SQL[] = [];
  if (createdAfter !== undefined) conditions.push(sql`created_at >= ${createdAfter}::timestamptz`);
  if (createdBefore !== undefined) conditions.push(sql`created_at < ${createdBefore}::timestamptz`);
  return conditions;
}

/** Each by an index of its own. The payment has the order's total, and an index over it (migration 0012). */
function narrowingConditions(selection: OrderSelection): SQL[] {
  const { customerId, attentionCode, sku, minTotalMinor, maxTotalMinor } = selection;
  const conditions: SQL[] = [];
  if (customerId !== undefined) conditions.push(sql`customer_id = ${customerId}`);
  if (attentionCode !== undefined)
    conditions.push(sql`id IN (SELECT order_id FROM attention_causes WHERE code = ${attentionCode})`);
  if (sku !== undefined) conditions.push(sql`id IN (SELECT order_id FROM order_lines WHERE sku = ${sku})`);
  if (minTotalMinor !== undefined || maxTotalMinor !== undefined)
    conditions.push(sql`id IN (SELECT order_id FROM payment_intents
      WHERE amount_minor BETWEEN ${minTotalMinor ?? 0} AND ${maxTotalMinor ?? Number.MAX_SAFE_INTEGER})`);
  return conditions;
}
