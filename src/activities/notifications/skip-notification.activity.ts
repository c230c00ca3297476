import type { ActivityDependencies } from '../shared/dependencies.ts';
import { notificationOf } from './notification-of.ts';
import type { NotifyCustomerInput } from './notify-customer.activity.ts';

/** Gives a mail up that could not be sent; one that is settled stays as it is. Safe to repeat. */
export async function skipNotification(
  deps: Pick<ActivityDependencies, 'notifications'>,
  input: NotifyCustomerInput,
): Promise<void> {
  await deps.notifications.skip(notificationOf(input));
}
