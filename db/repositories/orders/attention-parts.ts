/**
 * Causes that call a person to an order, as parts of a statement that changes it. The causes are rows, so that one that
 * comes hides none that is there; the order's own row shows the newest of them.
 */
import { sql, type SQL } from 'drizzle-orm';
import { reading, writing, type Part } from '../sql.ts';
import { fact } from './facts.ts';

/** What a change takes over to raise or clear a cause: see `OrderChangeParts`. */
export interface AttentionParts {
  readonly reads: readonly Part[];
  readonly set: readonly SQL[];
  /** The event, when the cause was not there before, or was there. */
  readonly facts: readonly SQL[];
}

const FIELDS = ['code', 'since', 'message'] as const;

/** Over `reads`: whether the cause was not there before. */
export const isRaised = sql`EXISTS (SELECT FROM raised)`;
/** Over `reads`: whether the cause was there. */
export const isCleared = sql`EXISTS (SELECT FROM cleared)`;

/** @param when must hold only if the order moves, over the parts before */
export function raising(
  { code, message, raisedBy }: { readonly code: string; readonly message: string; readonly raisedBy: string },
  when: SQL = sql`true`,
): AttentionParts {
  return {
    reads: [
      // A statement's now() may be older than that of another one that had the order's lock before it.
      writing(
        'raised',
        sql`INSERT INTO attention_causes (order_id, code, message, raised_by, since)
          SELECT held.id, ${code}, ${message}, ${raisedBy},
            greatest(now()::timestamptz(3), held.attention_since + interval '1 millisecond')
          FROM held WHERE ${when} ON CONFLICT (order_id, code) DO NOTHING
          RETURNING code, since, message`,
      ),
    ],
    set: FIELDS.map((field) => assign(field, isRaised, sql`raised`)),
    facts: [fact('commerce.order.attention_raised.v1', { code, message }, { from: sql`raised` })],
  };
}

/**
 * A cause that came while the statement waited for the order's lock is not among the rows that it sees; but then the
 * order's row, which it sees as it is, shows that one and not the cause that goes, and stays as it is.
 * @param when must hold only if the order moves, over the parts before
 */
export function clearing(code: string, when: SQL = sql`true`): AttentionParts {
  const isShown = sql`(${isCleared} AND held.attention_code = ${code})`;
  return {
    reads: [
      writing(
        'cleared',
        sql`DELETE FROM attention_causes USING held
          WHERE attention_causes.order_id = held.id AND attention_causes.code = ${code} AND ${when}
          RETURNING attention_causes.code`,
      ),
      reading(
        'other_causes',
        sql`SELECT code, since, message FROM attention_causes
          WHERE order_id = (SELECT id FROM held) AND code <> ${code} FOR NO KEY UPDATE`,
      ),
      reading('next_cause', sql`SELECT * FROM other_causes ORDER BY since DESC LIMIT 1`),
    ],
    set: FIELDS.map((field) => assign(field, isShown, sql`next_cause`)),
    facts: [
      fact(
        'commerce.order.attention_cleared.v1',
        {
          code,
          remaining: sql`CASE WHEN ${isShown} THEN (SELECT code FROM next_cause) ELSE held.attention_code END`,
        },
        { from: sql`held`, when: isCleared },
      ),
    ],
  };
}

function assign(field: (typeof FIELDS)[number], when: SQL, from: SQL): SQL {
  const column = sql.raw(`attention_${field}`);
  return sql`${column} = CASE WHEN ${when} THEN (SELECT ${sql.raw(field)} FROM ${from}) ELSE held.${column} END`;
}
