/**
 * The queue as a statement. It is in the order of how bad causes are, which no index has; but of each code the newest rows are
 * found by one, and there are few codes. So a page costs the same however many causes there are.
 */
import { sql, type SQL } from 'drizzle-orm';
import {
  ATTENTION,
  SEVERITIES,
  UNKNOWN_CODE,
  type AttentionDefinition,
} from '../../../src/domain/operations/attention-catalogue.ts';
import type { AttentionFilter, AttentionItem } from '../attention.repository.ts';
import type { Page } from '../order-reads.repository.ts';
import { textArray } from '../sql.ts';

/** An item with its place in the queue. */
export type QueueRow = AttentionItem & { readonly rank: number };

const rankOf = ({ severity }: AttentionDefinition): number => SEVERITIES.indexOf(severity);

/** `present`: the codes that there are, the last one NULL, each found by a step in the index. For WITH RECURSIVE. */
export const PRESENT_CODES = sql`present (code) AS (
    (SELECT code FROM attention_causes ORDER BY code LIMIT 1)
    UNION ALL
    SELECT (SELECT causes.code FROM attention_causes AS causes WHERE causes.code > present.code ORDER BY causes.code LIMIT 1)
    FROM present WHERE present.code IS NOT NULL
  )`;

/** Constants of our own, so they may stand in the text. */
const KNOWN = sql.raw(
  `(VALUES ${Object.entries(ATTENTION)
    .map(([code, definition]) => `('${code}', ${rankOf(definition)})`)
    .join(', ')}) AS known (code, rank)`,
);

/** Over `present`: one row more than the page, which tells whether there is another page. */
export function queueStatement(filter: AttentionFilter): SQL {
  const { limit, cursor } = filter;
  const after = cursor === undefined ? null : decodeCursor(cursor);
  const isAtCursor = sql`ranked.rank = ${after?.rank ?? -1}::integer`;
  return sql`SELECT ranked.code, ranked.rank, cause.order_id, cause.since, cause.message
    FROM (
      SELECT present.code, coalesce(known.rank, ${rankOf(UNKNOWN_CODE)}::integer) AS rank
      FROM present LEFT JOIN ${KNOWN} ON known.code = present.code
      WHERE present.code IS NOT NULL AND ${isWanted(filter)}
    ) AS ranked CROSS JOIN LATERAL (
      SELECT order_id, since, message FROM attention_causes
      WHERE attention_causes.code = ranked.code AND (since, order_id) <= (
          CASE WHEN ${isAtCursor} THEN ${after?.since ?? 'infinity'}::timestamptz ELSE 'infinity'::timestamptz END,
          CASE WHEN ${isAtCursor} THEN ${after?.orderId ?? ''}::text ELSE '' END)
        AND NOT (${isAtCursor} AND ranked.code <= ${after?.code ?? ''}::text
          AND since = ${after?.since ?? 'infinity'}::timestamptz AND order_id = ${after?.orderId ?? ''}::text)
      ORDER BY since DESC, order_id DESC LIMIT ${limit + 1}
    ) AS cause
    WHERE ranked.rank >= ${after?.rank ?? 0}::integer
    ORDER BY ranked.rank, cause.since DESC, cause.order_id DESC, ranked.code LIMIT ${limit + 1}`;
}

/** A code that this version does not know counts as {@link UNKNOWN_CODE}. */
function isWanted({ code, severity, owner }: AttentionFilter): SQL {
  const matches = (definition: AttentionDefinition): boolean =>
    (severity === undefined || definition.severity === severity) &&
    (owner === undefined || definition.owner === owner);
  const known = Object.entries(ATTENTION);
  const wanted = known.filter(([, definition]) => matches(definition)).map(([name]) => name);
  return sql`(${code ?? null}::text IS NULL OR present.code = ${code ?? null}::text)
    AND (present.code = ANY (${textArray(wanted)}) OR (${matches(UNKNOWN_CODE)}::boolean AND known.code IS NULL))`;
}

export function toPage(rows: readonly QueueRow[], limit: number): Page<AttentionItem> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const items = page.map((row): AttentionItem => {
    const { rank: _, ...item } = row;
    return item;
  });
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last) : null };
}

type Place = Pick<QueueRow, 'rank' | 'since' | 'orderId' | 'code'>;

/** `since` is kept to the millisecond, so its JSON form is the whole of it. */
function encodeCursor({ rank, since, orderId, code }: Place): string {
  return Buffer.from(JSON.stringify([rank, since, orderId, code])).toString('base64url');
}

/** @throws RangeError when it is not a cursor that was given out */
function decodeCursor(cursor: string): Place {
  const [, rank, since, orderId, code] =
    /^\[([0-9]),"((?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","([\w.:-]{1,128})","([A-Z_]{1,64})"\]$/.exec(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    ) ?? [];
  if (since === undefined || orderId === undefined || code === undefined || Number.isNaN(Date.parse(since)))
    throw new RangeError('The cursor is not one that was given out');
  return { rank: Number(rank), since, orderId, code };
}
