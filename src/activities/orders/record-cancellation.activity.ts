/**
 * The two ends of a cancellation: from the first the order is given up, with the second everything is given back.
 */
import type { OrderRef } from '../../../db/repositories/orders.repository.ts';
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';

type Dependencies = Pick<ActivityDependencies, 'orders'>;

/** Refused by the statement, and then visible in the status that it answers, once a parcel was handed over. */
export async function recordCancellationStarted(
  deps: Dependencies,
  input: OrderRef & { readonly reason: string },
): Promise<OrderStanding> {
  return standingOf(await deps.orders.startCancelling(input));
}

/** Everything is given back. Safe to repeat. */
export async function recordCancelled(deps: Dependencies, input: OrderRef): Promise<OrderStanding> {
  return standingOf(await deps.orders.recordCancelled(input));
}
