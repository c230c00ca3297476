/** The mails that a customer gets about an order. */
export const MAIL_TEMPLATES = ['confirmed', 'rejected', 'shipped', 'cancelled', 'refunded'] as const;
export type MailTemplate = (typeof MAIL_TEMPLATES)[number];
