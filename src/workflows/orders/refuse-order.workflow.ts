/**
 * A refused request, in the place of the order that it would have become. It takes nothing and writes nothing; that it was
 * started under the id of the order is all that it is for, because nothing can be started there any more.
 */
import { allHandlersFinished, condition, defineUpdate, setHandler } from '@temporalio/workflow';
import { PLACE_ORDER_UPDATE, type PlaceOrderRefusal } from './process-order.contract.ts';

/** The request that starts this workflow comes with it; one that was started by hand waits this long. */
const LONGEST_WAIT_FOR_A_REQUEST = '1 minute';

const placeOrder = defineUpdate<PlaceOrderRefusal>(PLACE_ORDER_UPDATE);

export async function refuseOrder(refusal: PlaceOrderRefusal): Promise<void> {
  let isAsked = false;
  setHandler(placeOrder, () => {
    isAsked = true;
    return refusal;
  });
  await condition(() => isAsked, LONGEST_WAIT_FOR_A_REQUEST);
  await condition(allHandlersFinished);
}
