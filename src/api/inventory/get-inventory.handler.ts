import { z } from 'zod';
import { CatalogueError } from '../../domain/errors.ts';
import { defineEndpoint } from '../http/endpoint.ts';
import { sku } from '../http/fields.ts';
import { inventory, toInventoryAnswer } from './inventory.schema.ts';

export const getInventoryEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/inventory/{sku}',
  operationId: 'getInventory',
  tag: 'Inventory',
  summary: 'Read what lies on the shelves',
  permission: 'inventory:read',
  params: z.strictObject({ sku }),
  answers: { 200: { description: 'Sums, and each location', schema: inventory } },
  errors: ['NOT_FOUND'],
  handle: async ({ params }, { repositories }) => {
    const found = await repositories.inventory.findInventory(params.sku);
    if (found === null) throw new CatalogueError('NOT_FOUND', 'There is no item with this sku.');
    return { httpStatus: 200, body: toInventoryAnswer(found) };
  },
});
