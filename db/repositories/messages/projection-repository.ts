import { eq, sql } from 'drizzle-orm';
import type { OrderEvent } from '../../../src/domain/events/event.ts';
import type { Database } from '../../client.ts';
import { orderSummaries } from '../../schema/projections.ts';
import type { ProjectionOutcome, ProjectionRepository } from '../messages.repository.ts';
import { foldSummary, type SummaryRow } from './order-summary.ts';
import { readSummaries, writeSummaries, type WantedRow } from './summary-rows.ts';

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
      const before = rows.get(orderId) ?? null;
      const row = takeIn(before, ofOrder, outcomes);
      if (row !== null && row !== before) wanted.push({ ...row, seen: before?.lastSequence ?? 0 });
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
): SummaryRow | null {
  let row = before;
  const taken = new Set<string>();
  for (const event of events.toSorted((one, other) => one.sequence - other.sequence)) {
    const next = (row?.lastSequence ?? 0) + 1;
    if (event.sequence === next) {
      row = foldSummary(row, event);
      taken.add(event.id);
      outcomes.set(event.id, 'applied');
    } else if (event.sequence > next) outcomes.set(event.id, 'gap');
    else if (!taken.has(event.id)) outcomes.set(event.id, 'repeated');
  }
  return row;
}

/** @returns the ids of the orders whose rows were written */
async function write(database: Database, wanted: readonly WantedRow[]): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ readonly orderId: string }>(
    'projections.write',
    sql`WITH ${writeSummaries(wanted)} SELECT order_id AS "orderId" FROM written`,
  );
  return new Set(rows.map(({ orderId }) => orderId));
}
