/** What checks against the lists of other systems share. */
import { fillIn, findingOf, type Check, type Finding, type Limits, type World } from '../check.ts';
import { KeySet } from './key-set.ts';
import type { ListCheck } from './list-checks.ts';

/** An operation as another company lists it. */
interface Listed {
  readonly key: string;
  readonly at: string;
}

/** Our side of an operation at another company. */
export const SEE_OPERATION = `SELECT orders.id, orders.status AS order_status, provider_operations.* FROM provider_operations
  FULL JOIN orders ON orders.id = order_id WHERE key = :key OR orders.id = :orderId ORDER BY provider_operations.created_at`;

/** Whether something happened long enough ago to be over on both sides. */
export function isJudged({ at }: { readonly at: string }, { graceMs }: Limits): boolean {
  return Date.parse(at) <= Date.now() - graceMs;
}

/** The list of a company, of which there is nothing where its address was not given. */
export async function* listOf<Operation>(
  records: { operations(): AsyncIterable<readonly Operation[]> } | null,
): AsyncGenerator<readonly Operation[]> {
  if (records !== null) yield* records.operations();
}

/** A check that holds each of their operations against our tables. @param statement selects what is wrong with the JSON array $1 */
export function heldAgainstOurs<Operation extends Listed>(
  invariant: Check['invariant'],
  name: string,
  statement: string,
): ListCheck<Operation> {
  return {
    invariant,
    name,
    lookThrough(world) {
      const findings: Finding[] = [];
      return {
        async page(operations) {
          const judged = operations.filter((operation) => isJudged(operation, world.limits));
          findings.push(...(await holdAgainstOurs(world, judged, statement)));
          return judged.length;
        },
        end: async () => findings,
      };
    },
  };
}

/** What is wrong with these operations of theirs. @param statement as of {@link heldAgainstOurs} */
export async function holdAgainstOurs(
  { database }: World,
  theirs: readonly object[],
  statement: string,
): Promise<readonly Finding[]> {
  if (theirs.length === 0) return [];
  const rows = await database.rows(statement, [JSON.stringify(theirs)]);
  return rows.map((row) => findingOf(row, SEE_OPERATION));
}

/** A check for what we have recorded as done, of these kinds, and they do not list. */
export function missingThere<Operation extends Listed>(
  invariant: Check['invariant'],
  name: string,
  kinds: readonly string[],
): ListCheck<Operation> {
  return {
    invariant,
    name,
    lookThrough(world) {
      const theirs = new KeySet();
      return {
        async page(operations) {
          for (const { key } of operations) theirs.add(key);
          return operations.length;
        },
        end: () => recordedAndNotIn(world, theirs, kinds),
      };
    },
  };
}

async function recordedAndNotIn(
  { database }: World,
  theirs: KeySet,
  kinds: readonly string[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const ours = database.batches(`
    SELECT key, order_id AS "orderId", kind FROM provider_operations
    WHERE status = 'succeeded' AND kind IN (${kinds.map((kind) => `'${kind}'`).join(', ')})`);
  for await (const rows of ours) {
    for (const { key, orderId, kind } of rows) {
      if (theirs.has(String(key))) continue;
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
  if (orderIds.length === 0) return new Map();
  const rows = await database.rows(
    'SELECT id, status FROM orders WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))',
    [JSON.stringify(orderIds)],
  );
  return new Map(rows.map(({ id, status }) => [String(id), String(status)]));
}
