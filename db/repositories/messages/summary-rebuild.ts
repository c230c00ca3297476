/**
 * The read model made from the events alone, compared with the one that the queue has fed. An order whose events are no longer
 * kept is at its end, and what it came to is read from its row.
 *
 * Why this loses nothing while events flow: the model's rows are read before the events, so the events are never older than
 * a row; and a row is replaced only while it is still the one that was read, by what more or as many events say. A delivery
 * that comes later is a repetition by its sequence. The same holds of orders' rows, which are read last.
 */
import { sql } from 'drizzle-orm';
import type { OrderEvent } from '../../../src/domain/events/event.ts';
import type { Database } from '../../client.ts';
import type {
  MessageRepairRepository,
  RebuildBatch,
  SummaryDifference,
} from '../message-repair.repository.ts';
import { EVENT_COLUMNS, toOrderEvent, type EventRow } from '../reads/events.ts';
import { onlyRow, textArray } from '../sql.ts';
import { foldSummary, type SummaryRow } from './order-summary.ts';
import { readSummaries, writeSummaries } from './summary-rows.ts';

type RebuildInput = Parameters<MessageRepairRepository['rebuildSummaries']>[0];

/** An event that is younger than this may still be on its way through outbox and queue; milliseconds. */
const UNDER_WAY_MS = 60_000;

/** An order in comparison: the row as it is, the row as it should be, and how they differ. */
interface Comparison {
  readonly present: SummaryRow | null;
  readonly folded: SummaryRow | null;
  readonly difference: SummaryDifference;
}

export async function rebuildSummaries(database: Database, input: RebuildInput): Promise<RebuildBatch> {
  const { after, limit, isCheck } = input;
  const { now, orderIds } = await readOrderIds(database, after, limit + 1);
  const batch = orderIds.slice(0, limit);
  const present = await readSummaries(database, 'repair.readSummaries', batch);
  const events = await readEvents(database, batch);
  const outlived = await readOutlived(
    database,
    batch.filter((orderId) => events.get(orderId)?.[0]?.sequence !== 1),
  );
  const comparisons = batch.flatMap((orderId): Comparison[] => {
    const [row, order] = [present.get(orderId) ?? null, outlived.get(orderId)];
    return order === undefined
      ? compare(orderId, row, events.get(orderId) ?? [], Date.parse(now))
      : compareOutlived(row, order, Date.parse(now));
  });
  return {
    orders: batch.length,
    events: [...events.values()].reduce((sum, list) => sum + list.length, 0),
    differences: comparisons.map(({ difference }) => difference),
    replaced: isCheck || comparisons.length === 0 ? 0 : await replace(database, comparisons),
    next: orderIds.length > limit ? (batch.at(-1) ?? null) : null,
  };
}

/** Empty when they agree, or will when what is under way has arrived. */
function compare(
  orderId: string,
  present: SummaryRow | null,
  events: readonly OrderEvent[],
  nowMs: number,
): Comparison[] {
  const seen = present?.lastSequence ?? 0;
  const atPresent = fold(events.filter(({ sequence }) => sequence <= seen));
  const folded = fold(events);
  const differ = (kind: SummaryDifference['kind'], fields: readonly string[] = []): Comparison[] => [
    { present, folded, difference: { orderId, kind, fields } },
  ];
  if (folded === null) return differ('orphan');
  if (present !== null && seen > folded.lastSequence) return differ('ahead');
  const fields = present === null || atPresent === null ? [] : differingFields(present, atPresent);
  if (fields.length > 0) return differ('different', fields);
  const next = events.find(({ sequence }) => sequence > seen);
  if (next === undefined || nowMs - Date.parse(next.time) < UNDER_WAY_MS) return [];
  return differ(present === null ? 'missing' : 'behind');
}

/** The same for an order whose row alone tells of it. The row also changes without an event, so its own time says little. */
function compareOutlived(present: SummaryRow | null, order: SummaryRow, nowMs: number): Comparison[] {
  const differ = (kind: SummaryDifference['kind'], fields: readonly string[] = []): Comparison[] => [
    { present, folded: order, difference: { orderId: order.orderId, kind, fields } },
  ];
  if (present !== null && present.lastSequence > order.lastSequence) return differ('ahead');
  if (present?.lastSequence === order.lastSequence) {
    const fields = differingFields(present, { ...order, updatedAt: present.updatedAt });
    return fields.length > 0 ? differ('different', fields) : [];
  }
  if (nowMs - Date.parse(order.updatedAt) < UNDER_WAY_MS) return [];
  return differ(present === null ? 'missing' : 'behind');
}

function fold(events: readonly OrderEvent[]): SummaryRow | null {
  return events.reduce<SummaryRow | null>(foldSummary, null);
}

function differingFields(present: SummaryRow, folded: SummaryRow): readonly string[] {
  const expected = new Map<string, unknown>(Object.entries(folded));
  return Object.entries(present).flatMap(([field, value]) => (value === expected.get(field) ? [] : [field]));
}

async function readOrderIds(
  database: Database,
  after: string | null,
  limit: number,
): Promise<{ readonly now: string; readonly orderIds: readonly string[] }> {
  const above = after ?? '';
  const rows = await database.query<{ readonly now: string; readonly orderIds: readonly string[] }>(
    'repair.readOrderIds',
    sql`SELECT now() AS now, to_json(ARRAY(
        (SELECT id FROM orders WHERE id > ${above} ORDER BY id LIMIT ${limit})
        UNION
        (SELECT order_id FROM projections.order_summaries WHERE order_id > ${above} ORDER BY order_id LIMIT ${limit})
        ORDER BY 1 LIMIT ${limit})) AS "orderIds"`,
  );
  return onlyRow(rows);
}

async function readEvents(
  database: Database,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, readonly OrderEvent[]>> {
  const rows = await database.query<EventRow>(
    'repair.readEvents',
    sql`SELECT ${EVENT_COLUMNS} FROM orders
      JOIN order_events ON order_events.order_id = orders.id AND order_events.placed_at = orders.created_at
      WHERE orders.id = ANY (${textArray(orderIds)}) ORDER BY order_events.order_id, order_events.sequence`,
  );
  return Map.groupBy(rows.map(toOrderEvent), (event) => event.subject);
}

/** Those of the orders whose month of events was dropped, as their rows have them. */
async function readOutlived(
  database: Database,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, SummaryRow>> {
  if (orderIds.length === 0) return new Map();
  const rows = await database.query<SummaryRow>(
    'repair.readOutlived',
    sql`SELECT orders.id AS "orderId", version AS "lastSequence", status, payment_status AS "paymentStatus",
        customer_id AS "customerId", orders.currency, total_minor AS "totalMinor", captured_minor AS "capturedMinor",
        refunded_minor AS "refundedMinor", attention_code AS "attentionCode", orders.created_at AS "placedAt",
        orders.updated_at AS "updatedAt"
      FROM orders JOIN payment_intents ON payment_intents.order_id = orders.id
      WHERE orders.id = ANY (${textArray(orderIds)}) AND EXISTS (
        SELECT FROM dropped_event_months WHERE orders.created_at >= placed_from AND orders.created_at < placed_until)`,
  );
  return new Map(rows.map((row) => [row.orderId, row]));
}

/** One statement for all: each row if it is still as it was read. @returns how many were put right */
async function replace(database: Database, comparisons: readonly Comparison[]): Promise<number> {
  const wanted = comparisons.flatMap(({ present, folded }) =>
    folded === null ? [] : [{ ...folded, seen: present?.lastSequence ?? 0 }],
  );
  const orphans = comparisons.flatMap(({ folded, difference }) =>
    folded === null ? [difference.orderId] : [],
  );
  const rows = await database.query<{ readonly replaced: number }>(
    'repair.replaceSummaries',
    sql`WITH ${writeSummaries(wanted)}, removed AS (
        DELETE FROM projections.order_summaries AS present WHERE order_id = ANY (${textArray(orphans)})
          AND NOT EXISTS (SELECT FROM orders WHERE orders.id = present.order_id)
        RETURNING order_id
      )
      SELECT (SELECT count(*) FROM written) + (SELECT count(*) FROM removed) AS replaced`,
  );
  return onlyRow(rows).replaced;
}
