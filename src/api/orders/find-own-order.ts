import { CatalogueError } from '../../domain/errors.ts';
import type { OrderView } from '../../domain/orders/order.ts';
import { ownsOrder, type Principal } from '../auth/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';

/**
 * The order, if this caller may know of it.
 * @throws CatalogueError NOT_FOUND, the same for somebody else's order and for one that does not exist. Rejects with
 *   DatabaseUnavailableError.
 */
export async function findOwnOrder(
  orderId: string,
  principal: Principal,
  { repositories }: ApiDependencies,
): Promise<OrderView> {
  const found = await repositories.orderReads.find(orderId);
  if (found === null || !ownsOrder(principal, found.view.customerId)) throw orderNotFound();
  return found.view;
}

export function orderNotFound(): CatalogueError {
  return new CatalogueError('NOT_FOUND', 'There is no order with this id.');
}
