import { doublePrecision, jsonb, pgTable, text, unique } from 'drizzle-orm/pg-core';
import { instant, integer8 } from './columns.ts';

/** Rooms with how far they have admitted. */
export const waitingRooms = pgTable('waiting_rooms', {
  id: text().primaryKey(),
  name: text().notNull(),
  skus: jsonb().$type<readonly string[]>().notNull(),
  admissionsPerSecond: doublePrecision('admissions_per_second').notNull(),
  opensAt: instant('opens_at'),
  closesAt: instant('closes_at'),
  /** Every ticket up to this number has been admitted. */
  admittedNumber: integer8('admitted_number').notNull().default(0),
  /** How many could be admitted at `counted_at`. */
  allowance: doublePrecision().notNull().default(0),
  countedAt: instant('counted_at').notNull().defaultNow(),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

/** The number of the last ticket of each room. */
export const waitingRoomCounters = pgTable('waiting_room_counters', {
  roomId: text('room_id')
    .primaryKey()
    .references(() => waitingRooms.id),
  issued: integer8('issued').notNull().default(0),
});

/** One for each room and customer. */
export const waitingRoomTickets = pgTable(
  'waiting_room_tickets',
  {
    id: text().primaryKey(),
    roomId: text('room_id')
      .notNull()
      .references(() => waitingRooms.id),
    customerId: text('customer_id').notNull(),
    /** By arrival, from 1 within the room. */
    number: integer8('number').notNull(),
    joinedAt: instant('joined_at').notNull().defaultNow(),
    admittedAt: instant('admitted_at'),
    validUntil: instant('valid_until'),
    /** The order that it was used for. */
    orderId: text('order_id'),
    claimedAt: instant('claimed_at'),
  },
  (table) => [unique().on(table.roomId, table.customerId), unique().on(table.roomId, table.number)],
);
