import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.ts';
import { orderId } from '../http/fields.ts';
import { findOwnOrder } from '../orders/find-own-order.ts';
import { journal, toJournalAnswer } from './ledger.schema.ts';

export const getOrderLedgerEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/orders/{id}/ledger',
  operationId: 'getOrderLedger',
  tag: 'Ledger',
  summary: 'Read what was booked for an order',
  description: 'Not for customers: their order shows what of its money is where.',
  permission: 'ledger:read',
  params: z.strictObject({ id: orderId }),
  answers: {
    200: {
      description: 'Every journal, the oldest first; none before the payment was authorized',
      schema: z.strictObject({ orderId, journals: z.array(journal) }).meta({ id: 'OrderLedger' }),
    },
  },
  errors: ['NOT_FOUND'],
  handle: async ({ params, principal, note }, dependencies) => {
    note({ orderId: params.id, workflowId: params.id });
    await findOwnOrder(params.id, principal, dependencies);
    const journals = await dependencies.repositories.ledger.journalsOf(params.id);
    return { httpStatus: 200, body: { orderId: params.id, journals: journals.map(toJournalAnswer) } };
  },
});
