/**
 * Money as the payment provider tells it, against our records. I8, I10. What is wrong there and here alike is found by the
 * checks over our own records.
 */
import type { Check } from '../check.ts';
import type { PaymentOperation } from '../records/payment-records.ts';
import { listChecks } from './list-checks.ts';
import { heldAgainstOurs, listOf, missingThere } from './provider-checks.ts';

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

/** A refusal of the provider was an answer to a question, too. What was voided was never asked for. */
const ASKED_TOO_EARLY = `
  SELECT theirs.key, theirs."orderId", format('%s was %s, and screening said %s, a person %s', theirs.kind, theirs.status, outcome,
      coalesce(decision, 'nothing yet')) AS message
  FROM jsonb_to_recordset($1::jsonb) AS theirs (key text, kind text, "orderId" text, status text)
  JOIN fraud_assessments ON fraud_assessments.order_id = theirs."orderId"
  LEFT JOIN reviews ON reviews.order_id = theirs."orderId"
  WHERE theirs.kind IN ('authorize', 'capture') AND outcome <> 'pass' AND decision IS DISTINCT FROM 'approve'`;

export const PAYMENT_PROVIDER_CHECKS: readonly Check[] = listChecks<PaymentOperation>(
  'payments',
  ({ payments }) => listOf(payments),
  [
    heldAgainstOurs('I8', 'no money is taken for an order that does not exist', FOR_NO_ORDER),
    heldAgainstOurs('I8', 'no money is asked for that screening has not let pass', ASKED_TOO_EARLY),
    heldAgainstOurs('I10', 'what the payment provider did is recorded', NOT_AS_RECORDED),
    missingThere('I10', 'what is recorded the payment provider did', [
      'authorize',
      'capture',
      'void',
      'refund',
    ]),
  ],
);
