import { sql } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import type { AccountBalance, LedgerJournal, LedgerRepository } from '../ledger.repository.ts';
import { instant } from '../sql.ts';

export function createLedgerRepository(database: Database): LedgerRepository {
  return {
    journalsOf(orderId) {
      return database.query<LedgerJournal>(
        'ledger.journalsOf',
        sql`SELECT id, kind, reference, currency, ${instant(sql`created_at`)} AS "createdAt", (
            SELECT json_agg(json_build_object('account', account, 'amountMinor', amount_minor)
              ORDER BY amount_minor DESC, account COLLATE "C")
            FROM ledger_entries WHERE journal_id = ledger_journals.id) AS entries
          FROM ledger_journals WHERE order_id = ${orderId} ORDER BY id`,
      );
    },

    balances() {
      return database.query<AccountBalance>(
        'ledger.balances',
        sql`SELECT account, currency, sum(amount_minor)::bigint AS "amountMinor"
          FROM ledger_entries JOIN ledger_journals ON ledger_journals.id = journal_id
          GROUP BY account, currency ORDER BY currency, account COLLATE "C"`,
      );
    },
  };
}
