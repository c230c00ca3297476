/** Parcels as the carrier tells them, against our records. I10, I16. */
import { fillIn, type Check, type Finding, type World } from '../check.ts';
import type { CarrierOperation } from '../records/carrier-records.ts';
import {
  holdAgainstOurs,
  inPages,
  isJudged,
  missingThere,
  SEE_OPERATION,
  statusesOf,
} from './provider-checks.ts';

/** The carrier also lists the cancellation of a booking that it never saw; to us that needed no doing. */
const NOT_AS_RECORDED = `
  SELECT theirs.key, theirs."orderId", CASE
      WHEN ours.key IS NULL THEN format('%s was done there and is not recorded', theirs.operation)
      WHEN ours.kind <> theirs.kind OR ours.order_id <> theirs."orderId"
        THEN format('%s of %s there, %s of %s recorded', theirs.operation, theirs."orderId", ours.kind, ours.order_id)
      ELSE format('%s was done there and is %s here', theirs.operation, ours.status) END AS message
  FROM (
    SELECT *, CASE operation WHEN 'cancel' THEN 'cancel_booking' ELSE operation END AS kind
    FROM jsonb_to_recordset($1::jsonb) AS given (key text, operation text, "orderId" text, "neverBooked" boolean)
  ) AS theirs LEFT JOIN provider_operations AS ours USING (key)
  WHERE ours.key IS NULL OR ours.kind <> theirs.kind OR ours.order_id <> theirs."orderId"
    OR NOT (ours.status IN ('succeeded', 'pending') OR (ours.status = 'not_needed' AND theirs."neverBooked" IS TRUE))`;

/** Of a parcel that was booked anew, what was booked before must not leave, nor what was booked for a parcel that is none any more. */
const BOOKED_AND_GIVEN_BACK = `
  SELECT theirs.key, ours.order_id AS "orderId", format('still booked there, while %s',
      CASE WHEN shipments.id IS NULL THEN 'there is no such parcel any more'
        ELSE format('the parcel is at attempt %s', shipments.booking_attempt) END) AS message
  FROM jsonb_to_recordset($1::jsonb) AS theirs (key text)
  JOIN provider_operations AS ours ON ours.key = theirs.key AND ours.kind = 'book'
  LEFT JOIN shipments ON shipments.id = ours.subject_id
  WHERE shipments.id || ':book:' || shipments.booking_attempt IS DISTINCT FROM theirs.key`;

async function bookingsThatStand(world: World): Promise<readonly CarrierOperation[]> {
  const operations = await judged(world);
  const cancelled = new Set(operations.map(({ parentKey }) => parentKey));
  return operations.filter(({ operation, key }) => operation === 'book' && !cancelled.has(key));
}

async function parcelsOfUndoneOrders(world: World): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const page of inPages(await bookingsThatStand(world))) {
    const statuses = await statusesOf(
      world,
      page.map(({ orderId }) => orderId),
    );
    for (const { key, orderId } of page) {
      const status = statuses.get(orderId);
      if (status !== 'rejected' && status !== 'cancelled') continue;
      const ids = { key, orderId };
      const message = `the parcel is still booked while ${status}`;
      findings.push({ ids, message, sql: fillIn(SEE_OPERATION, ids) });
    }
  }
  return findings;
}

async function judged({ carrier, limits }: World): Promise<readonly CarrierOperation[]> {
  return ((await carrier?.operations()) ?? []).filter((operation) => isJudged(operation, limits));
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
      return { checked: (await judged(world)).length, findings: await find(world) };
    },
  };
}

export const CARRIER_CHECKS: readonly Check[] = [
  carrierCheck('I10', 'what the carrier did is recorded', async (world) =>
    holdAgainstOurs(world, await judged(world), NOT_AS_RECORDED),
  ),
  carrierCheck('I10', 'what is recorded the carrier did', async (world) =>
    missingThere(world, (await world.carrier?.operations()) ?? [], ['book', 'cancel_booking']),
  ),
  carrierCheck('I16', 'the carrier has no parcel of an order that was undone', parcelsOfUndoneOrders),
  carrierCheck('I16', 'the carrier has no booking that was given back', async (world) =>
    holdAgainstOurs(world, await bookingsThatStand(world), BOOKED_AND_GIVEN_BACK),
  ),
];
