import type { ShippingAddress } from '../../domain/orders/order.ts';
import type { ActivityDependencies } from '../shared/dependencies.ts';

/**
 * The order goes to another address. Safe to repeat.
 * @returns false when it is too late, or when the person was forgotten
 */
export async function changeAddress(
  deps: Pick<ActivityDependencies, 'orders'>,
  input: { readonly orderId: string; readonly shipTo: ShippingAddress },
): Promise<boolean> {
  return (await deps.orders.changeAddress(input)).applied;
}
