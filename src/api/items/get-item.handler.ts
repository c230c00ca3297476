import { z } from 'zod';
import { CatalogueError } from '../../domain/errors.ts';
import { defineEndpoint } from '../http/endpoint.ts';
import { sku } from '../http/fields.ts';
import { item, toItemAnswer } from './item.schema.ts';

export const getItemEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/items/{sku}',
  operationId: 'getItem',
  tag: 'Items',
  summary: 'Read an item',
  permission: 'items:read',
  params: z.strictObject({ sku }),
  answers: { 200: { description: 'The item', schema: item } },
  errors: ['NOT_FOUND'],
  handle: async ({ params }, { repositories }) => {
    const found = await repositories.inventory.findItem(params.sku);
    if (found === null) throw new CatalogueError('NOT_FOUND', 'There is no item with this sku.');
    return { httpStatus: 200, body: toItemAnswer(found) };
  },
});
