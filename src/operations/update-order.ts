import { WithStartWorkflowOperation } from '@temporalio/client';
import { AMEND_ORDER_WORKFLOW, type AmendOrderInput } from '../workflows/orders/process-order.contract.ts';
import type { OperationDependencies } from './dependencies.ts';
import { classifyTemporalFailure, type TemporalFailure } from './temporal-errors.ts';

type AmendOrder = (input: AmendOrderInput) => Promise<unknown>;

/**
 * Sends an update to the order's own run while that is open; after that a short run under the same workflow id takes it, so
 * there is one writer at any time. A repetition with the same update id joins the first request.
 */
export async function updateOrder<Result, Input extends { readonly requestId: string }>(
  orderId: string,
  update: { readonly name: string; readonly id: string; readonly input: Input },
  { temporal, environment }: Pick<OperationDependencies, 'temporal' | 'environment'>,
): Promise<Result | TemporalFailure> {
  const amend: AmendOrderInput = { orderId, correlationId: update.input.requestId };
  try {
    return await temporal.withDeadline(Date.now() + environment.CONFIRMATION_DEADLINE_MS, () =>
      temporal.workflow.executeUpdateWithStart<AmendOrder, Result, [Input]>(update.name, {
        updateId: update.id,
        args: [update.input],
        startWorkflowOperation: new WithStartWorkflowOperation<AmendOrder>(AMEND_ORDER_WORKFLOW, {
          workflowId: orderId,
          taskQueue: environment.TEMPORAL_TASK_QUEUE,
          args: [amend],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        }),
      }),
    );
  } catch (error) {
    const failure = classifyTemporalFailure(error);
    if (failure === null) throw error;
    return failure;
  }
}
