import { moneyText } from '../output/money-text.ts';
import { table } from '../output/table.ts';
import type { BalancesReply, OrderLedgerReply } from './ledger-replies.ts';

type Amount = BalancesReply['items'][number]['amount'];

/** An amount in the column where bookkeepers look for it. */
function debitAndCredit({ amountMinor, currency }: Amount): readonly [string, string] {
  const text = moneyText({ amountMinor: Math.abs(amountMinor), currency });
  return amountMinor < 0 ? ['', text] : [text, ''];
}

const SIDES = [
  { title: 'Debit', align: 'right' },
  { title: 'Credit', align: 'right' },
] as const;

/** One account a row. */
export function balancesText({ items }: BalancesReply): string {
  if (items.length === 0) return 'Nothing is booked.';
  return table(
    [{ title: 'Account' }, { title: 'Currency' }, ...SIDES],
    items.map(({ account, amount }) => [account, amount.currency, ...debitAndCredit(amount)]),
  );
}

/** One entry a row; what a journal is about stands with its first. */
export function orderLedgerText({ journals }: OrderLedgerReply): string {
  if (journals.length === 0) return 'Nothing is booked.';
  return table(
    [{ title: 'Time' }, { title: 'Journal' }, { title: 'Reference' }, { title: 'Account' }, ...SIDES],
    journals.flatMap(({ kind, reference, createdAt, entries }) =>
      entries.map(({ account, amount }, index) => [
        ...(index === 0 ? [createdAt, kind, reference] : ['', '', '']),
        account,
        ...debitAndCredit(amount),
      ]),
    ),
  );
}
