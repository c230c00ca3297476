/** What an order waits for, as part of the statement that changes it. */
import { sql, type SQL } from 'drizzle-orm';
import {
  DEFAULT_DEADLINES,
  ownerOf,
  PLAIN_WAITS,
  WAITING_STATES,
  waitsAtMostMs,
  WAITS_FOR,
  type OrderDeadlines,
  type WaitingFor,
} from '../../../src/domain/orders/waiting-state.ts';
import type { OrderStatus } from '../../../src/domain/orders/order-status.ts';

const names = Object.keys(WAITING_STATES) as WaitingFor[];
const statuses = Object.keys(WAITS_FOR) as OrderStatus[];

/**
 * The table of the domain as rows; constants of our own, so they may stand in the text. `fixed_ms` is the usual time where the
 * order has none of its own.
 */
const STATES = sql.raw(
  `(VALUES ${names
    .map((name) => {
      const { within } = WAITING_STATES[name];
      const [fixedMs, deadline] =
        typeof within === 'number' ? [within, 'NULL'] : [DEFAULT_DEADLINES[within], `'${within}'`];
      return `('${name}', '${ownerOf(name)}', ${fixedMs}::bigint, ${deadline}::text)`;
    })
    .join(', ')}) AS state (name, owner, fixed_ms, deadline)`,
);

const STATE_OF_STATUS = sql.raw(
  statuses
    .map(
      (status) => `WHEN '${status}' THEN ${WAITS_FOR[status] === null ? 'NULL' : `'${WAITS_FOR[status]}'`}`,
    )
    .join(' '),
);

/** What an order with this status waits for; over `held`, what it waited for already when the status stays. */
export function waitingOfStatus(status: SQL): SQL {
  return sql`CASE WHEN (${status}) = held.status THEN held.waiting_for ELSE ${freshWaiting(status)} END`;
}

/** The same when a lost answer is found: the order waits again for what its status says, unless others set its pace. */
export function waitingAfterOutcome(status: SQL): SQL {
  return sql`CASE WHEN held.waiting_for = ANY (${PLAIN}) THEN held.waiting_for ELSE ${freshWaiting(status)} END`;
}

const PLAIN = sql.raw(`'{${PLAIN_WAITS.join(',')}}'::text[]`);

/** An order that waits for nobody, or whose pace others set, does not wait for the answer about an operation. */
export const waitsForOutcomes = sql`(held.waiting_for IS NOT NULL AND held.waiting_for <> ALL (${PLAIN}))`;

/** What an order with this status waits for when nothing else is known. */
export function freshWaiting(status: SQL): SQL {
  return sql`(CASE (${status})::text ${STATE_OF_STATUS} END)`;
}

/**
 * SET … for a row of orders: what it waits for from now on. The clock runs on when that is what it waited for already.
 * @param name a name of the domain's table, or NULL; over `held`
 */
export function assignWaiting(name: SQL): SQL {
  return sql`(waiting_for, waiting_owner, waiting_since, waiting_until) = (
    SELECT next.name, state.owner,
      CASE WHEN next.name = held.waiting_for THEN held.waiting_since WHEN next.name IS NOT NULL THEN now() END,
      CASE WHEN next.name = held.waiting_for THEN held.waiting_until
        ELSE now() + coalesce((held.deadlines ->> state.deadline)::bigint, state.fixed_ms) * interval '1 millisecond' END
    FROM (SELECT (${name})::text AS name) AS next LEFT JOIN ${STATES} ON state.name = next.name)`;
}

/** The same for a new row: the values of the four columns, in their order. */
export function firstWaiting(status: OrderStatus, deadlines: OrderDeadlines = DEFAULT_DEADLINES): SQL {
  const name = WAITS_FOR[status];
  if (name === null) return sql`NULL, NULL, NULL, NULL`;
  return sql`${name}, ${ownerOf(name)}, now(), now() + ${waitsAtMostMs(name, deadlines)}::bigint * interval '1 millisecond'`;
}
