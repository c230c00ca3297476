import type { OrderView } from '../../../domain/orders/order.ts';
import { formatMoney } from './format-money.ts';
import { firstRows, setLetter, type MailContent } from './letter.ts';

/** Says that the order is accepted, what is in it, and what it costs. */
export function confirmedMail(order: OrderView): MailContent {
  const isCharged = order.totals.captured.amountMinor > 0;
  return setLetter({
    subject: `Your order is confirmed (${order.id})`,
    heading: 'Thank you for your order',
    colour: '#3157d5',
    orderId: order.id,
    paragraphs: [
      'Your order is confirmed and everything in it is set aside for you.',
      isCharged
        ? 'Your card has been charged. We write again when your order is on its way.'
        : 'The amount is held on your card and charged when your order is ready to leave. We write again when it is on its way.',
    ],
    table: {
      title: 'Your order',
      ...firstRows(order.lines, (line) => ({
        what: line.name,
        note: `${line.quantity} × ${formatMoney(line.unitPrice)}`,
        value: formatMoney(line.total),
      })),
      totals: [{ what: 'Total', value: formatMoney(order.totals.total) }],
    },
    closing: 'Please name the order number when you write to us.',
  });
}
