import { boolean, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

export const apiKeys = pgTable('api_keys', {
  id: text().primaryKey(),
  /** SHA-256 of the key, hex. */
  keyHash: text('key_hash').notNull().unique(),
  role: text({ enum: ['customer', 'viewer', 'operator', 'approver', 'admin', 'importer'] }).notNull(),
  customerId: text('customer_id'),
  createdAt: instant('created_at').notNull().defaultNow(),
  revokedAt: instant('revoked_at'),
});

/** Requests with an Idempotency-Key: claimed by an attempt, then the very bytes of its answer. */
export const idempotencyAnswers = pgTable(
  'idempotency_answers',
  {
    principalId: text('principal_id').notNull(),
    key: text().notNull(),
    fingerprint: text().notNull(),
    attempt: integer().notNull().default(1),
    leasedUntil: instant('leased_until'),
    isFinal: boolean('is_final').notNull().default(true),
    httpStatus: integer('http_status'),
    headers: jsonb().$type<Readonly<Record<string, string>>>(),
    body: text(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.principalId, table.key] })],
);
