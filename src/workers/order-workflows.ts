/** The port through which jobs see and reach the workflows of orders, over a Temporal client. */
import {
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { readRun } from '../config/temporal-run.ts';
import type { OrderWorkflowsPort } from '../adapters/temporal/order-workflows.port.ts';
import {
  AMEND_ORDER_WORKFLOW,
  PAYMENT_SETTLED_SIGNAL,
  PRESENT_STORY,
  PROCESS_ORDER_WORKFLOW,
  SHIPMENT_MOVED_SIGNAL,
} from '../workflows/orders/process-order.contract.ts';
import {
  RECOVER_ORDER_WORKFLOW,
  type RecoverOrderInput,
} from '../workflows/orders/recover-order.contract.ts';
import { createOrderSignaller } from './inbox-signaller.ts';

/** How long one call may take. */
const TIMEOUT_MS = 10_000;
const TYPES = [PROCESS_ORDER_WORKFLOW, AMEND_ORDER_WORKFLOW, RECOVER_ORDER_WORKFLOW];

/** The server marks a run whose task has failed several times in a row, from 1.30 on. */
const FAILING_TASKS = `TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')`;
/** gRPC: a name in a query that the server does not know. */
const INVALID_ARGUMENT = 3;

function isUnknownToTheServer(error: unknown): boolean {
  return isGrpcServiceError(error) && error.code === INVALID_ARGUMENT;
}

/** @param taskQueue where orders are worked on; the runs of other services in the namespace are none of ours */
export function createOrderWorkflows(
  client: Client,
  namespace: string,
  taskQueue: string,
): OrderWorkflowsPort {
  const inTime = <Result>(call: () => Promise<Result>): Promise<Result> =>
    client.withDeadline(Date.now() + TIMEOUT_MS, call);
  const signal = createOrderSignaller(client, TIMEOUT_MS);
  const tell = async (...message: Parameters<typeof signal>): Promise<'told' | 'no_open_run'> =>
    (await signal(...message)) === 'delivered' ? 'told' : 'no_open_run';

  return {
    async listOpen({ cursor, limit }) {
      const types = TYPES.map((type) => `'${type}'`).join(', ');
      const { executions, nextPageToken } = await inTime(() =>
        client.workflowService.listWorkflowExecutions({
          namespace,
          pageSize: limit,
          query: `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running' AND WorkflowType IN (${types})`,
          ...(cursor === null ? {} : { nextPageToken: Buffer.from(cursor, 'base64') }),
        }),
      );
      return {
        items: executions.map(({ execution, startTime }) => ({
          orderId: execution?.workflowId ?? '',
          startedAt: new Date(Number(startTime?.seconds ?? 0) * 1000).toISOString(),
        })),
        nextCursor: nextPageToken?.length > 0 ? Buffer.from(nextPageToken).toString('base64') : null,
      };
    },

    async findRun(orderId) {
      try {
        const { status } = await inTime(() => client.workflow.getHandle(orderId).describe());
        return { isOpen: status.name === 'RUNNING', status: status.name };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },

    inspectRun: (orderId) => inTime(() => readRun(client, orderId, 'when_idle')),

    async listFailingTasks(limit) {
      try {
        const { executions } = await inTime(() =>
          client.workflowService.listWorkflowExecutions({
            namespace,
            pageSize: limit,
            query: `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running' AND ${FAILING_TASKS}`,
          }),
        );
        return executions.map(({ execution }) => execution?.workflowId ?? '');
      } catch (error) {
        if (isUnknownToTheServer(error)) return [];
        throw error;
      }
    },

    async recover(order) {
      try {
        await inTime(() =>
          client.workflow.start<(input: RecoverOrderInput) => Promise<unknown>>(RECOVER_ORDER_WORKFLOW, {
            workflowId: order.orderId,
            taskQueue,
            args: [{ ...order, story: PRESENT_STORY, answerWithinMs: 0 }],
            workflowIdReusePolicy: 'ALLOW_DUPLICATE',
            workflowIdConflictPolicy: 'FAIL',
          }),
        );
        return 'started';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'is_open';
        throw error;
      }
    },

    tellPaymentSettled: (orderId, operationKey) =>
      tell(orderId, {
        name: PAYMENT_SETTLED_SIGNAL,
        payload: { operationKey, messageId: `reconciled:${operationKey}` },
      }),
    tellShipmentMoved: (orderId, { shipmentId, status }) =>
      tell(orderId, {
        name: SHIPMENT_MOVED_SIGNAL,
        payload: { shipmentId, status, messageId: `asked:${shipmentId}:${status}` },
      }),
  };
}
