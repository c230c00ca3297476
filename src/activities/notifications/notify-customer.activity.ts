/**
 * Tells the customer by mail, never twice for one event. It has no undo: what was read cannot be unread, which is why the
 * claim checks that the order's state still warrants it.
 */
import type { MailTemplate } from '../../../db/repositories/messages.repository.ts';
import { ProviderRefusedError, ProviderUnavailableError } from '../../domain/provider-errors.ts';
import type { ActivityDependencies } from '../shared/dependencies.ts';
import { notificationOf } from './notification-of.ts';

type Dependencies = Pick<ActivityDependencies, 'notifications' | 'mail' | 'renderMail'>;

export interface NotifyCustomerInput {
  readonly orderId: string;
  readonly template: MailTemplate;
  /** What within the order it is about: `1`, or a refund id; one mail for each. */
  readonly subjectId: string;
  /** The action by which an operator sends it once more; one mail for each as well. */
  readonly resendId?: string;
}

/**
 * Claims the mail, sends it under a Message-ID that follows from the claim, and records that it went. An earlier attempt
 * that did not say how it ended is looked up by that id; where mail cannot be looked up it is not sent again, because twice
 * is worse than perhaps never.
 *
 * @throws PROVIDER_UNAVAILABLE, MAIL_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export async function notifyCustomer(deps: Dependencies, input: NotifyCustomerInput): Promise<void> {
  const { template, subjectId } = input;
  const mail = notificationOf(input);
  const claim = await deps.notifications.claim(mail);
  if (!('messageId' in claim)) return;

  const { messageId, order, contact } = claim;
  const earlier = claim.kind === 'in_doubt' ? await deps.mail.find(messageId) : 'not_found';
  if (earlier === 'accepted') return deps.notifications.settle({ ...mail, state: 'sent' });
  if (earlier === 'unknown') {
    return deps.notifications.settle({
      ...mail,
      state: 'unknown',
      reason: 'an earlier attempt may have sent it',
    });
  }
  const letter = deps.renderMail(template, order, contact, subjectId);
  try {
    await deps.mail.send({ messageId, ...letter });
  } catch (error) {
    // What surely did not happen leaves no doubt behind, so the next attempt may send.
    if (error instanceof ProviderUnavailableError) await deps.notifications.unclaim(mail);
    if (!(error instanceof ProviderRefusedError)) throw error;
    const reason = `refused: ${error.code}`;
    return deps.notifications.settle({ ...mail, state: 'unknown', reason });
  }
  await deps.notifications.settle({ ...mail, state: 'sent' });
}
