import { integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { EventDataByType, EventType } from '../../src/domain/events/event.ts';
import { instant, integer8 } from './columns.ts';
import { orders } from './orders.ts';

/** Append-only: 1..n per order, without gap. */
export const orderEvents = pgTable(
  'order_events',
  {
    orderId: text('order_id')
      .notNull()
      .references(() => orders.id),
    sequence: integer().notNull(),
    type: text().$type<EventType>().notNull(),
    occurredAt: instant('occurred_at').notNull().defaultNow(),
    correlationId: text('correlation_id').notNull(),
    causationId: text('causation_id').notNull(),
    data: jsonb().$type<EventDataByType[EventType]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.sequence] })],
);

/** What is not yet published. */
export const outbox = pgTable(
  'outbox',
  {
    orderId: text('order_id').notNull(),
    sequence: integer().notNull(),
    position: integer8('position').notNull().generatedAlwaysAsIdentity(),
    leasedBy: text('leased_by'),
    leasedUntil: instant('leased_until'),
    /** The replay that put the row back; null for an event that was never published. */
    replayId: text('replay_id'),
    queuedAt: instant('queued_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.sequence] })],
);
