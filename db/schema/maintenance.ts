import { jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import {
  BREAK_KINDS,
  BREAK_STATES,
  RECONCILED_PROVIDERS,
  type OperationRecord,
} from '../../src/domain/reconciliation/break.ts';
import { instant } from './columns.ts';

/** Every difference between a provider's list and ours. */
export const reconciliationBreaks = pgTable('reconciliation_breaks', {
  id: text().primaryKey(),
  provider: text({ enum: RECONCILED_PROVIDERS }).notNull(),
  operationKey: text('operation_key').notNull(),
  orderId: text('order_id'),
  kind: text({ enum: BREAK_KINDS }).notNull(),
  ours: jsonb().$type<OperationRecord>(),
  theirs: jsonb().$type<OperationRecord>(),
  state: text({ enum: BREAK_STATES }).notNull().default('open'),
  note: text(),
  actor: text(),
  firstSeen: instant('first_seen').notNull().defaultNow(),
  lastSeen: instant('last_seen').notNull().defaultNow(),
  settledAt: instant('settled_at'),
});

/** How far the slow look over all orders has come, by what it compares them with. */
export const driftCursors = pgTable('drift_cursors', {
  name: text().primaryKey(),
  /** The id of the last order that was looked at; empty to begin anew. */
  after: text().notNull(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

/** How far a provider's list has been compared. */
export const reconciliationCursors = pgTable('reconciliation_cursors', {
  provider: text({ enum: RECONCILED_PROVIDERS }).primaryKey(),
  cursor: text(),
  sweepCursor: text('sweep_cursor'),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});
