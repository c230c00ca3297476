/** A journal of the ledger as parts of the statement whose change it books. */
import { sql, type SQL } from 'drizzle-orm';
import { JOURNALS, type JournalKind } from '../../../src/domain/payments/ledger.ts';
import { reading, writing, type Part } from '../sql.ts';

interface Booking {
  readonly kind: JournalKind;
  /** The operation key, or for a journal about a refund its id; a second journal of that kind with it is an error. */
  readonly reference: SQL;
  /** Nothing is booked for an amount of zero. */
  readonly amountMinor: SQL;
  /** Where the amount comes from, a part of one row. */
  readonly from: SQL;
}

/** Books an amount when the order moves, to the accounts that its kind says. */
export function journal({ kind, reference, amountMinor, from }: Booking): Part[] {
  const signs = sql.raw(
    Object.entries(JOURNALS[kind])
      .map(([account, sign]) => `('${account}', ${sign})`)
      .join(', '),
  );
  return [
    reading(
      'booking',
      sql`SELECT ${reference} AS reference, ${amountMinor}::bigint AS amount_minor FROM ${from}`,
    ),
    writing(
      'journal',
      sql`INSERT INTO ledger_journals (order_id, kind, reference, currency)
        SELECT moved.id, ${kind}, booking.reference, moved.currency FROM moved, booking WHERE booking.amount_minor > 0
        RETURNING id`,
    ),
    writing(
      'entries',
      sql`INSERT INTO ledger_entries (journal_id, account, amount_minor)
        SELECT journal.id, signs.account, signs.sign * booking.amount_minor
        FROM journal, booking, (VALUES ${signs}) AS signs (account, sign)`,
    ),
  ];
}
