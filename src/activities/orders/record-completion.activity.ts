import type { OrderRef } from '../../../db/repositories/orders.repository.ts';
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';

/** The return window is over. Safe to repeat. */
export async function recordCompletion(
  deps: Pick<ActivityDependencies, 'orders'>,
  input: OrderRef,
): Promise<OrderStanding> {
  return standingOf(await deps.orders.recordCompleted(input));
}
