import { z } from 'zod';
import { defineCommand } from '../http/endpoint.ts';
import { orderId } from '../http/fields.ts';
import { cancelOrder } from '../../operations/cancel-order.ts';
import { recordOutcome } from '../../operations/record-outcome.ts';
import { askAction } from '../ops/actions/record-action.ts';
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
  handle: async (request, dependencies) => {
    const { params, body, principal, idempotency, requestId, note } = request;
    note({ orderId: params.id, workflowId: params.id });
    const before = await findOwnOrder(params.id, principal, dependencies);
    const asked = { orderId: params.id, reason: body.reason, request: { action: 'cancel' } } as const;
    const action = await askAction(asked, request, dependencies);
    const input = { reason: body.reason, note: body.note, actor: principal.id, requestId };
    const view = await recordOutcome(action, principal, dependencies, () =>
      cancelOrder(before, idempotency.deriveId('cmd'), input, dependencies),
    );
    return {
      httpStatus: 200,
      headers: { etag: orderEtag(view.version) },
      body: toOrderAnswer(view, dependencies.environment),
    };
  },
});
