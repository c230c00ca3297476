import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.ts';
import { queryInteger, sku } from '../http/fields.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

const itemRow = z
  .strictObject({ sku: z.string(), name: z.string(), active: z.boolean() })
  .meta({ id: 'ItemRow' });

export const listItemsEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/items',
  operationId: 'listItems',
  tag: 'Items',
  summary: 'List items by the beginning of their sku',
  permission: 'inventory:read',
  query: z.strictObject({
    skuPrefix: sku.optional().meta({ description: 'How the sku begins, in the same case of letters.' }),
    limit: queryInteger({ min: 1, max: MAX_LIMIT }).default(DEFAULT_LIMIT),
    cursor: z.string().min(1).max(64).optional().meta({ description: '`nextCursor` of the page before.' }),
  }),
  answers: {
    200: {
      description: 'By sku; the last page has no `nextCursor`',
      schema: z
        .strictObject({ items: z.array(itemRow), nextCursor: z.string().nullable() })
        .meta({ id: 'ItemPage' }),
    },
  },
  handle: async ({ query: { skuPrefix = '', cursor, limit } }, { repositories }) => {
    const page = await repositories.consoleReads.listItems({ skuPrefix, after: cursor, limit });
    return { httpStatus: 200, body: { items: page.items, nextCursor: page.nextCursor } };
  },
});
