import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { AMEND_ORDER_WORKFLOW, type AmendOrderInput } from '../workflows/orders/process-order.contract.ts';
import type { OrderSignal } from './inbox-payload.ts';

/**
 * Sends a signal to whichever run of the order's workflow is open.
 * `no_open_workflow`: there is none, not yet or no more. Rejects when Temporal cannot take it now; it may have taken it,
 * and a repetition is a no-op by the signal's own message id.
 */
export type OrderSignaller = (
  orderId: string,
  signal: OrderSignal,
) => Promise<'delivered' | 'no_open_workflow'>;

/** The same for an order that has ended: a run that amends it is started when none is open. */
export type OrderAmender = (orderId: string, signal: OrderSignal) => Promise<void>;

/** @param timeoutMs how long one signal may take */
export function createOrderSignaller(client: Client, timeoutMs: number): OrderSignaller {
  return async (orderId, signal) => {
    try {
      await client.withDeadline(Date.now() + timeoutMs, () =>
        client.workflow.getHandle(orderId).signal(signal.name, signal.payload),
      );
      return 'delivered';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'no_open_workflow';
      throw error;
    }
  };
}

/** @param timeoutMs how long one signal may take */
export function createOrderAmender(client: Client, taskQueue: string, timeoutMs: number): OrderAmender {
  return async (orderId, signal) => {
    const amend: AmendOrderInput = { orderId, correlationId: signal.payload.messageId };
    await client.withDeadline(Date.now() + timeoutMs, () =>
      client.workflow.signalWithStart(AMEND_ORDER_WORKFLOW, {
        workflowId: orderId,
        taskQueue,
        args: [amend],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        signal: signal.name,
        signalArgs: [signal.payload],
      }),
    );
  };
}
