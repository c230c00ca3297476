/** Rows and read model against what the events tell. I14, I19, I20, I24. */
import { z } from 'zod';
import { EVENTS_DROPPED, fillIn, ITS_EVENTS, type Check, type Finding, type World } from '../check.ts';
import { tellOrder, type ToldOrder } from '../told-order.ts';

const standing = z.object({
  status: z.string(),
  paymentStatus: z.string(),
  customerId: z.string(),
  totalMinor: z.number(),
  capturedMinor: z.number(),
  refundedMinor: z.number(),
  attentionCode: z.string().nullable(),
});
const standingRow = standing.extend({
  orderId: z.string(),
  version: z.number(),
  areEventsDropped: z.boolean(),
  summary: standing.extend({ lastSequence: z.number() }).nullable(),
  events: z.array(
    z.object({ sequence: z.number(), type: z.string(), data: z.record(z.string(), z.unknown()) }),
  ),
});
type Standing = z.output<typeof standing>;
type StandingRow = z.output<typeof standingRow>;

/** Everything in one statement, so that a row, its events and what was read of them are of one moment. */
const STATEMENT = `
  SELECT orders.id AS "orderId", orders.version, ${EVENTS_DROPPED} AS "areEventsDropped", orders.status, orders.payment_status AS "paymentStatus", orders.customer_id AS "customerId",
    orders.total_minor AS "totalMinor", captured_minor AS "capturedMinor", refunded_minor AS "refundedMinor",
    orders.attention_code AS "attentionCode",
    (SELECT jsonb_build_object('lastSequence', last_sequence, 'status', status, 'paymentStatus', payment_status,
        'customerId', customer_id, 'totalMinor', total_minor, 'capturedMinor', summary.captured_minor,
        'refundedMinor', summary.refunded_minor, 'attentionCode', attention_code)
      FROM projections.order_summaries AS summary WHERE summary.order_id = orders.id) AS summary,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('sequence', sequence, 'type', type, 'data', data - 'lines') ORDER BY sequence), '[]')
      FROM order_events WHERE ${ITS_EVENTS}) AS events
  FROM orders JOIN payment_intents ON payment_intents.order_id = orders.id`;

const SEE_EVENTS = `SELECT orders.status, orders.payment_status, orders.attention_code, payment_intents.captured_minor,
    payment_intents.refunded_minor, sequence, type, data FROM orders
  JOIN payment_intents ON payment_intents.order_id = orders.id LEFT JOIN order_events ON ${ITS_EVENTS}
  WHERE orders.id = :orderId ORDER BY sequence`;
const SEE_SUMMARY = `SELECT summary.*, sequence, type, data FROM projections.order_summaries AS summary
  LEFT JOIN order_events ON order_events.order_id = summary.order_id AND sequence <= last_sequence
  WHERE summary.order_id = :orderId ORDER BY sequence`;

/** What is wrong with one order, for each of the checks. */
const PROBLEMS = {
  steps: ({ events, areEventsDropped }: StandingRow) =>
    areEventsDropped ? [] : tellOrder(events).illegalSteps,
  state: ({ events, areEventsDropped, ...order }: StandingRow) =>
    areEventsDropped
      ? []
      : differences(order, tellOrder(events).order, [
          'status',
          'paymentStatus',
          'customerId',
          'totalMinor',
          'capturedMinor',
          'refundedMinor',
          'attentionCode',
        ]),
  counted: (row: StandingRow) => ofSummary(row, ['capturedMinor', 'refundedMinor']),
  shown: (row: StandingRow) =>
    ofSummary(row, ['status', 'paymentStatus', 'customerId', 'totalMinor', 'attentionCode']),
} as const satisfies Record<string, (row: StandingRow) => readonly string[]>;
type Aspect = keyof typeof PROBLEMS;

/**
 * The read model is as old as the last event that it has taken in, and must be what the order was then. Where events are no longer
 * kept only the order's own row tells, of the last event alone.
 */
function ofSummary(row: StandingRow, fields: readonly (keyof Standing)[]): string[] {
  const { summary, events, orderId } = row;
  if (summary === null) return [];
  if (row.areEventsDropped)
    return summary.lastSequence === row.version ? differences(summary, row, fields, 'the order says') : [];
  const seen = events.filter(({ sequence }) => sequence <= summary.lastSequence);
  if (seen.length !== summary.lastSequence)
    return fields.includes('status')
      ? [`it has taken in ${summary.lastSequence} events of ${orderId}, which has ${events.length}`]
      : [];
  return differences(summary, tellOrder(seen).order, fields);
}

function differences(
  is: Standing,
  told: ToldOrder,
  fields: readonly (keyof Standing)[],
  who = 'events say',
): string[] {
  return (
    fields
      .filter((field) => is[field] !== told[field])
      // Nobody is told that an outcome is not known; it is only visible while it lasts.
      .filter((field) => !(field === 'paymentStatus' && is.paymentStatus === 'unknown'))
      .map((field) => `${field} is ${is[field]}, ${who} ${told[field]}`)
  );
}

type Standings = Readonly<Record<Aspect, readonly Finding[]>> & { readonly checked: number };

/** One pass over all orders serves all checks of one audit. */
const passes = new WeakMap<World, Promise<Standings>>();

function standingsOf(world: World): Promise<Standings> {
  const known = passes.get(world);
  if (known !== undefined) return known;
  const pass = readStandings(world);
  passes.set(world, pass);
  return pass;
}

async function readStandings({ database }: World): Promise<Standings> {
  const findings: Record<Aspect, Finding[]> = { steps: [], state: [], counted: [], shown: [] };
  const see = { steps: SEE_EVENTS, state: SEE_EVENTS, counted: SEE_SUMMARY, shown: SEE_SUMMARY };
  let checked = 0;
  for await (const rows of database.batches(STATEMENT)) {
    for (const row of z.array(standingRow).parse(rows)) {
      checked += 1;
      const ids = { orderId: row.orderId };
      for (const aspect of Object.keys(findings) as Aspect[]) {
        const problems = PROBLEMS[aspect](row);
        if (problems.length === 0) continue;
        findings[aspect].push({ ids, message: problems.join('; '), sql: fillIn(see[aspect], ids) });
      }
    }
  }
  return { ...findings, checked };
}

function standingCheck(invariant: Check['invariant'], name: string, aspect: Aspect): Check {
  return {
    invariant,
    name,
    needs: [],
    settles: false,
    async look(world) {
      const standings = await standingsOf(world);
      return { checked: standings.checked, findings: standings[aspect] };
    },
  };
}

export const STANDING_CHECKS: readonly Check[] = [
  standingCheck('I14', 'every step is one that the table of statuses has', 'steps'),
  standingCheck('I19', 'events tell the state', 'state'),
  standingCheck('I20', 'the read model counts each event once', 'counted'),
  standingCheck('I24', 'the read model shows a state that was', 'shown'),
];
