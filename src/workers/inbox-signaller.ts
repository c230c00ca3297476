import { WorkflowNotFoundError, type Client } from '@temporalio/client';
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
