import type { RerouteOutcome } from '../../../db/repositories/operator-changes.repository.ts';
import type { OrderRef } from '../../../db/repositories/orders.repository.ts';
import type { ActivityDependencies } from '../shared/dependencies.ts';

/** Everything that the order holds is held at one location. Safe to repeat. */
export async function rerouteOrder(
  deps: Pick<ActivityDependencies, 'orders'>,
  input: OrderRef & { readonly locationId: string },
): Promise<RerouteOutcome> {
  return deps.orders.reroute(input);
}
