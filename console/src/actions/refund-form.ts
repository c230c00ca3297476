import type { Order } from '../api/types.ts';
import { amountText, moneyText, parseAmount } from '../format/money.ts';
import { chosenLines, type ActionContext, type FormField, type FormValues } from './form-field.ts';

/** Everything, an amount, or units of lines. */
export function initialRefund({ order }: ActionContext): FormValues {
  return { by: 'all', amount: amountText(leftOf(order)) };
}

export function refundFields({ order }: ActionContext, { by }: FormValues): readonly FormField[] {
  const which: FormField = {
    kind: 'choice',
    name: 'by',
    label: 'How much',
    options: [
      ['all', `All that is left, ${moneyText(leftOf(order))}`],
      ['amount', 'An amount'],
      ['lines', 'Lines'],
    ],
  };
  if (by === 'amount')
    return [
      which,
      {
        kind: 'text',
        name: 'amount',
        label: `Amount, ${order.currency}`,
        inputMode: 'decimal',
        check: (text) => (parseAmount(text, order.currency) === null ? 'That is no amount.' : null),
      },
    ];
  if (by === 'lines')
    return [
      which,
      { kind: 'quantities', lines: order.lines },
      { kind: 'check', name: 'restock', label: 'They came back: put them on the shelves again' },
    ];
  return [which];
}

export function refundBody({ order }: ActionContext, values: FormValues): Readonly<Record<string, unknown>> {
  if (values['by'] === 'amount') return { amountMinor: parseAmount(values['amount'] ?? '', order.currency) };
  if (values['by'] === 'lines')
    return { lines: chosenLines(order.lines, values), restock: values['restock'] === 'yes' };
  return {};
}

/** What can still be given back. */
function leftOf({ totals, refunds }: Order): Order['totals']['captured'] {
  const promised = refunds
    .filter(({ status }) => status === 'pending')
    .reduce((sum, { amount }) => sum + amount.amountMinor, 0);
  const { captured, refunded } = totals;
  return { ...captured, amountMinor: captured.amountMinor - refunded.amountMinor - promised };
}
