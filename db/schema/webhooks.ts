import { integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant, integer8 } from './columns.ts';

/** In partitions by the month in which a webhook was received. */
export const webhookInbox = pgTable(
  'webhook_inbox',
  {
    provider: text({ enum: ['payments', 'shipping'] }).notNull(),
    messageId: text('message_id').notNull(),
    position: integer8('position').notNull().generatedAlwaysAsIdentity(),
    orderId: text('order_id').notNull(),
    /** The operation whose outcome it tells; null when it tells something else. */
    operationKey: text('operation_key'),
    payload: jsonb().$type<unknown>().notNull(),
    receivedAt: instant('received_at').notNull().defaultNow(),
    state: text({ enum: ['pending', 'delivered', 'not_needed', 'dead'] })
      .notNull()
      .default('pending'),
    attempts: integer().notNull().default(0),
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    lastError: text('last_error'),
    settledAt: instant('settled_at'),
  },
  (table) => [primaryKey({ columns: [table.provider, table.messageId, table.receivedAt] })],
);
