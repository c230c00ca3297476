/**
 * Hold and release: an operator lets no further step of the order begin, or lets it go on.
 */
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';

type Dependencies = Pick<ActivityDependencies, 'orders'>;

/** The order shows that it waits for an operator. Safe to repeat. */
export async function recordHold(
  deps: Dependencies,
  input: { readonly orderId: string },
): Promise<OrderStanding> {
  return standingOf(await deps.orders.recordHeld(input));
}

/** It shows again what its status waits for. Safe to repeat. */
export async function recordRelease(
  deps: Dependencies,
  input: { readonly orderId: string },
): Promise<OrderStanding> {
  return standingOf(await deps.orders.recordReleased(input));
}
