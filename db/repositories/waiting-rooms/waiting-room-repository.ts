import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import { endAttemptStatement } from '../access/idempotency-repository.ts';
import type { FinalAnswer } from '../access.repository.ts';
import { json, textArray } from '../sql.ts';
import type { WaitingRoom, WaitingRoomRepository, WaitingRoomView } from '../waiting-rooms.repository.ts';
import { AVAILABLE, burst, COUNTED_NOW, IS_CLOSED, IS_OPEN, NOW } from './admission-parts.ts';
import { createTicketRepository } from './ticket-repository.ts';

/** Rooms that a list shows at most. */
const LISTED = 100;

export function createWaitingRoomRepository(database: Database): WaitingRoomRepository {
  return {
    async findUnknownSkus(skus) {
      const rows = await database.query<{ readonly sku: string }>(
        'waitingRooms.findUnknownSkus',
        sql`SELECT sku FROM unnest(${textArray(skus)}) AS wanted (sku)
          WHERE NOT EXISTS (SELECT FROM items WHERE items.sku = wanted.sku)`,
      );
      return rows.map(({ sku }) => sku);
    },

    async put(room, ended) {
      await database.query('waitingRooms.put', putStatement(room, ended));
    },

    async find(roomId) {
      const [view] = await database.query<WaitingRoomView>(
        'waitingRooms.find',
        viewStatement(sql`WHERE room.id = ${roomId}`),
      );
      return view ?? null;
    },

    list() {
      return database.query(
        'waitingRooms.list',
        viewStatement(sql`ORDER BY room.created_at DESC, room.id LIMIT ${LISTED}`),
      );
    },

    ...createTicketRepository(database),
  };
}

/** What the old rate has brought is counted first, so that the new one holds from this moment on and not before. */
function putStatement(room: WaitingRoom, ended: FinalAnswer | null): SQL {
  const { id, name, skus, admissionsPerSecond, opensAt, closesAt } = room;
  const first =
    ended === null ? sql`` : sql`ended AS (${endAttemptStatement({ ...ended, isFinal: true })}), `;
  return sql`WITH ${first}put AS (
      INSERT INTO waiting_rooms AS room (id, name, skus, admissions_per_second, opens_at, closes_at)
      SELECT ${id}, ${name}, ${json(skus)}, ${admissionsPerSecond}::double precision, ${opensAt}::timestamptz,
        ${closesAt}::timestamptz ${ended === null ? sql`` : sql`FROM ended`}
      ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, skus = EXCLUDED.skus,
        admissions_per_second = EXCLUDED.admissions_per_second, opens_at = EXCLUDED.opens_at,
        closes_at = EXCLUDED.closes_at, updated_at = ${NOW}, counted_at = ${COUNTED_NOW},
        allowance = least(${burst(sql`EXCLUDED.admissions_per_second`)}, ${AVAILABLE})
      RETURNING room.id
    )
    INSERT INTO waiting_room_counters (room_id) SELECT id FROM put ON CONFLICT (room_id) DO NOTHING`;
}

function viewStatement(which: SQL): SQL {
  return sql`SELECT room.id, room.name, room.skus, room.admissions_per_second AS "admissionsPerSecond",
      room.opens_at AS "opensAt", room.closes_at AS "closesAt",
      CASE WHEN ${IS_OPEN} THEN 'open' WHEN ${IS_CLOSED} THEN 'closed' ELSE 'upcoming' END AS state,
      counter.issued - room.admitted_number AS waiting, room.admitted_number AS admitted,
      (SELECT count(*) FROM waiting_room_tickets AS ticket JOIN orders ON orders.id = ticket.order_id
        WHERE ticket.room_id = room.id AND ticket.order_id IS NOT NULL AND orders.status <> 'rejected') AS bought
    FROM waiting_rooms AS room JOIN waiting_room_counters AS counter ON counter.room_id = room.id ${which}`;
}
