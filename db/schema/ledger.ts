import { bigint, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { currency, instant, integer8 } from './columns.ts';
import { orders } from './orders.ts';

export const ledgerJournals = pgTable('ledger_journals', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  orderId: text('order_id')
    .notNull()
    .references(() => orders.id),
  kind: text({
    enum: ['authorize', 'void', 'capture', 'refund_requested', 'refund', 'refund_failed', 'refund_returned'],
  }).notNull(),
  /** The operation key, or the refund's id: a change is booked once. */
  reference: text().notNull(),
  currency: currency().notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});

export const ledgerEntries = pgTable(
  'ledger_entries',
  {
    journalId: bigint('journal_id', { mode: 'number' })
      .notNull()
      .references(() => ledgerJournals.id),
    account: text({
      enum: [
        'receivable',
        'cash_at_provider',
        'refunds_due',
        'sales',
        'returns',
        'held_at_provider',
        'held_contra',
      ],
    }).notNull(),
    /** Debits are positive, credits negative. */
    amountMinor: integer8('amount_minor').notNull(),
  },
  (table) => [primaryKey({ columns: [table.journalId, table.account] })],
);
