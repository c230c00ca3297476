import { foreignKey, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { EventDataByType, EventType } from '../../src/domain/events/event.ts';
import { instant, integer8 } from './columns.ts';
import { orders } from './orders.ts';

/** Append-only: 1..n per order, without gap. In partitions by the month in which the order was placed. */
export const orderEvents = pgTable(
  'order_events',
  {
    orderId: text('order_id').notNull(),
    /** The order's created_at. */
    placedAt: instant('placed_at').notNull(),
    sequence: integer().notNull(),
    type: text().$type<EventType>().notNull(),
    occurredAt: instant('occurred_at').notNull().defaultNow(),
    correlationId: text('correlation_id').notNull(),
    causationId: text('causation_id').notNull(),
    data: jsonb().$type<EventDataByType[EventType]>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.orderId, table.sequence, table.placedAt] }),
    foreignKey({ columns: [table.orderId, table.placedAt], foreignColumns: [orders.id, orders.createdAt] }),
  ],
);

/** Months of orders whose events were dropped. */
export const droppedEventMonths = pgTable('dropped_event_months', {
  placedFrom: instant('placed_from').primaryKey(),
  placedUntil: instant('placed_until').notNull(),
  droppedAt: instant('dropped_at').notNull().defaultNow(),
});

/** What is not yet published. */
export const outbox = pgTable(
  'outbox',
  {
    orderId: text('order_id').notNull(),
    sequence: integer().notNull(),
    /** As its event has it, which is found by it. */
    placedAt: instant('placed_at').notNull(),
    position: integer8('position').notNull().generatedAlwaysAsIdentity(),
    leasedBy: text('leased_by'),
    leasedUntil: instant('leased_until'),
    /** The replay that put the row back; null for an event that was never published. */
    replayId: text('replay_id'),
    queuedAt: instant('queued_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.sequence] })],
);
