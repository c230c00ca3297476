/** Parcels as the carrier tells them, against our records. I10, I16. */
import { fillIn, findingOf, type Check, type Finding, type World } from '../check.ts';
import type { CarrierOperation } from '../records/carrier-records.ts';
import { groupByOrder, inPages, isJudged, ordersOf } from './provider-checks.ts';

const SEE = `SELECT orders.id, orders.status, provider_operations.* FROM provider_operations
  FULL JOIN orders ON orders.id = order_id WHERE key = :key OR orders.id = :orderId ORDER BY created_at`;

/** The carrier also lists the cancellation of a booking that it never saw; to us that needed no doing. */
const PAGE_AGAINST_OURS = `
  SELECT theirs.key, theirs."orderId", CASE
      WHEN ours.key IS NULL THEN format('%s was done there and is not recorded', theirs.operation)
      WHEN ours.kind <> theirs.kind OR ours.order_id <> theirs."orderId"
        THEN format('%s of %s there, %s of %s recorded', theirs.operation, theirs."orderId", ours.kind, ours.order_id)
      ELSE format('%s there, %s recorded', theirs.status, ours.status) END AS message
  FROM (
    SELECT *, CASE operation WHEN 'cancel' THEN 'cancel_booking' ELSE operation END AS kind
    FROM jsonb_to_recordset($1::jsonb) AS given (key text, operation text, "orderId" text, status text, "neverBooked" boolean)
  ) AS theirs LEFT JOIN provider_operations AS ours USING (key)
  WHERE ours.key IS NULL OR ours.kind <> theirs.kind OR ours.order_id <> theirs."orderId"
    OR NOT (ours.status IN ('succeeded', 'pending') OR (ours.status = 'not_needed' AND theirs."neverBooked"))`;

async function theirsAgainstOurs(world: World): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const page of inPages(await readOperations(world))) {
    const rows = await world.database.rows(PAGE_AGAINST_OURS, [JSON.stringify(page)]);
    findings.push(...rows.map((row) => findingOf(row, SEE)));
  }
  return findings;
}

async function oursAgainstTheirs(world: World): Promise<readonly Finding[]> {
  const theirs = new Set((await readOperations(world, 'all')).map(({ key }) => key));
  const findings: Finding[] = [];
  const ours = world.database.batches(`
    SELECT key, order_id AS "orderId", format('%s is recorded and is not in the list of the carrier', kind) AS message
    FROM provider_operations WHERE status = 'succeeded' AND kind IN ('book', 'cancel_booking')`);
  for await (const rows of ours)
    findings.push(...rows.filter(({ key }) => !theirs.has(String(key))).map((row) => findingOf(row, SEE)));
  return findings;
}

async function parcelsOfUndoneOrders(world: World): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const page of inPages([...groupByOrder(await readOperations(world))])) {
    const statuses = await ordersOf(
      world,
      page.map(([orderId]) => orderId),
    );
    for (const [orderId, operations] of page) {
      const status = statuses.get(orderId);
      if (status !== 'rejected' && status !== 'cancelled') continue;
      const cancelled = new Set(operations.map(({ parentKey }) => parentKey));
      const kept = operations.filter(({ operation, key }) => operation === 'book' && !cancelled.has(key));
      findings.push(
        ...kept.map(({ key }) => ({
          ids: { orderId, key },
          message: `the parcel is still booked while ${status}`,
          sql: fillIn(SEE, { key, orderId }),
        })),
      );
    }
  }
  return findings;
}

async function readOperations(
  { carrier, limits }: World,
  which: 'judged' | 'all' = 'judged',
): Promise<readonly CarrierOperation[]> {
  const operations = (await carrier?.operations()) ?? [];
  return which === 'all' ? operations : operations.filter((operation) => isJudged(operation, limits));
}

function carrierCheck(
  invariant: Check['invariant'],
  name: string,
  find: (world: World) => Promise<readonly Finding[]>,
): Check {
  return {
    invariant,
    name,
    needs: ['carrier'],
    settles: true,
    async look(world) {
      return { checked: (await readOperations(world)).length, findings: await find(world) };
    },
  };
}

export const CARRIER_CHECKS: readonly Check[] = [
  carrierCheck('I10', 'what the carrier did is recorded', theirsAgainstOurs),
  carrierCheck('I10', 'what is recorded the carrier did', oursAgainstTheirs),
  carrierCheck('I16', 'the carrier has no parcel of an order that was undone', parcelsOfUndoneOrders),
];
