/** Mails to the customer, by the workflow that is open for the order. */
import type { NotifyCustomerInput } from '../../activities/notifications/notify-customer.activity.ts';
import type { Steps } from '../shared/steps.ts';

/**
 * Sends a mail, however long that takes, unless an operator gives it up. The step's own promise and no other, because one more
 * turn of the event loop would put what follows into another order than recorded histories have.
 */
export function sendMail(
  steps: Steps,
  input: NotifyCustomerInput,
  { quickly = false }: { readonly quickly?: boolean } = {},
): Promise<void> {
  return steps.run((activities) => activities.notifyCustomer(input), {
    summary: `Mail: ${input.template}`,
    attention: 'NOTIFICATION_UNRESOLVED',
    quickly,
    isNeverBeside: true,
    whenSkipped: () =>
      steps.run((activities) => activities.skipNotification(input), {
        summary: `Give up the mail: ${input.template}`,
        attention: 'RECORD_UNRESOLVED',
      }),
  });
}
