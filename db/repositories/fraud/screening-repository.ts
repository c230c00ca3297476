import { sql, type SQL } from 'drizzle-orm';
import { MOST_ORDERS_LOOKED_AT, type EarlierOrders } from '../../../src/domain/fraud/fraud-facts.ts';
import { DEFAULT_DEADLINES } from '../../../src/domain/orders/waiting-state.ts';
import type { Database } from '../../client.ts';
import type { FraudRepository, RecordedScreening } from '../fraud.repository.ts';
import { fact } from '../orders/facts.ts';
import { changeParts, move } from '../orders/order-change.ts';
import { instant, json, onlyRow, reading, statement, writing } from '../sql.ts';

const REVIEW = move('review');

type WrittenScreening = Omit<RecordedScreening, 'decision'> & { readonly written: boolean };

type ScreeningRepository = Pick<FraudRepository, 'readScreening' | 'recordScreening'>;

export function createScreeningRepository(database: Database): ScreeningRepository {
  return {
    async readScreening(subject) {
      const rows = await database.query<EarlierOrders & { readonly recorded: RecordedScreening | null }>(
        'fraud.readScreening',
        readStatement(subject),
      );
      const { recorded, customer, card, address } = onlyRow(rows);
      return { recorded, earlier: { customer, card, address } };
    },

    async recordScreening(input) {
      const isForReview = input.assessment.outcome === 'review';
      const [answer] = await database.query<WrittenScreening>(
        'fraud.recordScreening',
        isForReview ? holdStatement(input) : recordStatement(input),
      );
      if (answer?.written === true) {
        const { outcome, status, version } = answer;
        return { outcome, status, version, decision: null };
      }
      // Another attempt was faster, and what it recorded may not have been there yet when the statement began.
      return onlyRow(
        await database.query<RecordedScreening>('fraud.readRecorded', recordedStatement(input.orderId)),
      );
    },
  };
}

const ACCEPTED = sql`(outcome <> 'refuse')`;
const LAST_DAY = sql`(at > now() - interval '1 day')`;
const MOST = sql.raw(String(MOST_ORDERS_LOOKED_AT));
/** Of all that are accepted, where most went. */
const USUAL_COUNTRY = sql`mode() WITHIN GROUP (ORDER BY country) FILTER (WHERE ${ACCEPTED})`;

/** Three short walks along an index, each from the newest on. */
function readStatement(subject: Parameters<FraudRepository['readScreening']>[0]): SQL {
  const { orderId, customerId, total, cardDigest, addressDigest } = subject;
  const newest = (key: SQL): SQL => sql`SELECT customer_id, currency, amount_minor, country, outcome, at
    FROM fraud_assessments WHERE ${key} AND order_id <> ${orderId} ORDER BY at DESC LIMIT ${MOST}`;
  const isOurs = sql`(currency = ${total.currency})`;
  return statement(
    [
      reading('of_customer', newest(sql`customer_id = ${customerId}`)),
      reading('of_card', newest(sql`card_digest = ${cardDigest}`)),
      reading('of_address', newest(sql`address_digest = ${addressDigest}`)),
    ],
    sql`SELECT (${recordedAsJson(orderId)}) AS recorded,
      (SELECT jsonb_build_object(
          'lastHour', count(*) FILTER (WHERE at > now() - interval '1 hour'),
          'amountLastDayMinor', coalesce(sum(amount_minor) FILTER (WHERE ${LAST_DAY} AND ${isOurs}), 0),
          'accepted', count(*) FILTER (WHERE ${ACCEPTED}),
          'meanMinor', avg(amount_minor) FILTER (WHERE ${ACCEPTED} AND ${isOurs}),
          'country', ${USUAL_COUNTRY}) FROM of_customer) AS customer,
      (SELECT jsonb_build_object(
          'lastDay', count(*) FILTER (WHERE ${LAST_DAY}),
          'otherCustomers', count(DISTINCT customer_id) FILTER (WHERE ${LAST_DAY} AND customer_id <> ${customerId}),
          'country', ${USUAL_COUNTRY}) FROM of_card) AS card,
      (SELECT jsonb_build_object(
          'lastDay', count(*) FILTER (WHERE ${LAST_DAY}),
          'otherCustomers', count(DISTINCT customer_id) FILTER (WHERE ${LAST_DAY} AND customer_id <> ${customerId})
        ) FROM of_address) AS address`,
  );
}

function recordedStatement(orderId: string): SQL {
  return sql`SELECT fraud_assessments.outcome, orders.status, orders.version, reviews.decision
    FROM fraud_assessments JOIN orders ON orders.id = order_id LEFT JOIN reviews USING (order_id)
    WHERE fraud_assessments.order_id = ${orderId}`;
}

function recordedAsJson(orderId: string): SQL {
  return sql`SELECT jsonb_build_object('outcome', found.outcome, 'status', found.status, 'version', found.version,
      'decision', found.decision)
    FROM (${recordedStatement(orderId)}) AS found`;
}

type Recording = Parameters<FraudRepository['recordScreening']>[0];

/** The row of an order in `from`, unless there is one. */
function insertAssessment({ subject, assessment }: Recording, orderId: SQL, from: SQL): SQL {
  const { score, outcome, modelVersion, parts, degraded } = assessment;
  const { customerId, total, country, cardDigest, addressDigest } = subject;
  return sql`INSERT INTO fraud_assessments (order_id, score, outcome, model_version, parts, degraded, customer_id, currency,
      amount_minor, country, card_digest, address_digest)
    SELECT ${orderId}, ${score}::double precision, ${outcome}, ${modelVersion}, ${json(parts)}, ${json(degraded)},
      ${customerId}, ${total.currency}, ${total.amountMinor}::bigint, ${country}, ${cardDigest}, ${addressDigest}
    FROM ${from}
    ON CONFLICT (order_id) DO NOTHING RETURNING order_id, outcome`;
}

/** The order stays where it is: nothing moves, so it is not locked, and nobody else is told. */
function recordStatement(input: Recording): SQL {
  return statement(
    [
      reading('found', sql`SELECT id, status, version FROM orders WHERE id = ${input.orderId}`),
      writing('assessed', insertAssessment(input, sql`found.id`, sql`found`)),
    ],
    sql`SELECT true AS written, assessed.outcome, found.status, found.version FROM assessed, found`,
  );
}

/** The order is held for a person. One that was cancelled meanwhile is assessed all the same, and not held. */
function holdStatement(input: Recording): SQL {
  const { orderId, cause } = input;
  const usualMs = sql.raw(String(DEFAULT_DEADLINES.reviewWithinMs));
  // To the millisecond, as it is stored, so that the event and the review say the same.
  const deadline = sql`(now() + coalesce((held.deadlines ->> 'reviewWithinMs')::bigint, ${usualMs})
    * interval '1 millisecond')::timestamptz(3)`;
  return statement(
    [
      ...changeParts({
        order: { orderId, cause },
        legalIn: REVIEW.sources,
        reads: [writing('assessed', insertAssessment(input, sql`held.id`, sql`held`))],
        when: sql`EXISTS (SELECT FROM assessed)`,
        status: sql`${REVIEW.target}`,
        facts: [fact('commerce.order.review_started.v1', { until: instant(deadline) })],
        effects: [
          writing(
            'review_opened',
            sql`INSERT INTO reviews (order_id, deadline) SELECT moved.id, ${deadline} FROM moved, held`,
          ),
        ],
      }),
    ],
    sql`SELECT EXISTS (SELECT FROM assessed) AS written, ${input.assessment.outcome}::text AS outcome, last.status, last.version
      FROM (SELECT status, version FROM moved UNION ALL
        SELECT status, version FROM held WHERE NOT EXISTS (SELECT FROM moved)) AS last`,
  );
}
