import { z } from 'zod';
import { CatalogueError } from '../../domain/errors.ts';
import { ownsOrder } from '../auth/principal.ts';
import { defineEndpoint } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { customerId, instant, queryInteger } from '../http/fields.ts';
import { order, orderStatus, toOrderAnswer } from './order.schema.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

/** Which orders; also of an export of them. */
export const orderFilterShape = {
  customerId: customerId.optional(),
  status: orderStatus.optional(),
  attention: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ description: 'Whether it needs a person.' }),
  createdAfter: instant.optional().meta({ description: 'Inclusive.' }),
  createdBefore: instant.optional().meta({ description: 'Exclusive.' }),
};

const listOrdersQuery = z.strictObject({
  ...orderFilterShape,
  limit: queryInteger({ min: 1, max: MAX_LIMIT }).default(DEFAULT_LIMIT),
  cursor: z.string().min(1).max(500).optional().meta({ description: '`nextCursor` of the page before.' }),
});

export const listOrdersEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/orders',
  operationId: 'listOrders',
  tag: 'Orders',
  summary: 'List orders, the newest first',
  description: 'A key of role `customer` sees its own orders only.',
  permission: 'orders:read',
  query: listOrdersQuery,
  answers: {
    200: {
      description: 'A page; the last one has no `nextCursor`',
      schema: z
        .strictObject({ items: z.array(order), nextCursor: z.string().nullable() })
        .meta({ id: 'OrderPage' }),
    },
  },
  handle: async ({ query, principal }, { repositories, environment }) => {
    const customer = query.customerId ?? principal.customerId ?? undefined;
    if (customer !== undefined && !ownsOrder(principal, customer))
      throw new CatalogueError('FORBIDDEN', 'This key sees the orders of its own customer only.');
    const page = await repositories.orderReads
      .list({ ...query, customerId: customer })
      .catch((error: unknown) => {
        if (query.cursor === undefined || !(error instanceof RangeError)) throw error;
        throw invalidRequest({ pointer: 'query:cursor', message: 'is not a cursor that was given out' });
      });
    return {
      httpStatus: 200,
      body: {
        items: page.items.map((view) => toOrderAnswer(view, environment)),
        nextCursor: page.nextCursor,
      },
    };
  },
});
