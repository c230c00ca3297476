import { z } from 'zod';
import { CatalogueError } from '../../domain/errors.ts';
import type { OrderView } from '../../domain/orders/order.ts';
import { isTerminal, type OrderStatus } from '../../domain/orders/order-status.ts';
import {
  CANCEL_ORDER_UPDATE,
  type CancelOrderInput,
  type CancelOrderResult,
} from '../../workflows/orders/process-order.contract.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { defineCommand, type Answer } from '../http/endpoint.ts';
import { unavailable } from '../http/errors.ts';
import { orderId } from '../http/fields.ts';
import { problemAnswer } from '../http/problem.ts';
import { classifyTemporalFailure, type TemporalFailure } from '../http/temporal-errors.ts';
import { cancelOrderBody } from './cancel-order.schema.ts';
import { findOwnOrder } from './find-own-order.ts';
import { order, orderEtag, toOrderAnswer } from './order.schema.ts';

export const cancelOrderEndpoint = defineCommand({
  method: 'post',
  path: '/v1/orders/{id}/cancel',
  operationId: 'cancelOrder',
  tag: 'Orders',
  summary: 'Cancel an order',
  description:
    'Gives back exactly what was taken. Possible until a parcel was handed over. When undoing takes longer than the ' +
    'request may, the answer is the order as it is, `cancelling`.',
  permission: 'orders:cancel',
  params: z.strictObject({ id: orderId }),
  body: cancelOrderBody,
  answers: {
    200: {
      description:
        '`cancelled`, or `cancelling` while things are still being undone; also when it was cancelled before',
      headers: { ETag: 'Its version' },
      schema: order,
    },
  },
  errors: ['NOT_FOUND', 'NOT_CANCELLABLE'],
  handle: async ({ params, body, principal, idempotency, requestId, note }, dependencies) => {
    note({ orderId: params.id, workflowId: params.id });
    const before = await findOwnOrder(params.id, principal, dependencies);
    const decision = isTerminal(before.status)
      ? 'closed'
      : await askToCancel(params.id, idempotency.deriveId('cmd'), dependencies, {
          reason: body.reason,
          note: body.note,
          actor: principal.id,
          requestId,
        });
    const view = await findOwnOrder(params.id, principal, dependencies);
    return settle(view, decision, requestId, dependencies);
  },
});

/** What the workflow said, or why it did not say anything. */
type Decision = CancelOrderResult | TemporalFailure;

/** The update's id is derived from the Idempotency-Key: a repetition joins the first request. */
async function askToCancel(
  id: string,
  updateId: string,
  { temporal, environment }: ApiDependencies,
  input: CancelOrderInput,
): Promise<Decision> {
  try {
    return await temporal.withDeadline(Date.now() + environment.CONFIRMATION_DEADLINE_MS, () =>
      temporal.workflow
        .getHandle(id)
        .executeUpdate<CancelOrderResult, [CancelOrderInput]>(CANCEL_ORDER_UPDATE, {
          updateId,
          args: [input],
        }),
    );
  } catch (error) {
    const failure = classifyTemporalFailure(error);
    if (failure === null) throw error;
    return failure;
  }
}

function settle(
  view: OrderView,
  decision: Decision,
  requestId: string,
  { environment }: ApiDependencies,
): Answer {
  if (view.status === 'cancelled' || view.status === 'cancelling') {
    return {
      httpStatus: 200,
      headers: { etag: orderEtag(view.version) },
      body: toOrderAnswer(view, environment),
    };
  }
  if (typeof decision === 'object' && decision.kind === 'refused')
    return problemAnswer(notCancellable(decision.status), requestId);
  if (isTerminal(view.status)) return problemAnswer(notCancellable(view.status), requestId);
  if (decision === 'no_answer')
    throw unavailable('The order could not be asked in time. Send it again with the same Idempotency-Key.');
  if (decision === 'closed')
    throw unavailable(
      'The workflow of the order is gone, and the order is being taken up. Send it again with the same Idempotency-Key.',
    );
  throw new CatalogueError(
    'INVARIANT_VIOLATED',
    `Order ${view.id} is ${view.status} and its workflow says it is cancelled`,
  );
}

/** Kept, because an order that can no longer be cancelled never can again. */
function notCancellable(status: OrderStatus): CatalogueError {
  const isRefundable = status === 'shipped' || status === 'delivered' || status === 'completed';
  const instead = isRefundable
    ? 'It can be refunded instead: POST /v1/orders/{id}/refunds.'
    : 'Nothing is held for it, so there is nothing to give back.';
  return new CatalogueError('NOT_CANCELLABLE', `The order is ${status}. ${instead}`, {
    extensions: { orderStatus: status, possible: isRefundable ? ['refund'] : [] },
  });
}
