/**
 * The accounts of the ledger and what each journal does to them. docs/ledger.md tells the same with figures.
 */

/** Debits are positive. An asset or a cost has a balance above zero, a liability or an income one below. */
export const LEDGER_ACCOUNTS = {
  /** Asset: what customers of confirmed orders have still to be charged. */
  receivable: 'asset',
  /** Asset: what was charged and not given back, at the payment provider on our behalf. */
  cash_at_provider: 'asset',
  /** Liability: what was promised back to customers and is not with them. */
  refunds_due: 'liability',
  /** Income: what confirmed orders come to. A hold that is let go takes its sale with it. */
  sales: 'income',
  /** Against income: sales that were promised back. */
  returns: 'contra_income',
  /** Memo: what the provider holds on customers' cards, neither charged nor let go. Nobody's money yet. */
  held_at_provider: 'memo',
  /** Memo: the other side of `held_at_provider`. */
  held_contra: 'memo',
} as const satisfies Record<string, 'asset' | 'liability' | 'income' | 'contra_income' | 'memo'>;
export type LedgerAccount = keyof typeof LEDGER_ACCOUNTS;

/** Each journal has one amount; it goes to these accounts with this sign, and the signs sum to zero. */
export const JOURNALS = {
  /** The provider holds the money, and with it the sale is agreed. */
  authorize: { receivable: 1, sales: -1, held_at_provider: 1, held_contra: -1 },
  /** The hold is let go or has expired, and the sale with it. */
  void: { receivable: -1, sales: 1, held_at_provider: -1, held_contra: 1 },
  /** The customer has paid. */
  capture: { cash_at_provider: 1, receivable: -1, held_at_provider: -1, held_contra: 1 },
  /** Money is promised back. Only as far as it was not due already. */
  refund_requested: { returns: 1, refunds_due: -1 },
  /** The provider has given it back. */
  refund: { refunds_due: 1, cash_at_provider: -1 },
  /** The provider refused to give it back: the promise is withdrawn. */
  refund_failed: { refunds_due: 1, returns: -1 },
  /** The provider had given it back and has it again: the customer is owed it. */
  refund_returned: { cash_at_provider: 1, refunds_due: -1 },
} as const satisfies Record<string, Partial<Record<LedgerAccount, 1 | -1>>>;
export type JournalKind = keyof typeof JOURNALS;
