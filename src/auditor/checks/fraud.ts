/** Screening and reviews. I8, I14, I15. */
import { sqlCheck, type Check } from '../check.ts';
import type { PaymentOperation } from '../records/payment-records.ts';
import { holdAgainstOurs, isJudged } from './provider-checks.ts';

const SEE = `SELECT orders.id, orders.status, is_screened, waiting_for, outcome, reviews.state, decision, decided_by, decided_at
  FROM orders LEFT JOIN fraud_assessments ON fraud_assessments.order_id = orders.id
  LEFT JOIN reviews ON reviews.order_id = orders.id WHERE orders.id = :orderId`;

/** A refusal of the provider was an answer to a question, too. What was voided was never asked for. */
const ASKED_TOO_EARLY = `
  SELECT theirs.key, theirs."orderId", format('%s was %s, and screening said %s, a person %s', theirs.kind, theirs.status, outcome,
      coalesce(decision, 'nothing yet')) AS message
  FROM jsonb_to_recordset($1::jsonb) AS theirs (key text, kind text, "orderId" text, status text)
  JOIN fraud_assessments ON fraud_assessments.order_id = theirs."orderId"
  LEFT JOIN reviews ON reviews.order_id = theirs."orderId"
  WHERE theirs.kind IN ('authorize', 'capture') AND outcome <> 'pass' AND decision IS DISTINCT FROM 'approve'`;

const asksNobodyTooEarly: Check = {
  invariant: 'I8',
  name: 'no money is asked for that screening has not let pass',
  needs: ['payments'],
  settles: true,
  async look(world) {
    const all: readonly PaymentOperation[] = (await world.payments?.operations()) ?? [];
    const judged = all.filter((operation) => isJudged(operation, world.limits));
    return { checked: judged.length, findings: await holdAgainstOurs(world, judged, ASKED_TOO_EARLY) };
  },
};

export const FRAUD_CHECKS: readonly Check[] = [
  sqlCheck({
    invariant: 'I14',
    name: 'an order that has come past screening was screened',
    over: 'fraud_assessments',
    wrong: `SELECT orders.id AS "orderId", format('%s, and screening has said nothing', status) AS message FROM orders
      WHERE is_screened AND status IN ('in_review', 'authorized', 'confirmed', 'fulfilling', 'shipped', 'delivered', 'completed')
        AND NOT EXISTS (SELECT FROM fraud_assessments WHERE fraud_assessments.order_id = orders.id)`,
    see: SEE,
  }),
  sqlCheck({
    invariant: 'I15',
    name: 'an order that waits for a review has an open one',
    over: 'reviews',
    wrong: `SELECT orders.id AS "orderId", format('%s, waiting for %s, and its review is %s', status, coalesce(waiting_for, 'nothing'),
        coalesce(state, 'not there')) AS message
      FROM orders LEFT JOIN reviews ON order_id = orders.id
      WHERE coalesce(status = 'in_review' AND waiting_for = 'review', false) <> coalesce(state = 'open', false)`,
    see: SEE,
  }),
  asksNobodyTooEarly,
];
