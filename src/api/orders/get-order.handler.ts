import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.ts';
import { matchesIfNoneMatch } from '../http/etag.ts';
import { orderId } from '../http/fields.ts';
import { findOwnOrder } from './find-own-order.ts';
import { order, orderEtag, toOrderAnswer } from './order.schema.ts';

export const getOrderEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/orders/{id}',
  operationId: 'getOrder',
  tag: 'Orders',
  summary: 'Read an order',
  description: 'Send the ETag of an earlier answer as `If-None-Match` to be told only when it has changed.',
  permission: 'orders:read',
  params: z.strictObject({ id: orderId }),
  answers: {
    200: { description: 'The order', headers: { ETag: 'Its version' }, schema: order },
    304: { description: 'It still has the version that If-None-Match names' },
  },
  errors: ['NOT_FOUND'],
  handle: async ({ params, principal, headers, note }, dependencies) => {
    note({ orderId: params.id, workflowId: params.id });
    const view = await findOwnOrder(params.id, principal, dependencies);
    const etag = orderEtag(view.version);
    const cacheable = { etag, 'cache-control': 'private, no-cache' };
    if (matchesIfNoneMatch(headers['if-none-match'], etag)) return { httpStatus: 304, headers: cacheable };
    return { httpStatus: 200, headers: cacheable, body: toOrderAnswer(view, dependencies.environment) };
  },
});
