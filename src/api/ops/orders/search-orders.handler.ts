import { z } from 'zod';
import { requirePermission } from '../../auth/authenticate.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { amountMinor, text } from '../../http/fields.ts';
import { order, toOrderAnswer } from '../../orders/order.schema.ts';

const FOUND_ORDERS_LIMIT = 50;

/** A POST, so that an address stands in no log of addresses on the way; it changes nothing. */
const searchOrdersBody = z
  .discriminatedUnion('by', [
    z.strictObject({ by: z.literal('trackingNumber'), trackingNumber: text(100) }),
    z.strictObject({
      by: z.literal('email'),
      email: text(320).meta({ description: 'The whole address, in any case of letters.' }),
    }),
    z.strictObject({ by: z.literal('amount'), amountMinor }),
  ])
  .meta({ id: 'SearchOrders' });

export const searchOrdersEndpoint = defineEndpoint({
  method: 'post',
  path: '/v1/ops/orders/search',
  operationId: 'searchOrders',
  tag: 'Operations',
  summary: 'Find orders by a tracking number, a mail address or a total',
  description:
    'All are compared as wholes. By `email` it needs the permission `orders:search-by-mail` as well. Nothing is changed, so it takes ' +
    'no Idempotency-Key. By customer or status: `GET /v1/orders`.',
  permission: 'orders:search',
  body: searchOrdersBody,
  answers: {
    200: {
      description: `The newest ${FOUND_ORDERS_LIMIT} at most`,
      schema: z
        .strictObject({
          items: z.array(order),
          total: z.int().meta({
            description: 'How many there are. From 5000 on there may be more, and the newest may be missing.',
          }),
        })
        .meta({ id: 'FoundOrders' }),
    },
  },
  handle: async ({ body, principal }, { repositories, environment }) => {
    if (body.by === 'email') requirePermission(principal, 'orders:search-by-mail');
    const { items, total } = await repositories.consoleReads.search(body, FOUND_ORDERS_LIMIT);
    return { httpStatus: 200, body: { items: items.map((view) => toOrderAnswer(view, environment)), total } };
  },
});
