import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.ts';
import { skuInPath } from '../http/fields.ts';
import { item, putItemBody, toItemAnswer } from './item.schema.ts';

export const putItemEndpoint = defineEndpoint({
  method: 'put',
  path: '/v1/items/{sku}',
  operationId: 'putItem',
  tag: 'Items',
  summary: 'Create or replace an item and all its prices',
  description: 'Orders that exist keep the prices they were placed with.',
  permission: 'items:write',
  params: z.strictObject({ sku: skuInPath }),
  invalidParams: 'INVALID_REQUEST',
  body: putItemBody,
  answers: { 200: { description: 'The item as it is now', schema: item } },
  handle: async ({ params, body }, { repositories }) => {
    const stored = await repositories.inventory.putItem({ sku: params.sku, ...body });
    return { httpStatus: 200, body: toItemAnswer(stored) };
  },
});
