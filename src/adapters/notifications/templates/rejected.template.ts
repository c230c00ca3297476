import type { OrderView } from '../../../domain/orders/order.ts';
import { setLetter, type MailContent } from './letter.ts';

/** Says that the order is not accepted after all, and that it costs nothing. The reason is for those who ask. */
export function rejectedMail(order: OrderView): MailContent {
  return setLetter({
    subject: `Your order could not be accepted (${order.id})`,
    heading: 'Your order could not be accepted',
    colour: '#8a5a00',
    orderId: order.id,
    paragraphs: [
      'We are sorry: we cannot accept your order, and nothing will be sent.',
      'You have not been charged. If your bank held the amount, it lets it go within a few days.',
    ],
    closing: 'Please name the order number when you write to us.',
  });
}
