/** Screening and reviews. I14, I15. */
import { sqlCheck, type Check } from '../check.ts';

const SEE = `SELECT orders.id, orders.status, is_screened, waiting_for, outcome, reviews.state, decision, decided_by, decided_at
  FROM orders LEFT JOIN fraud_assessments ON fraud_assessments.order_id = orders.id
  LEFT JOIN reviews ON reviews.order_id = orders.id WHERE orders.id = :orderId`;

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
];
