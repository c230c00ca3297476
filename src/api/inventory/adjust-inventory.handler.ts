import { z } from 'zod';
import { CatalogueError } from '../../domain/errors.ts';
import { defineCommand } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { sku } from '../http/fields.ts';
import { adjustInventoryBody, adjustment, toInventoryAnswer } from './inventory.schema.ts';

export const adjustInventoryEndpoint = defineCommand({
  method: 'post',
  path: '/v1/inventory/{sku}/adjustments',
  operationId: 'adjustInventory',
  tag: 'Inventory',
  summary: 'Add to a shelf, or take from it',
  permission: 'inventory:adjust',
  params: z.strictObject({ sku }),
  body: adjustInventoryBody,
  answers: { 201: { description: 'The adjustment, and the shelves after it', schema: adjustment } },
  errors: ['NOT_FOUND', 'STOCK_WOULD_BE_NEGATIVE'],
  handle: async ({ params, body, principal, idempotency }, { repositories }) => {
    const id = idempotency.deriveId('adj');
    const outcome = await repositories.inventory.adjust({
      adjustmentId: id,
      sku: params.sku,
      actor: principal.id,
      ...body,
    });
    if (!('inventory' in outcome)) {
      if (outcome.kind === 'unknown_location')
        throw invalidRequest({ pointer: '/locationId', message: 'is not a location' });
      throw new CatalogueError('NOT_FOUND', 'There is no item with this sku.');
    }
    const view = toInventoryAnswer(outcome.inventory);
    if (outcome.kind === 'refused') {
      const shelf = view.locations.find((location) => location.locationId === body.locationId);
      throw new CatalogueError(
        'STOCK_WOULD_BE_NEGATIVE',
        `${shelf?.available ?? 0} are on hand there and not reserved.`,
        { extensions: { inventory: view } },
      );
    }
    return { httpStatus: 201, body: { id, sku: params.sku, ...body, inventory: view } };
  },
});
