/** The mails that a customer gets about an order. Pure: the same order gives the same words. */
import type { Contact, OrderView } from '../../../domain/orders/order.ts';
import { cancelledMail } from './cancelled.template.ts';
import { confirmedMail } from './confirmed.template.ts';
import type { MailContent } from './letter.ts';
import { refundedMail } from './refunded.template.ts';
import { rejectedMail } from './rejected.template.ts';
import { shippedMail } from './shipped.template.ts';

export type { MailContent } from './letter.ts';

/** What a mail is about besides the order: `1`, or the refund id for `refunded`. */
export interface MailExtra {
  readonly subjectId: string;
}

const TEMPLATES = {
  confirmed: confirmedMail,
  rejected: rejectedMail,
  shipped: shippedMail,
  cancelled: cancelledMail,
  refunded: refundedMail,
} as const satisfies Record<string, (order: OrderView, extra: MailExtra) => MailContent>;
export type OrderMailTemplate = keyof typeof TEMPLATES;

/**
 * Writes the mail about one event of an order, addressed to the customer.
 * @throws Error when the order has no refund `subjectId`
 */
export function renderOrderMail(
  template: OrderMailTemplate,
  order: OrderView,
  contact: Contact,
  subjectId: string,
): MailContent & { readonly to: string } {
  return { to: contact.email, ...TEMPLATES[template](order, { subjectId }) };
}
