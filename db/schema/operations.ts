import { jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { ACTION_OUTCOMES, RESOLUTIONS, type ActionName } from '../../src/domain/operations/actions.ts';
import { instant } from './columns.ts';
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
