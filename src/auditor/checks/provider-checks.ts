/** What checks against the two providers share. */
import type { Limits, World } from '../check.ts';

const PAGE = 1_000;

/** Whether something happened long enough ago to be over on both sides. */
export function isJudged({ at }: { readonly at: string }, { graceMs }: Limits): boolean {
  return Date.parse(at) <= Date.now() - graceMs;
}

export function* inPages<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += PAGE) yield items.slice(start, start + PAGE);
}

export function groupByOrder<Operation extends { readonly orderId: string }>(
  operations: readonly Operation[],
): ReadonlyMap<string, readonly Operation[]> {
  return Map.groupBy(operations, ({ orderId }) => orderId);
}

/** The status of each of these orders that there is. */
export async function ordersOf(
  { database }: World,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await database.rows(
    'SELECT id, status FROM orders WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))',
    [JSON.stringify(orderIds)],
  );
  return new Map(rows.map(({ id, status }) => [String(id), String(status)]));
}
