import { z } from 'zod';
import { ownsOrder } from '../auth/principal.ts';
import { defineEndpoint } from '../http/endpoint.ts';
import { orderId } from '../http/fields.ts';
import { orderNotFound } from './find-own-order.ts';

const orderSummary = z
  .strictObject({
    orderId,
    lastSequence: z.int().meta({ description: 'The last event that it has seen.' }),
    status: z.string(),
    paymentStatus: z.string(),
    customerId: z.string(),
    currency: z.string(),
    totalMinor: z.int(),
    capturedMinor: z.int(),
    refundedMinor: z.int(),
    attentionCode: z.string().nullable(),
  })
  .meta({ id: 'OrderSummary' });

export const getOrderSummaryEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/orders/{id}/summary',
  operationId: 'getOrderSummary',
  tag: 'Orders',
  summary: 'Read an order as a consumer of its events sees it',
  description:
    'From a read model that is fed by the published events alone, so it follows the order by a moment. Not found until ' +
    'the first event has arrived.',
  permission: 'orders:read',
  params: z.strictObject({ id: orderId }),
  answers: { 200: { description: 'The summary', schema: orderSummary } },
  errors: ['NOT_FOUND'],
  handle: async ({ params, principal, note }, { repositories }) => {
    note({ orderId: params.id, workflowId: params.id });
    const summary = await repositories.projections.find(params.id);
    if (summary === null || !ownsOrder(principal, summary.customerId)) throw orderNotFound();
    return {
      httpStatus: 200,
      body: {
        orderId: summary.orderId,
        lastSequence: summary.lastSequence,
        status: summary.status,
        paymentStatus: summary.paymentStatus,
        customerId: summary.customerId,
        currency: summary.currency,
        totalMinor: summary.totalMinor,
        capturedMinor: summary.capturedMinor,
        refundedMinor: summary.refundedMinor,
        attentionCode: summary.attentionCode,
      },
    };
  },
});
