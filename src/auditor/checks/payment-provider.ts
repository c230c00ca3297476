/** Money as the payment provider tells it, against our records. I6–I8, I10, I16. */
import { fillIn, findingOf, type Check, type Finding, type World } from '../check.ts';
import type { PaymentOperation } from '../records/payment-records.ts';
import { groupByOrder, inPages, isJudged, ordersOf } from './provider-checks.ts';

const SEE = `SELECT orders.id, orders.status, orders.payment_status, provider_operations.* FROM provider_operations
  FULL JOIN orders ON orders.id = order_id WHERE key = :key OR orders.id = :orderId ORDER BY created_at`;

/**
 * One page of the provider's list against our operations. Ours may wait for the answer; a decline of what a void has made
 * pointless is no difference, and a void of what never was is one of nothing.
 */
const PAGE_AGAINST_OURS = `
  SELECT theirs.key, theirs."orderId", CASE
      WHEN ours.key IS NULL THEN format('%s of %s %s was %s there and is not recorded', theirs.kind, theirs."amountMinor", theirs.currency, theirs.status)
      WHEN ours.kind <> theirs.kind OR ours.order_id <> theirs."orderId"
        THEN format('%s of %s there, %s of %s recorded', theirs.kind, theirs."orderId", ours.kind, ours.order_id)
      WHEN ours.amount_minor <> theirs."amountMinor" OR ours.currency <> theirs.currency
        THEN format('%s of %s %s there, %s %s recorded', theirs.kind, theirs."amountMinor", theirs.currency, ours.amount_minor, ours.currency)
      ELSE format('%s there, %s recorded', theirs.status, ours.status) END AS message
  FROM jsonb_to_recordset($1::jsonb) AS theirs (key text, kind text, "orderId" text, "amountMinor" bigint, currency text, status text)
  LEFT JOIN provider_operations AS ours USING (key)
  WHERE (ours.key IS NULL AND (theirs.kind <> 'capture' OR EXISTS (SELECT FROM orders WHERE orders.id = theirs."orderId")))
    OR ours.kind <> theirs.kind OR ours.order_id <> theirs."orderId"
    OR (NOT (theirs.kind = 'void' AND theirs."amountMinor" = 0) AND (ours.amount_minor <> theirs."amountMinor" OR ours.currency <> theirs.currency))
    OR (ours.status, theirs.status) NOT IN (('succeeded', 'succeeded'), ('refused', 'declined'), ('not_needed', 'declined'),
      ('succeeded', 'failed'), ('refused', 'failed'), ('pending', 'succeeded'), ('pending', 'declined'), ('pending', 'failed'))`;

async function theirsAgainstOurs(world: World): Promise<readonly Finding[]> {
  const operations = await readOperations(world);
  const findings: Finding[] = [];
  for (const page of inPages(operations)) {
    const rows = await world.database.rows(PAGE_AGAINST_OURS, [JSON.stringify(page)]);
    findings.push(...rows.map((row) => findingOf(row, SEE)));
  }
  return findings;
}

async function oursAgainstTheirs(world: World): Promise<readonly Finding[]> {
  const theirs = new Set((await readOperations(world, 'all')).map(({ key }) => key));
  const findings: Finding[] = [];
  const ours = world.database.batches(`
    SELECT key, order_id AS "orderId", format('%s is recorded and is not in the list of the provider', kind) AS message
    FROM provider_operations WHERE status = 'succeeded' AND kind IN ('authorize', 'capture', 'void', 'refund')`);
  for await (const rows of ours)
    findings.push(...rows.filter(({ key }) => !theirs.has(String(key))).map((row) => findingOf(row, SEE)));
  return findings;
}

/** What is read is what is old enough to be judged, unless all is asked for. */
async function readOperations(
  { payments, limits }: World,
  which: 'judged' | 'all' = 'judged',
): Promise<readonly PaymentOperation[]> {
  const operations = (await payments?.operations()) ?? [];
  return which === 'all' ? operations : operations.filter((operation) => isJudged(operation, limits));
}

const succeeded = (operations: readonly PaymentOperation[], kind: string, parentKey?: string) =>
  operations.filter(
    (operation) =>
      operation.kind === kind &&
      operation.status === 'succeeded' &&
      (parentKey === undefined || operation.parentKey === parentKey),
  );
const sumMinor = (operations: readonly PaymentOperation[]): number =>
  operations.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

/** No more was taken than was held, no more given back than was taken. */
function excesses(operations: readonly PaymentOperation[]): string[] {
  return [
    ...succeeded(operations, 'authorize').flatMap(({ key, amountMinor }) => {
      const captured = sumMinor(succeeded(operations, 'capture', key));
      return captured > amountMinor ? [`${captured} captured of ${amountMinor} authorized by ${key}`] : [];
    }),
    ...succeeded(operations, 'capture').flatMap(({ key, amountMinor }) => {
      const refunded = sumMinor(succeeded(operations, 'refund', key));
      return refunded > amountMinor ? [`${refunded} refunded of ${amountMinor} captured by ${key}`] : [];
    }),
  ];
}

/** Holds that are neither used nor let go, and still run. */
function openHolds(operations: readonly PaymentOperation[]): PaymentOperation[] {
  return succeeded(operations, 'authorize').filter(
    ({ key, capture_before: captureBefore }) =>
      succeeded(operations, 'capture', key).length === 0 &&
      succeeded(operations, 'void', key).length === 0 &&
      (captureBefore === undefined || Date.parse(captureBefore) > Date.now()),
  );
}

const ENDED = ['completed', 'rejected', 'cancelled'];

/** What is wrong with the money of one order, given its status, or null when there is no such order. */
type Judge = (operations: readonly PaymentOperation[], status: string | null) => readonly string[];

function byOrder(judge: Judge): (world: World) => Promise<readonly Finding[]> {
  return async (world) => {
    const findings: Finding[] = [];
    const operations = groupByOrder(await readOperations(world));
    for (const page of inPages([...operations])) {
      const statuses = await ordersOf(
        world,
        page.map(([orderId]) => orderId),
      );
      for (const [orderId, ofOrder] of page) {
        const status = statuses.get(orderId) ?? null;
        const sql = fillIn(SEE, { key: ofOrder[0]?.key ?? '', orderId });
        findings.push(...judge(ofOrder, status).map((message) => ({ ids: { orderId }, message, sql })));
      }
    }
    return findings;
  };
}

function providerCheck(
  invariant: Check['invariant'],
  name: string,
  find: (world: World) => Promise<readonly Finding[]>,
): Check {
  return {
    invariant,
    name,
    needs: ['payments'],
    settles: true,
    async look(world) {
      return { checked: (await readOperations(world)).length, findings: await find(world) };
    },
  };
}

export const PAYMENT_PROVIDER_CHECKS: readonly Check[] = [
  providerCheck(
    'I6',
    'the provider took no more than it held and gave back no more than it took',
    byOrder(excesses),
  ),
  providerCheck(
    'I7',
    'the provider holds no money for an order that ended',
    byOrder((operations, status) =>
      status !== null && ENDED.includes(status)
        ? openHolds(operations).map(({ key, amountMinor }) => `${amountMinor} held by ${key} while ${status}`)
        : [],
    ),
  ),
  providerCheck(
    'I8',
    'no money is taken for an order that does not exist',
    byOrder((operations, status) =>
      status === null
        ? succeeded(operations, 'capture').map(({ key, amountMinor }) => `${amountMinor} captured by ${key}`)
        : [],
    ),
  ),
  providerCheck('I10', 'what the payment provider did is recorded', theirsAgainstOurs),
  providerCheck('I10', 'what is recorded the payment provider did', oursAgainstTheirs),
  providerCheck(
    'I16',
    'the provider keeps no money of an order that was undone',
    byOrder((operations, status) => {
      const kept = sumMinor(succeeded(operations, 'capture')) - sumMinor(succeeded(operations, 'refund'));
      return (status === 'rejected' || status === 'cancelled') && kept !== 0
        ? [`${kept} kept while ${status}`]
        : [];
    }),
  ),
];
