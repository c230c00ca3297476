/**
 * Money as the payment provider tells it, against our records. I8, I10. What is wrong there and here alike is found by the
 * checks over our own records.
 */
import type { Check, Finding, World } from '../check.ts';
import type { PaymentOperation } from '../records/payment-records.ts';
import { holdAgainstOurs, isJudged, missingThere } from './provider-checks.ts';

const THEIRS = `jsonb_to_recordset($1::jsonb)
  AS theirs (key text, kind text, "orderId" text, "amountMinor" bigint, currency text, status text)`;

/**
 * Ours may still wait for the answer; a decline of what a void has made pointless is no difference, and a void of what
 * never was is one of nothing.
 */
const NOT_AS_RECORDED = `
  SELECT theirs.key, theirs."orderId", CASE
      WHEN ours.key IS NULL THEN format('%s of %s %s was %s there and is not recorded', theirs.kind, theirs."amountMinor", theirs.currency, theirs.status)
      WHEN ours.kind <> theirs.kind OR ours.order_id <> theirs."orderId"
        THEN format('%s of %s there, %s of %s recorded', theirs.kind, theirs."orderId", ours.kind, ours.order_id)
      WHEN ours.amount_minor <> theirs."amountMinor" OR ours.currency <> theirs.currency
        THEN format('%s of %s %s there, %s %s recorded', theirs.kind, theirs."amountMinor", theirs.currency, ours.amount_minor, ours.currency)
      ELSE format('%s is %s there, %s recorded', theirs.kind, theirs.status, ours.status) END AS message
  FROM ${THEIRS} LEFT JOIN provider_operations AS ours USING (key)
  WHERE (ours.key IS NULL AND (theirs.kind <> 'capture' OR EXISTS (SELECT FROM orders WHERE orders.id = theirs."orderId")))
    OR ours.kind <> theirs.kind OR ours.order_id <> theirs."orderId"
    OR (NOT (theirs.kind = 'void' AND theirs."amountMinor" = 0) AND (ours.amount_minor <> theirs."amountMinor" OR ours.currency <> theirs.currency))
    OR (ours.status, theirs.status) NOT IN (('succeeded', 'succeeded'), ('refused', 'declined'), ('not_needed', 'declined'),
      ('refused', 'failed'), ('pending', 'succeeded'), ('pending', 'declined'), ('pending', 'failed'))`;

const FOR_NO_ORDER = `
  SELECT theirs.key, theirs."orderId", format('%s %s taken, and there is no such order', theirs."amountMinor", theirs.currency) AS message
  FROM ${THEIRS}
  WHERE theirs.kind = 'capture' AND theirs.status = 'succeeded' AND NOT EXISTS (SELECT FROM orders WHERE orders.id = theirs."orderId")`;

async function judged({ payments, limits }: World): Promise<readonly PaymentOperation[]> {
  return ((await payments?.operations()) ?? []).filter((operation) => isJudged(operation, limits));
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
      return { checked: (await judged(world)).length, findings: await find(world) };
    },
  };
}

export const PAYMENT_PROVIDER_CHECKS: readonly Check[] = [
  providerCheck('I8', 'no money is taken for an order that does not exist', async (world) =>
    holdAgainstOurs(world, await judged(world), FOR_NO_ORDER),
  ),
  providerCheck('I10', 'what the payment provider did is recorded', async (world) =>
    holdAgainstOurs(world, await judged(world), NOT_AS_RECORDED),
  ),
  providerCheck('I10', 'what is recorded the payment provider did', async (world) =>
    missingThere(world, (await world.payments?.operations()) ?? [], [
      'authorize',
      'capture',
      'void',
      'refund',
    ]),
  ),
];
