/** The arithmetic by which a room admits: a token bucket that is counted when somebody asks, by the database's clock. */
import { sql, type SQL } from 'drizzle-orm';
import { reading, writing, type Part } from '../sql.ts';

/** As precise as the columns are, so that what was counted from and what is counted to always fit together. */
export const NOW = sql`now()::timestamptz(3)`;

export const IS_CLOSED = sql`(coalesce(room.closes_at, timestamptz 'infinity') <= ${NOW})`;
/** Orders that hold its items need a ticket. */
export const IS_OPEN = sql`(coalesce(room.closes_at, timestamptz 'infinity') > ${NOW}
  AND coalesce(room.opens_at, timestamptz '-infinity') <= ${NOW})`;

/** What gathers at the most while nobody asks: what one second brings, and one ticket at the least. */
export function burst(ratePerSecond: SQL): SQL {
  return sql`CASE WHEN ${ratePerSecond} > 0 THEN greatest(1, ${ratePerSecond}) ELSE 0 END`;
}

/** How many the row of a room could admit by now, with what is left of one. Only time in which it is open counts. */
export const AVAILABLE = sql`least(${burst(sql`room.admissions_per_second`)},
  room.allowance + room.admissions_per_second * greatest(0, extract(epoch FROM
    least(${NOW}, room.closes_at) - greatest(room.counted_at, room.opens_at)))::double precision)`;

/** Never before what was counted already: a statement that began earlier can come to the row later. */
export const COUNTED_NOW = sql`greatest(room.counted_at, ${NOW})`;

/**
 * Admits whose turn it is in the order of their numbers. Nothing is written when nobody can be admitted; and when another
 * statement has the row, that one admits. `newly`: the tickets it admitted. `moved`: the room's new admitted_number.
 */
export function admissionParts(roomId: string, validForMs: number): readonly Part[] {
  const issued = sql`(SELECT issued FROM waiting_room_counters WHERE room_id = room.id)`;
  return [
    reading(
      'due',
      sql`SELECT room.id, room.admitted_number, ${AVAILABLE} AS available,
          least(room.admitted_number + floor(${AVAILABLE})::bigint, ${issued}) AS target
        FROM waiting_rooms AS room
        WHERE room.id = ${roomId} AND ${IS_OPEN} AND ${AVAILABLE} >= 1 AND room.admitted_number < ${issued}
        FOR NO KEY UPDATE OF room SKIP LOCKED`,
    ),
    writing(
      'newly',
      sql`UPDATE waiting_room_tickets AS ticket SET admitted_at = ${NOW},
          valid_until = ${NOW} + ${validForMs} * interval '1 millisecond'
        FROM due WHERE ticket.room_id = due.id AND ticket.number > due.admitted_number AND ticket.number <= due.target
        RETURNING ticket.id, ticket.valid_until`,
    ),
    writing(
      'moved',
      sql`UPDATE waiting_rooms AS room SET admitted_number = due.target, counted_at = ${COUNTED_NOW},
          allowance = due.available - (due.target - due.admitted_number)
        FROM due WHERE room.id = due.id
        RETURNING room.admitted_number`,
    ),
  ];
}

/** The columns of a room's progress, after {@link admissionParts}. */
export const PROGRESS = sql`coalesce((SELECT admitted_number FROM moved), room.admitted_number) AS "admittedNumber",
  room.admissions_per_second AS "admissionsPerSecond", ${IS_CLOSED} AS closed,
  greatest(0, coalesce(extract(epoch FROM room.opens_at - ${NOW}) * 1000, 0))::bigint AS "opensInMs"`;

/** Whether the order of a ticket was rejected, so that the ticket is free again. */
export function wasRejected(orderId: SQL): SQL {
  return sql`EXISTS (SELECT FROM orders WHERE orders.id = ${orderId} AND orders.status = 'rejected')`;
}
