/** Parcels as the carrier tells them, against our records. I10, I16. */
import { fillIn, type Check, type Finding, type World } from '../check.ts';
import type { CarrierOperation } from '../records/carrier-records.ts';
import { listChecks, type ListCheck } from './list-checks.ts';
import {
  heldAgainstOurs,
  holdAgainstOurs,
  isJudged,
  listOf,
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

/** What would be wrong if these bookings stood; each finding has the key of its booking. */
type Wrong = (world: World, bookings: readonly CarrierOperation[]) => Promise<readonly Finding[]>;

/** A check of every booking that is not cancelled further down in the list. */
function bookingsThatStand(name: string, whatIsWrong: Wrong): ListCheck<CarrierOperation> {
  return {
    invariant: 'I16',
    name,
    lookThrough(world) {
      const wrong = new Map<string, Finding>();
      return {
        async page(operations) {
          const judged = operations.filter((operation) => isJudged(operation, world.limits));
          const cancelled = new Set(judged.map(({ parentKey }) => parentKey));
          for (const key of cancelled) if (typeof key === 'string') wrong.delete(key);
          const bookings = judged.filter(({ operation, key }) => operation === 'book' && !cancelled.has(key));
          for (const finding of await whatIsWrong(world, bookings))
            wrong.set(finding.ids['key'] ?? '', finding);
          return judged.length;
        },
        end: async () => [...wrong.values()],
      };
    },
  };
}

const ofUndoneOrder: Wrong = async (world, bookings) => {
  const statuses = await statusesOf(
    world,
    bookings.map(({ orderId }) => orderId),
  );
  return bookings.flatMap(({ key, orderId }) => {
    const status = statuses.get(orderId);
    if (status !== 'rejected' && status !== 'cancelled') return [];
    const ids = { key, orderId };
    const message = `the parcel is still booked while ${status}`;
    return [{ ids, message, sql: fillIn(SEE_OPERATION, ids) }];
  });
};

const givenBack: Wrong = (world, bookings) => holdAgainstOurs(world, bookings, BOOKED_AND_GIVEN_BACK);

export const CARRIER_CHECKS: readonly Check[] = listChecks<CarrierOperation>(
  'carrier',
  ({ carrier }) => listOf(carrier),
  [
    heldAgainstOurs('I10', 'what the carrier did is recorded', NOT_AS_RECORDED),
    missingThere('I10', 'what is recorded the carrier did', ['book', 'cancel_booking']),
    bookingsThatStand('the carrier has no parcel of an order that was undone', ofUndoneOrder),
    bookingsThatStand('the carrier has no booking that was given back', givenBack),
  ],
);
