import { integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
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

/** The very bytes of the first answer to a request with an Idempotency-Key. */
export const idempotencyAnswers = pgTable(
  'idempotency_answers',
  {
    principalId: text('principal_id').notNull(),
    key: text().notNull(),
    fingerprint: text().notNull(),
    httpStatus: integer('http_status').notNull(),
    headers: jsonb().$type<Readonly<Record<string, string>>>().notNull(),
    body: text().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.principalId, table.key] })],
);
