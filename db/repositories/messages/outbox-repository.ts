import { sql } from 'drizzle-orm';
import type { QueuedEvent } from '../../../src/domain/events/queued-event.ts';
import type { Database } from '../../client.ts';
import type { OutboxRepository } from '../messages.repository.ts';
import { EVENT_COLUMNS, toOrderEvent, type EventRow } from '../reads/events.ts';
import { json, onlyRow, textArray } from '../sql.ts';

type LeaseInput = Parameters<OutboxRepository['lease']>[0];
type SettleInput = Parameters<OutboxRepository['settle']>[0];

/**
 * Why two relays never hold events of one order, at READ COMMITTED:
 *
 * The first waiting row of an order (its head) decides who holds it. `lease` considers heads only, takes a head's row lock
 * or skips it, and with the lock sees the row as it is now, so a head that another relay leased after this statement began
 * no longer matches. A lease covers all rows that are handed out, and rows leave only from the front, together with their
 * head, by `settle`, which locks rows from the head on and only where this relay still holds them. So whoever finds a free
 * head finds all rows behind it free too, and a relay whose lease ran out and was taken over settles nothing.
 *
 * Why no event is passed by a later one: the statements that write events of one order take turns at the order's row, so
 * whoever sees an event sees those before it. Rows that a replay puts back come with the same lock, and only for an order of
 * which nothing waits, so that they are never in front of a row that is being published.
 */
export function createOutboxRepository(database: Database): OutboxRepository {
  return {
    lease: (input) => lease(database, input),
    settle: (input) => settle(database, input),

    async lag() {
      const rows = await database.query<{ waiting: number; oldestAgeMs: number | null }>(
        'outbox.lag',
        sql`SELECT count(*) AS waiting,
            (extract(epoch FROM now() - min(queued_at)) * 1000)::bigint AS "oldestAgeMs"
          FROM outbox`,
      );
      return onlyRow(rows);
    },
  };
}

/** An order is leased when at least its head fits among `maxEvents`, so nothing is leased that is not handed out. */
async function lease(
  database: Database,
  { relayId, leaseMs, maxOrders, maxEvents }: LeaseInput,
): Promise<readonly QueuedEvent[]> {
  const rows = await database.query<EventRow & { readonly replayId: string | null }>(
    'outbox.lease',
    sql`WITH heads AS MATERIALIZED (
        SELECT order_id, position FROM outbox AS head
        WHERE (leased_until IS NULL OR leased_until < now()) AND NOT EXISTS (
          SELECT FROM outbox AS earlier WHERE earlier.order_id = head.order_id AND earlier.sequence < head.sequence)
        ORDER BY position LIMIT ${maxOrders} FOR UPDATE SKIP LOCKED
      ), chosen AS MATERIALIZED (
        SELECT outbox.order_id, outbox.sequence,
          row_number() OVER (ORDER BY heads.position, outbox.sequence) AS place
        FROM heads JOIN outbox USING (order_id)
        ORDER BY place LIMIT ${maxEvents}
      ), leased AS (
        UPDATE outbox SET leased_by = ${relayId}, leased_until = now() + ${leaseMs} * interval '1 millisecond'
        FROM chosen WHERE outbox.order_id = chosen.order_id AND outbox.sequence = chosen.sequence
        RETURNING outbox.order_id, outbox.sequence, outbox.placed_at, outbox.replay_id, chosen.place
      )
      SELECT ${EVENT_COLUMNS}, leased.replay_id AS "replayId" FROM leased JOIN order_events USING (order_id, sequence, placed_at)
      ORDER BY leased.place`,
  );
  return rows.map(({ replayId, ...row }) => ({
    ...toOrderEvent(row),
    ...(replayId === null ? {} : { replayId }),
  }));
}

/** Rows that were published go; of the orders named the rest is free again; what else was leased waits until it runs out. */
async function settle(
  database: Database,
  { relayId, published, leasedOrderIds }: SettleInput,
): Promise<void> {
  const orderIds = [...new Set([...leasedOrderIds, ...published.map((event) => event.orderId)])];
  await database.query(
    'outbox.settle',
    sql`WITH held AS MATERIALIZED (
        SELECT order_id, sequence FROM outbox
        WHERE order_id = ANY (${textArray(orderIds)}) AND leased_by = ${relayId}
        ORDER BY order_id, sequence FOR UPDATE
      ), published AS MATERIALIZED (
        SELECT "orderId" AS order_id, sequence
        FROM jsonb_to_recordset(${json(published)}) AS given ("orderId" text, sequence integer)
      ), gone AS (
        DELETE FROM outbox USING held, published
        WHERE outbox.order_id = held.order_id AND outbox.sequence = held.sequence
          AND published.order_id = held.order_id AND published.sequence = held.sequence
      )
      UPDATE outbox SET leased_by = NULL, leased_until = NULL
      FROM (SELECT order_id, sequence FROM held EXCEPT SELECT order_id, sequence FROM published) AS rest
      WHERE outbox.order_id = rest.order_id AND outbox.sequence = rest.sequence
        AND outbox.order_id = ANY (${textArray(leasedOrderIds)})`,
  );
}
