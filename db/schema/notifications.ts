import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';
import { orders } from './orders.ts';

/** One mail for each (order, template, subject). */
export const notifications = pgTable(
  'notifications',
  {
    orderId: text('order_id')
      .notNull()
      .references(() => orders.id),
    template: text({ enum: ['confirmed', 'rejected', 'shipped', 'cancelled', 'refunded'] }).notNull(),
    subjectId: text('subject_id').notNull(),
    state: text({ enum: ['sending', 'sent', 'suppressed', 'unknown'] }).notNull(),
    messageId: text('message_id').notNull(),
    reason: text(),
    createdAt: instant('created_at').notNull().defaultNow(),
    settledAt: instant('settled_at'),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.template, table.subjectId] })],
);
