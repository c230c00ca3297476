/**
 * What the workflows would be if somebody let the customer be charged before the parcels are booked: made to be refused by
 * the replay of histories that were recorded before.
 */
import { capture, authorize } from '../../src/workflows/orders/order-payment.ts';
import { OrderRun } from '../../src/workflows/orders/order-run.ts';
import type {
  ProcessOrderInput,
  ProcessOrderResult,
} from '../../src/workflows/orders/process-order.contract.ts';
import { conduct, reserve } from '../../src/workflows/orders/process-order.workflow.ts';

export async function processOrder(input: ProcessOrderInput): Promise<ProcessOrderResult> {
  const order = new OrderRun(input);
  return conduct(order, async () => {
    await reserve(order, input);
    await order.once('authorize', () => authorize(order));
    await order.once('capture', () => capture(order));
  });
}
