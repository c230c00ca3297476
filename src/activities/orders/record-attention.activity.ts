/**
 * Raise and clear: the order needs a person, or no longer does.
 */
import type { OrderRef } from '../../../db/repositories/orders.repository.ts';
import type { AttentionCode } from '../../domain/orders/attention.ts';
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';

type Dependencies = Pick<ActivityDependencies, 'orders'>;

/** Safe to repeat. */
export async function raiseAttention(
  deps: Dependencies,
  input: OrderRef & { readonly code: AttentionCode; readonly message: string },
): Promise<OrderStanding> {
  return standingOf(await deps.orders.raiseAttention(input));
}

/** Safe to repeat. Other causes stay. */
export async function clearAttention(
  deps: Dependencies,
  input: OrderRef & { readonly code: AttentionCode },
): Promise<OrderStanding> {
  return standingOf(await deps.orders.clearAttention(input));
}
