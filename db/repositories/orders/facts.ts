/** Events on their way into a statement: checked against the types of the domain, filled from parameters or from rows. */
import { is, SQL, sql } from 'drizzle-orm';
import {
  MAX_LINES_IN_EVENT,
  type EventDataByType,
  type EventType,
} from '../../../src/domain/events/event.ts';
import type { Rejection } from '../../../src/domain/orders/order.ts';
import { json } from '../sql.ts';

/** Every field is a value, or an expression over the parts of the statement. */
type Fields<Data> = { readonly [Field in keyof Data]: Data[Field] | SQL };

interface FactSource {
  /** Where the row, or the rows, come from. @default the order's own row, so one event */
  readonly from?: SQL;
  /** Condition under which there is such an event at all. */
  readonly when?: SQL;
  /** Order among several events of one source. */
  readonly orderBy?: SQL;
}

/** One kind of event that a change writes; `facts` numbers them in the order given. */
export function fact<Type extends EventType>(
  type: Type,
  data: Fields<EventDataByType[Type]>,
  { from = sql`held`, when = sql`true`, orderBy = sql`1` }: FactSource = {},
): SQL {
  const fields = Object.entries(data)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => sql`${name}::text, ${is(value, SQL) ? value : json(value)}`);
  return sql`${type}::text AS type, jsonb_build_object(${sql.join(fields, sql`, `)}) AS data,
    row_number() OVER (ORDER BY ${orderBy}) AS part FROM ${from} WHERE ${when}`;
}

/** The body of a part `facts (ordinal, type, data)` with the events numbered 1..n. */
export function numberFacts(facts: readonly SQL[]): SQL {
  const selects = facts.map((body, index) => sql`SELECT ${sql.raw(String(index))} AS place, ${body}`);
  return sql`SELECT row_number() OVER (ORDER BY place, part) AS ordinal, type, data
    FROM (${sql.join(selects, sql` UNION ALL `)}) AS listed`;
}

/** order.rejected: `order.rejection` with lines only as far as they fit a message. */
export function rejectedFact({ code, message, lines, declineReason }: Rejection, source?: FactSource): SQL {
  return fact(
    'commerce.order.rejected.v1',
    {
      code,
      message,
      ...(lines !== undefined && lines.length <= MAX_LINES_IN_EVENT ? { lines } : {}),
      ...(declineReason === undefined ? {} : { declineReason }),
    },
    source,
  );
}
