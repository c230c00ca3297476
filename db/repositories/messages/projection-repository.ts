import { eq, sql, type SQL } from 'drizzle-orm';
import type { OrderEvent } from '../../../src/domain/events/event.ts';
import type { Database } from '../../client.ts';
import { orderSummaries } from '../../schema/projections.ts';
import type { ProjectionRepository } from '../messages.repository.ts';
import { onlyRow } from '../sql.ts';
import { summaryChangeOf, type SummaryChange } from './order-summary.ts';

const CONSUMER = 'order-summaries';

type Outcome = 'applied' | 'repeated' | 'gap';

export function createProjectionRepository(database: Database): ProjectionRepository {
  return {
    async apply(event) {
      const rows = await database.query<{ outcome: Outcome }>('projections.apply', applyStatement(event));
      return onlyRow(rows).outcome;
    },

    async find(orderId) {
      const [summary] = await database.run('projections.find', (builder) =>
        builder
          .select({
            orderId: orderSummaries.orderId,
            lastSequence: orderSummaries.lastSequence,
            status: orderSummaries.status,
            paymentStatus: orderSummaries.paymentStatus,
            customerId: orderSummaries.customerId,
            currency: orderSummaries.currency,
            totalMinor: orderSummaries.totalMinor,
            capturedMinor: orderSummaries.capturedMinor,
            refundedMinor: orderSummaries.refundedMinor,
            attentionCode: orderSummaries.attentionCode,
          })
          .from(orderSummaries)
          .where(eq(orderSummaries.orderId, orderId)),
      );
      return summary ?? null;
    },
  };
}

/**
 * The model's row is locked first, so two consumers take turns at an order; for its first event, where there is no row
 * yet, the unique key of consumed_events decides.
 */
function applyStatement(event: OrderEvent): SQL {
  const { sequence } = event;
  return sql`WITH model AS MATERIALIZED (
      SELECT last_sequence FROM projections.order_summaries WHERE order_id = ${event.subject} FOR UPDATE
    ), verdict AS MATERIALIZED (
      SELECT CASE WHEN ${sequence}::integer <= last THEN 'repeated' WHEN ${sequence}::integer > last + 1 THEN 'gap' ELSE 'applied' END AS outcome
      FROM (SELECT coalesce((SELECT last_sequence FROM model), 0) AS last) AS seen
    ), consumed AS (
      INSERT INTO projections.consumed_events (consumer, event_id)
      SELECT ${CONSUMER}, ${event.id} FROM verdict WHERE outcome = 'applied'
      ON CONFLICT (consumer, event_id) DO NOTHING
      RETURNING event_id
    ), changed AS (${changeStatement(event)})
    SELECT CASE WHEN verdict.outcome = 'applied' AND NOT EXISTS (SELECT FROM consumed) THEN 'repeated'
      ELSE verdict.outcome END AS outcome
    FROM verdict`;
}

function changeStatement(event: OrderEvent): SQL {
  const change = summaryChangeOf(event);
  if (change.placed !== undefined) {
    // A rebuild may have made the row at this very moment; then it holds this event already.
    const { customerId, currency, totalMinor, status, paymentStatus } = change.placed;
    return sql`INSERT INTO projections.order_summaries (order_id, last_sequence, status, payment_status, customer_id,
        currency, total_minor, placed_at, updated_at)
      SELECT ${event.subject}, ${event.sequence}, ${status}, ${paymentStatus}, ${customerId}, ${currency}, ${totalMinor},
        ${event.time}, ${event.time} FROM consumed
      ON CONFLICT (order_id) DO NOTHING`;
  }
  return sql`UPDATE projections.order_summaries
    SET ${sql.join([sql`last_sequence = ${event.sequence}, updated_at = ${event.time}`, ...assignments(change)], sql`, `)}
    FROM consumed WHERE order_id = ${event.subject}`;
}

function assignments(change: SummaryChange): SQL[] {
  const { status, paymentStatus, capturedMinor, refundedMinor, attentionCode } = change;
  const list: SQL[] = [];
  if (status !== undefined) list.push(sql`status = ${status}`);
  if (paymentStatus !== undefined) list.push(sql`payment_status = ${paymentStatus}`);
  if (capturedMinor !== undefined) list.push(sql`captured_minor = captured_minor + ${capturedMinor}::bigint`);
  if (refundedMinor !== undefined) {
    list.push(
      sql`refunded_minor = refunded_minor + ${refundedMinor}::bigint`,
      sql`payment_status = CASE refunded_minor + ${refundedMinor}::bigint
        WHEN 0 THEN 'captured' WHEN captured_minor THEN 'refunded' ELSE 'partially_refunded' END`,
    );
  }
  if (attentionCode !== undefined) list.push(sql`attention_code = ${attentionCode}::text`);
  return list;
}
