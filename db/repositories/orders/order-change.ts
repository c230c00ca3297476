/**
 * How every change of an order is made: one statement that locks the order, decides, moves it, writes its events with
 * the next numbers and queues them, together with whatever else the change means.
 *
 * Why this is right at READ COMMITTED: a statement sees the rows as they were when it began, except for rows that it
 * locks, which it sees as they are when it gets the lock. So each statement locks the order's row first and everything it
 * decides upon is read from rows that it locks after that (`reads` select FOR NO KEY UPDATE). As every change to an order
 * takes the same lock first, nothing can move between the decision and the writes, and the version, which is the number
 * of the last event, advances without a gap.
 */
import { sql, type SQL } from 'drizzle-orm';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import type { Cause } from '../../../src/domain/events/event.ts';
import {
  nextStatus,
  sourcesOf,
  type OrderStatus,
  type OrderTransition,
} from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import type { OrderChange, OrderRef } from '../orders.repository.ts';
import { reading, statement, textArray, writing, type Part } from '../sql.ts';
import { numberFacts } from './facts.ts';
import { assignWaiting, waitingOfStatus } from './waiting-parts.ts';

/** From where to where an order moves; several transitions at once when they follow upon each other. */
export interface Move {
  readonly sources: readonly OrderStatus[];
  readonly target: OrderStatus;
}

/** @throws Error when the transitions don't follow upon each other: that would be a mistake of ours */
export function move(first: OrderTransition, ...following: readonly OrderTransition[]): Move {
  const sources = sourcesOf(first);
  const [source] = sources;
  const target = [first, ...following].reduce<OrderStatus | null | undefined>(
    (status, transition) => status && nextStatus(status, transition),
    source,
  );
  if (!target) throw new Error(`${[first, ...following].join(', ')} is no way through the table of statuses`);
  return { sources, target };
}

interface OrderChangeBasics {
  readonly order: { readonly orderId: string };
  /** Statuses in which the change is legal. @default all */
  readonly legalIn?: readonly OrderStatus[] | undefined;
  /** The new status, an expression over `held` and `reads`. @default the present one */
  readonly status?: SQL | undefined;
  /** What is locked and read after the order's row, which they find as `held`. */
  readonly reads?: readonly Part[] | undefined;
  /** What must hold besides, over `held` and `reads`. @default true */
  readonly when?: SQL | undefined;
  /** More assignments to the order's row, over `held` and `reads`. */
  readonly set?: readonly SQL[] | undefined;
  /** What it waits for afterwards, a name or NULL, over `held` and `reads`. @default what a new status says, else as before */
  readonly waiting?: SQL | undefined;
  /** What else changes; must read FROM moved, which has a row only when the order moves. */
  readonly effects?: readonly Part[] | undefined;
  /** Whether the answer says `applied`, over `moved` and `held`. @default true */
  readonly applied?: SQL | undefined;
}

/** A change that others hear of: its events, over `held` and `reads`, in their order. */
interface AnnouncedChange extends OrderChangeBasics {
  readonly order: OrderRef;
  readonly facts: readonly SQL[];
}

/** A change that is nobody else's concern; the version stays. */
interface SilentChange extends OrderChangeBasics {
  readonly facts?: undefined;
}

export type OrderChangeParts = AnnouncedChange | SilentChange;

/** Makes a change. @throws InvariantViolatedError when there is no such order, and as {@link Database} */
export async function changeOrder(
  database: Database,
  name: string,
  parts: OrderChangeParts,
): Promise<OrderChange> {
  const answer = sql`
    SELECT ${parts.applied ?? sql`true`} AS applied, moved.status, moved.payment_status AS "paymentStatus", moved.version
    FROM moved, held
    UNION ALL
    SELECT false, held.status, held.payment_status, held.version FROM held WHERE NOT EXISTS (SELECT FROM moved)`;
  const [change] = await database.query<OrderChange>(name, statement(changeParts(parts), answer));
  if (change === undefined) throw new InvariantViolatedError(name, 'the order must exist');
  return change;
}

/** The parts of a change; for statements that answer something of their own. */
export function changeParts(parts: OrderChangeParts): Part[] {
  const { order, facts } = parts;
  const legal =
    parts.legalIn === undefined ? sql`true` : sql`held.status = ANY (${textArray(parts.legalIn)})`;
  const waiting = parts.waiting ?? (parts.status && waitingOfStatus(parts.status));
  const assignments = [
    sql`status = ${parts.status ?? sql`held.status`}`,
    sql`version = held.version + ${facts ? sql`(SELECT count(*) FROM facts)::integer` : sql`0`}`,
    sql`updated_at = now()`,
    ...(waiting ? [assignWaiting(waiting)] : []),
    ...(parts.set ?? []),
  ];
  return [
    lockOrder(order.orderId),
    ...(parts.reads ?? []),
    reading('verdict', sql`SELECT ${legal} AND ${parts.when ?? sql`true`} AS moves FROM held`),
    ...(facts ? [reading('facts', numberFacts(facts))] : []),
    writing(
      'moved',
      sql`UPDATE orders SET ${sql.join(assignments, sql`, `)} FROM held, verdict
        WHERE orders.id = held.id AND verdict.moves
        RETURNING orders.id, orders.status, orders.payment_status, orders.version, orders.currency, orders.total_minor,
          orders.created_at`,
    ),
    // Whoever makes the change, it belongs to the request that placed the order.
    ...(facts ? eventParts(parts.order.cause, sql`(SELECT correlation_id FROM held)`) : []),
    ...(parts.effects ?? []),
  ];
}

/** `held`: the order's row, locked. FOR NO KEY UPDATE lets rows that refer to the order be written meanwhile. */
export function lockOrder(orderId: string): Part {
  return reading('held', sql`SELECT * FROM orders WHERE id = ${orderId} FOR NO KEY UPDATE`);
}

/** Writes `facts` as the last events of the order in `moved` and queues them for the relay. */
export function eventParts(cause: Cause, correlationId: SQL = sql`${cause.correlationId}`): Part[] {
  return [
    writing(
      'written',
      sql`INSERT INTO order_events (order_id, placed_at, sequence, type, correlation_id, causation_id, data)
        SELECT moved.id, moved.created_at, moved.version - (SELECT count(*) FROM facts) + facts.ordinal, facts.type,
          ${correlationId}, ${cause.causationId}, facts.data
        FROM moved, facts ORDER BY facts.ordinal
        RETURNING order_id, sequence, placed_at`,
    ),
    writing(
      'queued',
      sql`INSERT INTO outbox (order_id, sequence, placed_at)
        SELECT order_id, sequence, placed_at FROM written ORDER BY sequence`,
    ),
  ];
}
