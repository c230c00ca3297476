import type { OrderView } from '../../../domain/orders/order.ts';
import { formatMoney } from './format-money.ts';
import { firstRows, setLetter, type MailContent } from './letter.ts';

/**
 * Says what was given back and for which lines.
 * @throws Error when the order has no such refund
 */
export function refundedMail(order: OrderView, extra: { readonly subjectId: string }): MailContent {
  const refund = order.refunds.find((each) => each.id === extra.subjectId);
  if (!refund) throw new Error(`Order ${order.id} has no refund ${extra.subjectId}`);
  const amount = formatMoney(refund.amount);
  const nameOf = (lineId: string): string =>
    order.lines.find((line) => line.lineId === lineId)?.name ?? `Line ${lineId}`;
  return setLetter({
    subject: `Your refund of ${amount} (${order.id})`,
    heading: `${amount} is on its way back to you`,
    colour: '#6b3fc4',
    orderId: order.id,
    paragraphs: [
      `We have given back ${amount} to the card you paid with. Your bank may need a few days to show it.`,
    ],
    table: {
      title: 'Your refund',
      ...firstRows(refund.lines, ({ lineId, quantity }) => ({
        what: nameOf(lineId),
        value: `${quantity} ×`,
      })),
      totals: [{ what: 'Given back', value: amount }],
    },
    closing: 'Please name the order number when you write to us.',
  });
}
