import { doublePrecision, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { FRAUD_OUTCOMES, type FraudScore } from '../../src/domain/fraud/assess-fraud.ts';
import type { Scorer } from '../../src/domain/fraud/fraud-settings.ts';
import { REVIEW_DECISIONS, REVIEW_STATES } from '../../src/domain/fraud/review.ts';
import { currency, instant, integer8 } from './columns.ts';
import { orders } from './orders.ts';

/** What screening said of each order, and what later ones are held against. */
export const fraudAssessments = pgTable('fraud_assessments', {
  orderId: text('order_id')
    .primaryKey()
    .references(() => orders.id),
  score: doublePrecision().notNull(),
  outcome: text({ enum: FRAUD_OUTCOMES }).notNull(),
  modelVersion: text('model_version').notNull(),
  parts: jsonb().$type<readonly FraudScore[]>().notNull(),
  degraded: jsonb().$type<readonly Scorer[]>().notNull(),
  customerId: text('customer_id').notNull(),
  currency: currency().notNull(),
  amountMinor: integer8('amount_minor').notNull(),
  /** Where the goods go, ISO 3166-1 alpha-2. */
  country: text().notNull(),
  cardDigest: text('card_digest').notNull(),
  addressDigest: text('address_digest').notNull(),
  at: instant('at').notNull().defaultNow(),
});

/** Orders that were held for a person, also after they were decided. */
export const reviews = pgTable('reviews', {
  orderId: text('order_id')
    .primaryKey()
    .references(() => orders.id),
  state: text({ enum: REVIEW_STATES }).notNull().default('open'),
  since: instant('since').notNull().defaultNow(),
  deadline: instant('deadline').notNull(),
  assignee: text(),
  decision: text({ enum: REVIEW_DECISIONS }),
  decidedBy: text('decided_by'),
  reason: text(),
  decidedAt: instant('decided_at'),
});
