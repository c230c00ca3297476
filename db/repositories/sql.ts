/** Small pieces that statements are put together from. */
import { sql, type SQL } from 'drizzle-orm';

/** A value as one jsonb parameter, however large it is. */
export function json(value: unknown): SQL {
  return sql`${JSON.stringify(value)}::jsonb`;
}

/** Strings as one text[] parameter, so that the text of a statement does not change with their number. */
export function textArray(values: readonly string[]): SQL {
  const literal = values
    .map((value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
    .join(',');
  return sql`${`{${literal}}`}::text[]`;
}

/** Safe integers as one int8[] parameter. */
export function integerArray(values: readonly number[]): SQL {
  return sql`${`{${values.join(',')}}`}::bigint[]`;
}

/** An instant as JSON gives it in every answer: RFC 3339, UTC, milliseconds. */
export function instant(expression: SQL): SQL {
  return sql`to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** An amount with its currency as JSON has it everywhere. */
export function money(amountMinor: SQL, currency: SQL): SQL {
  return sql`jsonb_build_object('amountMinor', ${amountMinor}, 'currency', ${currency})`;
}

/** One part of a WITH clause. */
export interface Part {
  readonly name: string;
  readonly body: SQL;
}

/** A part that reads. It runs once, and only when another part needs it. */
export function reading(name: string, body: SQL): Part {
  return { name, body: sql`${sql.raw(name)} AS MATERIALIZED (${body})` };
}

/** A part that changes rows. It always runs, once. */
export function writing(name: string, body: SQL): Part {
  return { name, body: sql`${sql.raw(name)} AS (${body})` };
}

/** WITH all parts, then the answer. */
export function statement(parts: readonly Part[], answer: SQL): SQL {
  return sql`WITH ${sql.join(
    parts.map((part) => part.body),
    sql`, `,
  )} ${answer}`;
}

/** The only row of an answer. @throws Error when the statement answered none or several */
export function onlyRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`Expected one row, got ${rows.length}`);
  return row;
}
