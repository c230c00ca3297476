import { sql, type SQL } from 'drizzle-orm';
import { ORDER_TRANSITIONS } from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import type {
  AssessmentView,
  FraudRepository,
  QueuedReview,
  ReviewFilter,
  ReviewView,
} from '../fraud.repository.ts';
import { changeOrder } from '../orders/order-change.ts';
import { instant, money, writing } from '../sql.ts';

const REVIEW_FIELDS = sql`reviews.order_id AS "orderId", reviews.state, ${instant(sql`reviews.since`)} AS since,
  ${instant(sql`reviews.deadline`)} AS deadline, reviews.assignee, reviews.decision, reviews.decided_by AS "decidedBy",
  reviews.reason, ${instant(sql`reviews.decided_at`)} AS "decidedAt"`;

type ReviewRepository = Omit<FraudRepository, 'readScreening' | 'recordScreening'>;

export function createReviewRepository(database: Database): ReviewRepository {
  return { ...readReviews(database), ...changeReviews(database) };
}

function readReviews(
  database: Database,
): Pick<ReviewRepository, 'findAssessment' | 'findReview' | 'listReviews'> {
  return {
    async findAssessment(orderId) {
      const [found] = await database.query<AssessmentView>(
        'fraud.findAssessment',
        sql`SELECT order_id AS "orderId", score, outcome, model_version AS "modelVersion", parts, degraded,
            ${instant(sql`fraud_assessments.at`)} AS at,
            (SELECT to_jsonb(found) FROM (
              SELECT ${REVIEW_FIELDS} FROM reviews WHERE reviews.order_id = fraud_assessments.order_id) AS found) AS review
          FROM fraud_assessments WHERE order_id = ${orderId}`,
      );
      return found ?? null;
    },

    async findReview(orderId) {
      const [found] = await database.query<ReviewView>(
        'fraud.findReview',
        sql`SELECT ${REVIEW_FIELDS} FROM reviews WHERE order_id = ${orderId}`,
      );
      return found ?? null;
    },

    async listReviews(filter) {
      const rows = await database.query<QueuedReview>('fraud.listReviews', listStatement(filter));
      const items = rows.slice(0, filter.limit);
      const last = items.at(-1);
      return { items, nextCursor: rows.length > filter.limit && last ? encodeCursor(last) : null };
    },
  };
}

function changeReviews(database: Database): Pick<ReviewRepository, 'recordReviewEnd' | 'assignReview'> {
  return {
    recordReviewEnd({ orderId, state, decision, decidedBy, reason }) {
      return changeOrder(database, 'fraud.recordReviewEnd', {
        order: { orderId },
        legalIn: [ORDER_TRANSITIONS.review.to],
        reads: [
          writing(
            'ended',
            sql`UPDATE reviews SET state = ${state}, decision = ${decision}, decided_by = ${decidedBy},
                reason = ${reason}, decided_at = now()
              FROM held WHERE reviews.order_id = held.id AND reviews.state = 'open'
                AND held.status = ${ORDER_TRANSITIONS.review.to}
              RETURNING reviews.order_id`,
          ),
        ],
        when: sql`EXISTS (SELECT FROM ended)`,
        waiting: decision === 'approve' ? sql`'authorization'` : sql`'undo'`,
      });
    },

    async assignReview({ orderId, assignee }) {
      const [review] = await database.query<ReviewView>(
        'fraud.assignReview',
        sql`WITH held AS MATERIALIZED (
            SELECT * FROM reviews WHERE order_id = ${orderId} FOR NO KEY UPDATE
          ), assigned AS (
            UPDATE reviews SET assignee = ${assignee}::text FROM held
            WHERE reviews.order_id = held.order_id AND held.state = 'open'
            RETURNING reviews.*
          )
          SELECT ${REVIEW_FIELDS} FROM assigned AS reviews
          UNION ALL
          SELECT ${REVIEW_FIELDS} FROM held AS reviews WHERE NOT EXISTS (SELECT FROM assigned)`,
      );
      return review ?? null;
    },
  };
}

/** One row more than the page, which tells whether there is another page. */
function listStatement({ assignee, limit, cursor }: ReviewFilter): SQL {
  const conditions = [sql`reviews.state = 'open'`];
  if (assignee !== undefined) conditions.push(sql`reviews.assignee = ${assignee}`);
  if (cursor !== undefined) {
    const { deadline, orderId } = decodeCursor(cursor);
    conditions.push(sql`(reviews.deadline, reviews.order_id) > (${deadline}::timestamptz, ${orderId})`);
  }
  return sql`SELECT ${REVIEW_FIELDS}, orders.customer_id AS "customerId",
      ${money(sql`orders.total_minor`, sql`orders.currency`)} AS total, fraud_assessments.score
    FROM (SELECT * FROM reviews WHERE ${sql.join(conditions, sql` AND `)}
      ORDER BY reviews.deadline, reviews.order_id LIMIT ${limit + 1}) AS reviews
    JOIN orders ON orders.id = reviews.order_id
    JOIN fraud_assessments ON fraud_assessments.order_id = reviews.order_id
    ORDER BY reviews.deadline, reviews.order_id`;
}

/** Where a page ends; the time is kept to the millisecond, so its text is the whole of it. */
function encodeCursor({ deadline, orderId }: QueuedReview): string {
  return Buffer.from(JSON.stringify([deadline, orderId])).toString('base64url');
}

/** @throws RangeError when it is not a cursor that was given out */
function decodeCursor(cursor: string): { readonly deadline: string; readonly orderId: string } {
  const [, deadline, orderId] =
    /^\["((?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","([\w.:-]{1,128})"\]$/.exec(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    ) ?? [];
  if (deadline === undefined || orderId === undefined || Number.isNaN(Date.parse(deadline)))
    throw new RangeError('The cursor is not one that was given out');
  return { deadline, orderId };
}
