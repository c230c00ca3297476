/** Rows of the read model as a whole: read, and written back only where they are still as they were read. */
import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import { json, textArray } from '../sql.ts';
import type { SummaryRow } from './order-summary.ts';

/** A row as it should be. */
export interface WantedRow extends SummaryRow {
  /** The last sequence of the row that was read, 0 where there was none; another one is not replaced. */
  readonly seen: number;
}

const COLUMNS = sql`order_id AS "orderId", last_sequence AS "lastSequence", status, payment_status AS "paymentStatus",
  customer_id AS "customerId", currency, total_minor AS "totalMinor", captured_minor AS "capturedMinor",
  refunded_minor AS "refundedMinor", attention_code AS "attentionCode", placed_at AS "placedAt", updated_at AS "updatedAt"`;

/** Those that there are, by order id. */
export async function readSummaries(
  database: Database,
  name: string,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, SummaryRow>> {
  const rows = await database.query<SummaryRow>(
    name,
    sql`SELECT ${COLUMNS} FROM projections.order_summaries WHERE order_id = ANY (${textArray(orderIds)})`,
  );
  return new Map(rows.map((row) => [row.orderId, row]));
}

/**
 * Common table expressions that write rows; `written` has the ids of those that were still as they had been read. Rows are
 * locked in the order of their ids, so that two such statements wait for each other and do not stop each other.
 */
export function writeSummaries(wanted: readonly WantedRow[]): SQL {
  return sql`wanted AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${json(wanted)}) AS given ("orderId" text, seen integer, "lastSequence" integer,
        status text, "paymentStatus" text, "customerId" text, currency char(3), "totalMinor" bigint, "capturedMinor" bigint,
        "refundedMinor" bigint, "attentionCode" text, "placedAt" timestamptz, "updatedAt" timestamptz)
    ), held AS MATERIALIZED (
      SELECT order_id FROM projections.order_summaries WHERE order_id IN (SELECT "orderId" FROM wanted)
      ORDER BY order_id FOR UPDATE
    ), updated AS (
      UPDATE projections.order_summaries AS present SET last_sequence = wanted."lastSequence",
        status = wanted.status, payment_status = wanted."paymentStatus", customer_id = wanted."customerId",
        currency = wanted.currency, total_minor = wanted."totalMinor", captured_minor = wanted."capturedMinor",
        refunded_minor = wanted."refundedMinor", attention_code = wanted."attentionCode",
        placed_at = wanted."placedAt", updated_at = wanted."updatedAt"
      FROM wanted JOIN held ON held.order_id = "orderId"
      WHERE present.order_id = "orderId" AND present.last_sequence = wanted.seen
      RETURNING present.order_id
    ), added AS (
      INSERT INTO projections.order_summaries (order_id, last_sequence, status, payment_status, customer_id, currency,
        total_minor, captured_minor, refunded_minor, attention_code, placed_at, updated_at)
      SELECT "orderId", "lastSequence", status, "paymentStatus", "customerId", currency, "totalMinor",
        "capturedMinor", "refundedMinor", "attentionCode", "placedAt", "updatedAt" FROM wanted WHERE seen = 0 ORDER BY "orderId"
      ON CONFLICT (order_id) DO NOTHING
      RETURNING order_id
    ), written AS (SELECT order_id FROM updated UNION ALL SELECT order_id FROM added)`;
}
