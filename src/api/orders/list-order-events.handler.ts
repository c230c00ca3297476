import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.ts';
import { orderId, queryInteger } from '../http/fields.ts';
import { findOwnOrder } from './find-own-order.ts';

const MAX_LIMIT = 1_000;
const MAX_SEQUENCE = 2_147_483_647;

const orderEvent = z
  .strictObject({
    specversion: z.literal('1.0'),
    id: z.string().meta({ description: '`<order id>-<sequence>`' }),
    source: z.string(),
    type: z.string().meta({ example: 'commerce.order.placed.v1' }),
    subject: orderId,
    time: z.iso.datetime({ offset: true }),
    datacontenttype: z.literal('application/json'),
    sequence: z.int().meta({ description: '1..n without gap' }),
    correlationid: z.string(),
    causationid: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({
    id: 'OrderEvent',
    description: 'CloudEvents 1.0; its data is described by docs/events/<type>.json.',
  });

export const listOrderEventsEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/orders/{id}/events',
  operationId: 'listOrderEvents',
  tag: 'Orders',
  summary: 'Read what happened to an order',
  permission: 'orders:read',
  params: z.strictObject({ id: orderId }),
  query: z.strictObject({
    after: queryInteger({ min: 0, max: MAX_SEQUENCE })
      .default(0)
      .meta({ description: 'Only events with a higher sequence.' }),
    limit: queryInteger({ min: 1, max: MAX_LIMIT }).default(MAX_LIMIT),
  }),
  answers: {
    200: {
      description: 'Events in order; send `nextCursor` as `after` to read on',
      schema: z
        .strictObject({ items: z.array(orderEvent), nextCursor: z.string().nullable() })
        .meta({ id: 'OrderEventPage' }),
    },
  },
  errors: ['NOT_FOUND'],
  handle: async ({ params, query, principal, note }, dependencies) => {
    note({ orderId: params.id, workflowId: params.id });
    await findOwnOrder(params.id, principal, dependencies);
    // One more than asked for tells whether there are more.
    const events = await dependencies.repositories.orderReads.events(params.id, query.after, query.limit + 1);
    const items = events.slice(0, query.limit);
    const last = items.at(-1);
    const nextCursor = events.length > items.length && last !== undefined ? String(last.sequence) : null;
    return { httpStatus: 200, body: { items, nextCursor } };
  },
});
