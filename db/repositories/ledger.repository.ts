/** What the ledger says. It is written by the statements of OrderRepository alone. May reject with DatabaseUnavailableError. */
import type { JournalKind, LedgerAccount } from '../../src/domain/payments/ledger.ts';

export interface AccountBalance {
  readonly account: LedgerAccount;
  readonly currency: string;
  /** Debits are positive, credits negative. */
  readonly amountMinor: number;
}

export interface LedgerJournal {
  /** Ascending in the order of writing. */
  readonly id: number;
  readonly kind: JournalKind;
  /** The operation key, or the refund's id. */
  readonly reference: string;
  readonly currency: string;
  readonly createdAt: string;
  readonly entries: readonly { readonly account: LedgerAccount; readonly amountMinor: number }[];
}

export interface LedgerRepository {
  /** The journals of an order, the oldest first; none for an order that is not there. */
  journalsOf(orderId: string): Promise<readonly LedgerJournal[]>;
  /** Every account that was ever booked to, by currency. Reads the whole ledger. */
  balances(): Promise<readonly AccountBalance[]>;
}
