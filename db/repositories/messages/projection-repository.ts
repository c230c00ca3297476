import { eq, sql } from 'drizzle-orm';
import type { OrderEvent } from '../../../src/domain/events/event.ts';
import type { Database } from '../../client.ts';
import { orderSummaries } from '../../schema/projections.ts';
import type { ProjectionOutcome, ProjectionRepository } from '../messages.repository.ts';
import { foldSummary, type SummaryRow } from './order-summary.ts';
import { readSummaries, writeSummaries, type WantedRow } from './summary-rows.ts';

const CONSUMER = 'order-summaries';

export function createProjectionRepository(database: Database): ProjectionRepository {
  return {
    apply: (events) => apply(database, events),

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
 * Reads the rows of all orders, takes the events in, and writes each row back if it is still the one that was read. What
 * somebody else has changed meanwhile is looked at again; each time somebody got on, so that this comes to an end.
 */
async function apply(
  database: Database,
  events: readonly OrderEvent[],
): Promise<ReadonlyMap<string, ProjectionOutcome>> {
  const outcomes = new Map<string, ProjectionOutcome>();
  let open = Map.groupBy(events, (event) => event.subject);
  while (open.size > 0) {
    const rows = await readSummaries(database, 'projections.read', [...open.keys()]);
    const wanted: WantedRow[] = [];
    for (const [orderId, ofOrder] of open) {
      const { row, taken } = takeIn(rows.get(orderId) ?? null, ofOrder, outcomes);
      if (row !== null && taken.length > 0)
        wanted.push({ ...row, seen: rows.get(orderId)?.lastSequence ?? 0, eventIds: taken });
    }
    const written = wanted.length === 0 ? new Set<string>() : await write(database, wanted);
    const lost = wanted.filter(({ orderId }) => !written.has(orderId));
    open = new Map(lost.map(({ orderId }) => [orderId, open.get(orderId) ?? []]));
  }
  return outcomes;
}

/** The row with all events that follow upon each other from it, and what becomes of each event. */
function takeIn(
  before: SummaryRow | null,
  events: readonly OrderEvent[],
  outcomes: Map<string, ProjectionOutcome>,
): { readonly row: SummaryRow | null; readonly taken: readonly string[] } {
  let row = before;
  const taken: string[] = [];
  for (const event of events.toSorted((one, other) => one.sequence - other.sequence)) {
    const next = (row?.lastSequence ?? 0) + 1;
    if (event.sequence === next) {
      row = foldSummary(row, event);
      taken.push(event.id);
      outcomes.set(event.id, 'applied');
    } else if (event.sequence > next) outcomes.set(event.id, 'gap');
    else if (!taken.includes(event.id)) outcomes.set(event.id, 'repeated');
  }
  return { row, taken };
}

/** @returns the ids of the orders whose rows were written */
async function write(database: Database, wanted: readonly WantedRow[]): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ readonly orderId: string }>(
    'projections.write',
    sql`WITH ${writeSummaries(wanted)}, consumed AS (
        INSERT INTO projections.consumed_events (consumer, event_id)
        SELECT ${CONSUMER}, unnest("eventIds") FROM wanted JOIN written ON written.order_id = "orderId"
        ON CONFLICT (consumer, event_id) DO NOTHING
      )
      SELECT order_id AS "orderId" FROM written`,
  );
  return new Set(rows.map(({ orderId }) => orderId));
}
