/** How people read differences, and close them. */
import { sql, type SQL } from 'drizzle-orm';
import type { Page } from '../order-reads.repository.ts';
import type {
  BreakFilter,
  ReconciliationBreak,
  ReconciliationRepository,
} from '../reconciliation.repository.ts';
import { instant } from '../sql.ts';

const BREAK = sql`id, provider, operation_key AS "operationKey", order_id AS "orderId", kind, ours, theirs, state, note,
  actor, ${instant(sql`first_seen`)} AS "firstSeen", ${instant(sql`last_seen`)} AS "lastSeen",
  ${instant(sql`settled_at`)} AS "settledAt"`;

/** One row more than the page, which tells whether there is another page. */
export function listStatement({ state, orderId, limit, cursor }: BreakFilter): SQL {
  const conditions = [sql`true`];
  if (state !== undefined) conditions.push(sql`state = ${state}`);
  // Few are not settled, and an index has only those; that it fits has to be written out.
  if (state !== undefined && state !== 'settled') conditions.push(sql`state <> 'settled'`);
  if (orderId !== undefined) conditions.push(sql`order_id = ${orderId}`);
  if (cursor !== undefined) {
    const { firstSeen, id } = decodeCursor(cursor);
    conditions.push(sql`(first_seen, id) < (${firstSeen}::timestamptz, ${id})`);
  }
  return sql`SELECT ${BREAK} FROM reconciliation_breaks WHERE ${sql.join(conditions, sql` AND `)}
    ORDER BY first_seen DESC, id DESC LIMIT ${limit + 1}`;
}

export function toPage(rows: readonly ReconciliationBreak[], limit: number): Page<ReconciliationBreak> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(last) : null };
}

/** The update sees the row as it is when it gets its lock, so of two decisions the second one finds what the first made. */
export function closeStatement({
  id,
  state,
  note,
  actor,
}: Parameters<ReconciliationRepository['close']>[0]): SQL {
  return sql`WITH held AS MATERIALIZED (
      SELECT * FROM reconciliation_breaks WHERE id = ${id} FOR UPDATE
    ), closed AS (
      UPDATE reconciliation_breaks SET state = ${state}, note = ${note}, actor = ${actor},
        settled_at = CASE WHEN ${state}::text = 'settled' THEN now() END
      FROM held WHERE reconciliation_breaks.id = held.id AND held.state <> 'settled'
      RETURNING reconciliation_breaks.*
    )
    SELECT ${BREAK} FROM closed
    UNION ALL
    SELECT ${BREAK} FROM held WHERE NOT EXISTS (SELECT FROM closed)`;
}

/** Where a page ends; the time is kept to the millisecond, so its text is the whole of it. */
function encodeCursor({ firstSeen, id }: ReconciliationBreak): string {
  return Buffer.from(JSON.stringify([firstSeen, id])).toString('base64url');
}

/** @throws RangeError when it is not a cursor that was given out */
function decodeCursor(cursor: string): { readonly firstSeen: string; readonly id: string } {
  const [, firstSeen, id] =
    /^\["((?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","(brk_[0-9a-f]{26})"\]$/.exec(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    ) ?? [];
  if (firstSeen === undefined || id === undefined || Number.isNaN(Date.parse(firstSeen)))
    throw new RangeError('The cursor is not one that was given out');
  return { firstSeen, id };
}
