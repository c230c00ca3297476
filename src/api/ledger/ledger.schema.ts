import { z } from 'zod';
import type { LedgerJournal } from '../../../db/repositories/ledger.repository.ts';
import {
  JOURNALS,
  LEDGER_ACCOUNTS,
  type JournalKind,
  type LedgerAccount,
} from '../../domain/payments/ledger.ts';
import { money } from '../http/fields.ts';

const namesOf = <Name extends string>(table: Readonly<Record<Name, unknown>>) =>
  Object.keys(table) as [Name, ...Name[]];

export const ledgerAccount = z.enum(namesOf<LedgerAccount>(LEDGER_ACCOUNTS)).meta({
  id: 'LedgerAccount',
  description:
    '`receivable`: to be charged for confirmed orders. `cash_at_provider`: charged and not given back. `refunds_due`: promised ' +
    'back and not given back yet. `sales`, `returns`: sold, and of that promised back. `held_at_provider`, `held_contra`: memo ' +
    'accounts of authorizations, nobody’s money yet.',
});

export const ledgerAmount = money.meta({ description: 'Debits are positive, credits negative.' });

export const journal = z
  .strictObject({
    id: z.int().meta({ description: 'Ascending in the order of writing.' }),
    kind: z.enum(namesOf<JournalKind>(JOURNALS)),
    reference: z.string().meta({ description: 'The operation key at the provider, or the refund’s id.' }),
    createdAt: z.iso.datetime(),
    entries: z.array(z.strictObject({ account: ledgerAccount, amount: ledgerAmount })),
  })
  .meta({
    id: 'LedgerJournal',
    description: 'What one change did to the accounts. Its entries sum to zero.',
  });

export function toJournalAnswer(view: LedgerJournal): z.output<typeof journal> {
  const { id, kind, reference, currency, createdAt, entries } = view;
  return {
    id,
    kind,
    reference,
    createdAt,
    entries: entries.map(({ account, amountMinor }) => ({ account, amount: { amountMinor, currency } })),
  };
}
