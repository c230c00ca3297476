import { integer, pgSchema, text } from 'drizzle-orm/pg-core';
import { currency, instant, integer8 } from './columns.ts';

/** Fed from the queue alone. */
export const projections = pgSchema('projections');

export const orderSummaries = projections.table('order_summaries', {
  orderId: text('order_id').primaryKey(),
  lastSequence: integer('last_sequence').notNull(),
  status: text().notNull(),
  paymentStatus: text('payment_status').notNull(),
  customerId: text('customer_id').notNull(),
  currency: currency().notNull(),
  totalMinor: integer8('total_minor').notNull(),
  capturedMinor: integer8('captured_minor').notNull().default(0),
  refundedMinor: integer8('refunded_minor').notNull().default(0),
  attentionCode: text('attention_code'),
  placedAt: instant('placed_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});
