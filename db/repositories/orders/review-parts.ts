/** What the end of an order means for its review, as parts of the statement that ends it. */
import { sql, type SQL } from 'drizzle-orm';
import { writing, type Part } from '../sql.ts';

/** A review that nobody has decided is not decided any more. */
export const WITHDRAW_REVIEW: Part = writing(
  'review_withdrawn',
  sql`UPDATE reviews SET state = 'withdrawn', reason = 'The order ended first.', decided_at = now() FROM moved
    WHERE reviews.order_id = moved.id AND reviews.state = 'open'`,
);

/** Over `moved`: screening has let nobody ask for the money of this order. */
const NEVER_ASKED: SQL = sql`(
  EXISTS (SELECT FROM fraud_assessments WHERE fraud_assessments.order_id = moved.id AND outcome = 'refuse')
  OR EXISTS (SELECT FROM reviews WHERE reviews.order_id = moved.id AND decision IS DISTINCT FROM 'approve'))`;

/** The authorization that was planned with the order, where its money was never asked for, is not needed. */
export const DROP_UNASKED_AUTHORIZATION: Part = writing(
  'authorization_dropped',
  sql`UPDATE provider_operations SET status = 'not_needed', settled_at = now() FROM moved
    WHERE provider_operations.order_id = moved.id AND kind = 'authorize' AND provider_operations.status = 'pending'
      AND ${NEVER_ASKED}`,
);
