import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import { onlyRow, reading, statement, writing } from '../sql.ts';
import type {
  ClaimOutcome,
  RoomProgress,
  TicketClaim,
  TicketView,
  WaitingRoomRepository,
} from '../waiting-rooms.repository.ts';
import { admissionParts, IS_CLOSED, NOW, PROGRESS, wasRejected } from './admission-parts.ts';

type TicketRepository = Pick<WaitingRoomRepository, 'join' | 'admit' | 'admitAndFind' | 'claim' | 'release'>;
type JoinInput = Parameters<TicketRepository['join']>[0];

export function createTicketRepository(database: Database): TicketRepository {
  return {
    async join(input) {
      const rows = await database.query<{ readonly closed: boolean }>(
        'waitingRooms.join',
        joinStatement(input),
      );
      const [room] = rows;
      if (room === undefined) return 'unknown_room';
      return room.closed ? 'closed' : 'joined';
    },

    async admit(roomId, validForMs) {
      const [progress] = await database.query<RoomProgress>(
        'waitingRooms.admit',
        statement(
          admissionParts(roomId, validForMs),
          sql`SELECT ${PROGRESS} FROM waiting_rooms AS room WHERE room.id = ${roomId}`,
        ),
      );
      return progress ?? null;
    },

    async admitAndFind(roomId, ticketId, validForMs) {
      const [view] = await database.query<TicketView>(
        'waitingRooms.admitAndFind',
        statement(admissionParts(roomId, validForMs), ticketQuery(roomId, ticketId)),
      );
      return view ?? null;
    },

    async claim(claim) {
      const rows = await database.query<{
        readonly kind: ClaimOutcome['kind'];
        readonly orderId: string | null;
      }>('waitingRooms.claim', claimStatement(claim));
      const { kind, orderId } = onlyRow(rows);
      return kind === 'used' ? { kind, orderId: orderId ?? '' } : { kind };
    },

    async release(orderId) {
      await database.query(
        'waitingRooms.release',
        sql`UPDATE waiting_room_tickets SET order_id = NULL, claimed_at = NULL WHERE order_id = ${orderId}
          AND NOT EXISTS (SELECT FROM orders WHERE orders.id = ${orderId})`,
      );
    },
  };
}

/** Its time is over, and no order has it. */
const HAS_LAPSED = sql`(ticket.valid_until <= ${NOW} AND (ticket.order_id IS NULL OR ${wasRejected(sql`ticket.order_id`)}))`;

/**
 * The row of the counter is locked until the ticket is written, so numbers have no gaps and nobody is overtaken. Of two
 * requests of one customer the second finds the ticket in the way, and leaves it and the counter as they are.
 */
function joinStatement({ ticketId, roomId, customerId }: JoinInput): SQL {
  return statement(
    [
      reading(
        'room',
        sql`SELECT room.id, ${IS_CLOSED} AS closed FROM waiting_rooms AS room WHERE room.id = ${roomId}`,
      ),
      reading(
        'counter',
        sql`SELECT room_id, issued FROM waiting_room_counters
          WHERE room_id = (SELECT id FROM room WHERE NOT closed) AND NOT EXISTS (
            SELECT FROM waiting_room_tickets AS ticket
            WHERE ticket.room_id = ${roomId} AND ticket.customer_id = ${customerId} AND NOT ${HAS_LAPSED})
          FOR NO KEY UPDATE`,
      ),
      writing(
        'joined',
        sql`INSERT INTO waiting_room_tickets AS ticket (id, room_id, customer_id, number)
          SELECT ${ticketId}, counter.room_id, ${customerId}, counter.issued + 1 FROM counter
          ON CONFLICT (room_id, customer_id) DO UPDATE SET number = EXCLUDED.number, joined_at = ${NOW},
            admitted_at = NULL, valid_until = NULL, order_id = NULL, claimed_at = NULL
          WHERE ${HAS_LAPSED}
          RETURNING ticket.room_id, ticket.number`,
      ),
      writing(
        'counted',
        sql`UPDATE waiting_room_counters AS counter SET issued = joined.number FROM joined
          WHERE counter.room_id = joined.room_id`,
      ),
    ],
    sql`SELECT closed FROM room`,
  );
}

function ticketQuery(roomId: string, ticketId: string): SQL {
  const validUntil = sql`coalesce(newly.valid_until, ticket.valid_until)`;
  const holds = sql`(ticket.order_id IS NOT NULL AND NOT ${wasRejected(sql`ticket.order_id`)})`;
  return sql`SELECT ticket.id, ticket.room_id AS "roomId", ticket.customer_id AS "customerId", ticket.number,
      ${validUntil} AS "validUntil", CASE WHEN ${holds} THEN ticket.order_id END AS "orderId",
      CASE WHEN ${holds} THEN 'used'
        WHEN ${validUntil} IS NULL THEN CASE WHEN ${IS_CLOSED} THEN 'expired' ELSE 'waiting' END
        WHEN ${validUntil} <= ${NOW} THEN 'expired'
        ELSE 'admitted' END AS state, ${PROGRESS}
    FROM waiting_room_tickets AS ticket JOIN waiting_rooms AS room ON room.id = ticket.room_id
    LEFT JOIN newly ON newly.id = ticket.id
    WHERE ticket.id = ${ticketId} AND ticket.room_id = ${roomId}`;
}

/**
 * Locks the ticket and decides. An order that was rejected while this statement waited is not seen as rejected yet, so the
 * ticket counts as used a moment longer; never the other way round.
 */
function claimStatement({ ticketId, roomId, number, customerId, orderId }: TicketClaim): SQL {
  return statement(
    [
      reading(
        'ticket',
        sql`SELECT id, order_id, valid_until FROM waiting_room_tickets
          WHERE id = ${ticketId} AND room_id = ${roomId} AND number = ${number} AND customer_id = ${customerId}
          FOR NO KEY UPDATE`,
      ),
      reading(
        'verdict',
        sql`SELECT ticket.id, ticket.order_id, CASE
            WHEN EXISTS (SELECT FROM waiting_room_tickets WHERE order_id = ${orderId}) THEN 'claimed'
            WHEN ticket.order_id = ${orderId} THEN 'claimed'
            WHEN ticket.order_id IS NOT NULL AND NOT ${wasRejected(sql`ticket.order_id`)} THEN 'used'
            WHEN ticket.valid_until > ${NOW} THEN 'free'
            ELSE 'expired' END AS kind
          FROM ticket`,
      ),
      writing(
        'claimed',
        sql`UPDATE waiting_room_tickets AS kept SET order_id = ${orderId}, claimed_at = ${NOW} FROM verdict
          WHERE kept.id = verdict.id AND verdict.kind = 'free'`,
      ),
    ],
    sql`SELECT CASE verdict.kind WHEN 'free' THEN 'claimed' ELSE coalesce(verdict.kind, 'unknown') END AS kind,
        verdict.order_id AS "orderId"
      FROM (SELECT) AS once LEFT JOIN verdict ON true`,
  );
}
