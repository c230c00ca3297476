/** What checks against the lists of other systems share. */
import { fillIn, findingOf, type Finding, type Limits, type World } from '../check.ts';

const PAGE = 1_000;

/** Our side of an operation at another company. */
export const SEE_OPERATION = `SELECT orders.id, orders.status AS order_status, provider_operations.* FROM provider_operations
  FULL JOIN orders ON orders.id = order_id WHERE key = :key OR orders.id = :orderId ORDER BY provider_operations.created_at`;

/** Whether something happened long enough ago to be over on both sides. */
export function isJudged({ at }: { readonly at: string }, { graceMs }: Limits): boolean {
  return Date.parse(at) <= Date.now() - graceMs;
}

export function* inPages<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += PAGE) yield items.slice(start, start + PAGE);
}

/** Holds their list, page by page, against our tables. @param statement selects what is wrong with the JSON array $1 */
export async function holdAgainstOurs(
  { database }: World,
  theirs: readonly object[],
  statement: string,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const page of inPages(theirs)) {
    const rows = await database.rows(statement, [JSON.stringify(page)]);
    findings.push(...rows.map((row) => findingOf(row, SEE_OPERATION)));
  }
  return findings;
}

/** What we have recorded as done, of these kinds, and they do not list. */
export async function missingThere(
  { database }: World,
  theirs: readonly { readonly key: string }[],
  kinds: readonly string[],
): Promise<readonly Finding[]> {
  const known = new Set(theirs.map(({ key }) => key));
  const findings: Finding[] = [];
  const ours = database.batches(`
    SELECT key, order_id AS "orderId", kind FROM provider_operations
    WHERE status = 'succeeded' AND kind IN (${kinds.map((kind) => `'${kind}'`).join(', ')})`);
  for await (const rows of ours) {
    for (const { key, orderId, kind } of rows) {
      if (known.has(String(key))) continue;
      const ids = { key: String(key), orderId: String(orderId) };
      const message = `${String(kind)} is recorded as done and is not in their list`;
      findings.push({ ids, message, sql: fillIn(SEE_OPERATION, ids) });
    }
  }
  return findings;
}

/** The status of each of these orders that there is. */
export async function statusesOf(
  { database }: World,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await database.rows(
    'SELECT id, status FROM orders WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))',
    [JSON.stringify(orderIds)],
  );
  return new Map(rows.map(({ id, status }) => [String(id), String(status)]));
}
