/**
 * Reserve and release: the order is written together with the stock that it takes, all of it or nothing.
 */
import type { PlacedOrder, OrderRef } from '../../../db/repositories/orders.repository.ts';
import { paymentOperationKey } from '../../domain/ids.ts';
import { outOfStock, planAllocation } from '../../domain/inventory/allocation.ts';
import type { Rejection } from '../../domain/orders/order.ts';
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';
import { refusal } from '../shared/failures.ts';
import { ApplicationFailure } from '@temporalio/activity';

/** How often a plan is made anew at once when other orders emptied the shelves that it counted on. */
const PLANS_PER_ATTEMPT = 5;

type Dependencies = Pick<ActivityDependencies, 'orders' | 'orderReads'>;

/**
 * Reserves stock for every line. Safe to repeat: the order row says which run owns the order and whether it holds stock.
 *
 * @throws OUT_OF_STOCK with the {@link Rejection} (not retried; the rejected order is written)
 * @throws ORDER_OWNED_BY_ANOTHER_RUN (not retried; nothing was written)
 * @throws SHELVES_CONTENDED when every plan lost its race (retried)
 */
export async function reserveStock(
  deps: Dependencies,
  order: PlacedOrder,
  mayHaveRun: boolean,
): Promise<void> {
  const skus = [...new Set(order.lines.map((line) => line.sku))];
  for (let plan = 1; plan <= PLANS_PER_ATTEMPT; plan += 1) {
    const { shelves, locationOrder } = await deps.orders.readShelves(skus);
    const planned = planAllocation(order.lines, shelves, locationOrder);
    const outcome =
      planned.kind === 'short'
        ? await deps.orders.placeAndReject({ ...order, shortLines: planned.lines })
        : await deps.orders.placeAndReserve({
            ...order,
            allocations: planned.allocations,
            authorizationKey: paymentOperationKey(order.orderId, 'authorize'),
          });
    switch (outcome) {
      case 'reserved':
        return;
      case 'rejected':
        throw planned.kind === 'short' && !mayHaveRun
          ? refuseFor(outOfStock(planned.lines))
          : await storedRefusal(deps, order.orderId);
      case 'owned_by_another_run':
        throw refusal(
          'ORDER_OWNED_BY_ANOTHER_RUN',
          'Another workflow run owns this order; this one ends without an effect',
        );
      case 'lost_race':
        break;
    }
  }
  throw ApplicationFailure.create({
    type: 'SHELVES_CONTENDED',
    message: `Other orders were faster ${PLANS_PER_ATTEMPT} times in a row`,
  });
}

/** Gives the stock back. Safe when there is none to give back. */
export async function releaseStock(deps: Dependencies, input: OrderRef): Promise<OrderStanding> {
  return standingOf(await deps.orders.releaseReservations(input));
}

function refuseFor(rejection: Rejection): Error {
  return refusal('OUT_OF_STOCK', rejection.message, rejection);
}

/** What an earlier attempt wrote, when the shelves may have looked otherwise. */
async function storedRefusal(deps: Dependencies, orderId: string): Promise<Error> {
  const rejection = (await deps.orderReads.find(orderId))?.view.rejection;
  return refuseFor(rejection ?? outOfStock([]));
}
