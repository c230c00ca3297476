import type { OrderView } from '../../../domain/orders/order.ts';
import { formatMoney } from './format-money.ts';
import { setLetter, type MailContent } from './letter.ts';

/** Says that nothing will be sent, and what became of the money. */
export function cancelledMail(order: OrderView): MailContent {
  const { captured, refunded } = order.totals;
  return setLetter({
    subject: `Your order is cancelled (${order.id})`,
    heading: 'Your order is cancelled',
    colour: '#8a5a00',
    orderId: order.id,
    paragraphs: ['Your order is cancelled and nothing will be sent.', moneySentence(order)],
    ...(captured.amountMinor > 0
      ? {
          table: {
            title: 'What became of the money',
            rows: [
              { what: 'Charged', value: formatMoney(captured) },
              { what: 'Given back', value: formatMoney(refunded) },
            ],
            more: 0,
            totals: [],
          },
        }
      : {}),
    closing: 'Please name the order number when you write to us.',
  });
}

function moneySentence({ totals: { captured, refunded } }: OrderView): string {
  if (captured.amountMinor === 0)
    return 'You have not been charged. If your bank held the amount, it lets it go within a few days.';
  if (refunded.amountMinor >= captured.amountMinor)
    return `${formatMoney(refunded)} has been given back to the card you paid with. Your bank may need a few days to show it.`;
  return 'What you were charged is given back to the card you paid with.';
}
