import { bigint, boolean, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { ACTION_OUTCOMES, RESOLUTIONS, type ActionName } from '../../src/domain/operations/actions.ts';
import {
  BULK_STEPS,
  type BulkActionName,
  type BulkCounts,
  type BulkTally,
  type OrderSelection,
} from '../../src/domain/operations/bulk-action.ts';
import { instant, integer8 } from './columns.ts';
import { orders } from './orders.ts';
import { providerOperations } from './payments.ts';

/** What people asked to be done, written before it is done. */
export const operatorActions = pgTable('operator_actions', {
  id: text().primaryKey(),
  orderId: text('order_id')
    .notNull()
    .references(() => orders.id),
  action: text().$type<ActionName>().notNull(),
  actor: text().notNull(),
  role: text().notNull(),
  reason: text().notNull(),
  requestId: text('request_id').notNull(),
  /** SHA-256 of the Idempotency-Key, hex. */
  keyDigest: text('key_digest').notNull(),
  input: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
  askedAt: instant('asked_at').notNull().defaultNow(),
  /** The bulk that it is a part of. */
  bulkId: text('bulk_id').references(() => bulkActions.id),
});

/** What became of it. */
export const operatorActionOutcomes = pgTable(
  'operator_action_outcomes',
  {
    actionId: text('action_id')
      .notNull()
      .references(() => operatorActions.id),
    outcome: text({ enum: ACTION_OUTCOMES }).notNull(),
    actor: text().notNull(),
    role: text().notNull(),
    detail: text().notNull(),
    at: instant('at').notNull().defaultNow(),
    /** The code of a refusal. */
    why: text(),
  },
  (table) => [primaryKey({ columns: [table.actionId, table.outcome] })],
);

/** What an operator knows of an operation whose answer was lost. */
export const operationResolutions = pgTable('operation_resolutions', {
  actionId: text('action_id').primaryKey(),
  operationKey: text('operation_key')
    .notNull()
    .references(() => providerOperations.key),
  outcome: text({ enum: RESOLUTIONS }).notNull(),
  providerReference: text('provider_reference'),
  evidence: text().notNull(),
  actor: text().notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});

/** What people asked to be done to many orders at once. */
export const bulkActions = pgTable('bulk_actions', {
  id: text().primaryKey(),
  action: text().$type<BulkActionName>().notNull(),
  actor: text().notNull(),
  role: text().notNull(),
  reason: text().notNull(),
  requestId: text('request_id').notNull(),
  keyDigest: text('key_digest').notNull(),
  input: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
  /** Null when the orders were named one by one. */
  selection: jsonb().$type<OrderSelection>(),
  perSecond: integer('per_second').notNull(),
  orders: integer().notNull(),
  tally: jsonb().$type<BulkTally>().notNull(),
  needsSecondPerson: boolean('needs_second_person').notNull(),
  askedAt: instant('asked_at').notNull().defaultNow(),
});

/** Its orders, fixed when it was asked for. */
export const bulkActionOrders = pgTable(
  'bulk_action_orders',
  {
    bulkId: text('bulk_id')
      .notNull()
      .references(() => bulkActions.id),
    position: integer().notNull(),
    orderId: text('order_id')
      .notNull()
      .references(() => orders.id),
    actionId: text('action_id').notNull(),
    amountMinor: integer8('amount_minor'),
  },
  (table) => [primaryKey({ columns: [table.bulkId, table.position] })],
);

/** What happened to it as a whole. */
export const bulkActionSteps = pgTable('bulk_action_steps', {
  id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  bulkId: text('bulk_id')
    .notNull()
    .references(() => bulkActions.id),
  step: text({ enum: BULK_STEPS }).notNull(),
  key: text().notNull(),
  actor: text().notNull(),
  role: text().notNull(),
  detail: text().notNull(),
  counts: jsonb().$type<BulkCounts>(),
  at: instant('at').notNull().defaultNow(),
});
