import type { MailTemplate } from '../../../db/repositories/messages.repository.ts';
import type { NotifyCustomerInput } from './notify-customer.activity.ts';

/** The row of a mail: one that an operator sends once more has a row of its own. */
export function notificationOf({ orderId, template, subjectId, resendId }: NotifyCustomerInput): {
  readonly orderId: string;
  readonly template: MailTemplate;
  readonly subjectId: string;
} {
  return { orderId, template, subjectId: resendId === undefined ? subjectId : `${subjectId}#${resendId}` };
}
