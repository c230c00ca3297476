import type { OrderRef } from '../../../db/repositories/orders.repository.ts';
import type { Rejection } from '../../domain/orders/order.ts';
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';

/** The order ends before confirmation, after everything was given back. Safe to repeat. */
export async function recordRejection(
  deps: Pick<ActivityDependencies, 'orders'>,
  input: OrderRef & { readonly rejection: Rejection },
): Promise<OrderStanding> {
  return standingOf(await deps.orders.recordRejected(input));
}
