/** Mails to the customer, by the workflow that is open for the order. */
import type { NotifyCustomerInput } from '../../activities/notifications/notify-customer.activity.ts';
import { StepSkipped, type Steps } from '../shared/steps.ts';

/** What the summary of every mail begins with; an operator who gives a mail up means these steps. */
export const MAIL_SUMMARY = 'Mail: ';

/** Sends a mail, however long that takes, unless an operator gives it up. */
export async function sendMail(
  steps: Steps,
  input: NotifyCustomerInput,
  { quickly = false }: { readonly quickly?: boolean } = {},
): Promise<void> {
  const summary = `${MAIL_SUMMARY}${input.template}`;
  try {
    await steps.run((activities) => activities.notifyCustomer(input), {
      summary,
      attention: 'NOTIFICATION_UNRESOLVED',
      quickly,
      isNeverBeside: true,
    });
  } catch (error) {
    if (!(error instanceof StepSkipped)) throw error;
    await steps.run((activities) => activities.skipNotification(input), {
      summary: `Give up: ${input.template}`,
      attention: 'RECORD_UNRESOLVED',
    });
  }
}
