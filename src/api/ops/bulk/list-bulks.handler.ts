import { z } from 'zod';
import type { Page } from '../../../../db/repositories/order-reads.repository.ts';
import { BULK_STATES } from '../../../domain/operations/bulk-action.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { invalidRequest } from '../../http/errors.ts';
import { queryInteger } from '../../http/fields.ts';
import { bulkId } from '../actions/action.schema.ts';
import { bulkActionPage, bulkActionWithOrders, toBulkAnswer } from './bulk.schema.ts';
import { findBulk } from './run-bulk.ts';

const cursor = z
  .string()
  .min(1)
  .max(500)
  .optional()
  .meta({ description: '`nextCursor` of the page before.' });

/** @throws CatalogueError INVALID_REQUEST for a cursor that was not given out */
function refusingBadCursor<Item>(reading: Promise<Page<Item>>): Promise<Page<Item>> {
  return reading.catch((error: unknown) => {
    if (!(error instanceof RangeError)) throw error;
    throw invalidRequest({ pointer: 'query:cursor', message: 'is not a cursor that was given out' });
  });
}

export const listBulksEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/bulk',
  operationId: 'listBulks',
  tag: 'Operations',
  summary: 'List what people did to many orders at once',
  permission: 'actions:read',
  query: z.strictObject({
    state: z.enum(BULK_STATES).optional(),
    limit: queryInteger({ min: 1, max: 50 }).default(20),
    cursor,
  }),
  answers: {
    200: { description: 'The newest first; the last page has no `nextCursor`', schema: bulkActionPage },
  },
  handle: async ({ query }, { repositories }) => {
    const { items, nextCursor } = await refusingBadCursor(repositories.bulkActions.list(query));
    return { httpStatus: 200, body: { items: items.map(toBulkAnswer), nextCursor } };
  },
});

export const getBulkEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/bulk/{id}',
  operationId: 'getBulk',
  tag: 'Operations',
  summary: 'Show how far a bulk is, and which of its orders were not done',
  description:
    'Counts and rate are those of the rows, so they are there also when the workflow cannot be asked. All its actions: ' +
    '`GET /v1/ops/actions?bulkId=`.',
  permission: 'actions:read',
  params: z.strictObject({ id: bulkId }),
  query: z.strictObject({ limit: queryInteger({ min: 1, max: 100 }).default(50), cursor }),
  answers: {
    200: { description: 'The bulk', schema: bulkActionWithOrders },
  },
  errors: ['NOT_FOUND'],
  handle: async ({ params, query }, dependencies) => {
    const bulk = await findBulk(params.id, dependencies);
    const { items, nextCursor } = await refusingBadCursor(
      dependencies.repositories.bulkActions.listNotDone(bulk.id, query),
    );
    return { httpStatus: 200, body: { ...toBulkAnswer(bulk), notDone: { items, nextCursor } } };
  },
});
