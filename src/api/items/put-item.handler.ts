import { z } from 'zod';
import type { Item } from '../../../db/repositories/inventory.repository.ts';
import { defineCommandWithOptionalKey, type Answer } from '../http/endpoint.ts';
import { skuInPath } from '../http/fields.ts';
import { item, putItemBody, toItemAnswer } from './item.schema.ts';

export const putItemEndpoint = defineCommandWithOptionalKey({
  method: 'put',
  path: '/v1/items/{sku}',
  operationId: 'putItem',
  tag: 'Items',
  summary: 'Create or replace an item and all its prices',
  description:
    'Orders that exist keep the prices they were placed with. Without an Idempotency-Key a late repetition replaces what ' +
    'others have put meanwhile.',
  permission: 'items:write',
  params: z.strictObject({ sku: skuInPath }),
  invalidParams: 'INVALID_REQUEST',
  body: putItemBody,
  answers: { 200: { description: 'The item as it is now', schema: item } },
  handle: async ({ params, body, idempotency }, { repositories }) => {
    const put = { sku: params.sku, ...body };
    if (idempotency === null) return answerOf(await repositories.inventory.putItem(put));
    const answer = answerOf(inOrder(put));
    await repositories.inventory.putItemOnce(put, idempotency.endWith(answer));
    return answer;
  },
});

function answerOf(stored: Item): Answer {
  return { httpStatus: 200, body: toItemAnswer(stored) };
}

/** As it is read: prices by currency. */
function inOrder(put: Item): Item {
  return { ...put, prices: put.prices.toSorted((a, b) => (a.currency < b.currency ? -1 : 1)) };
}
