import { z } from 'zod';
import type { RecordedAction } from '../../../../db/repositories/operator-actions.repository.ts';
import type { Page } from '../../../../db/repositories/order-reads.repository.ts';
import { defineEndpoint, type Answer } from '../../http/endpoint.ts';
import { invalidRequest } from '../../http/errors.ts';
import { instant, orderId, queryInteger, text } from '../../http/fields.ts';
import { findOwnOrder } from '../../orders/find-own-order.ts';
import { actionName, bulkId, operatorActionPage, toActionAnswer } from './action.schema.ts';

const page = {
  limit: queryInteger({ min: 1, max: 100 }).default(50),
  cursor: z.string().min(1).max(500).optional().meta({ description: '`nextCursor` of the page before.' }),
};

/** @throws CatalogueError INVALID_REQUEST for a cursor that was not given out */
async function pageAnswer(reading: Promise<Page<RecordedAction>>): Promise<Answer> {
  const { items, nextCursor } = await reading.catch((error: unknown) => {
    if (!(error instanceof RangeError)) throw error;
    throw invalidRequest({ pointer: 'query:cursor', message: 'is not a cursor that was given out' });
  });
  return { httpStatus: 200, body: { items: items.map(toActionAnswer), nextCursor } };
}

export const listOrderActionsEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/orders/{id}/actions',
  operationId: 'listOrderActions',
  tag: 'Operations',
  summary: 'List what people did to an order',
  permission: 'actions:read',
  params: z.strictObject({ id: orderId }),
  query: z.strictObject(page),
  answers: {
    200: { description: 'The newest first; the last page has no `nextCursor`', schema: operatorActionPage },
  },
  errors: ['NOT_FOUND'],
  handle: async ({ params, query, principal }, dependencies) => {
    await findOwnOrder(params.id, principal, dependencies);
    return pageAnswer(dependencies.repositories.operatorActions.list({ ...query, orderId: params.id }));
  },
});

export const listActionsEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/actions',
  operationId: 'listActions',
  tag: 'Operations',
  summary: 'List what people did to orders',
  permission: 'actions:read',
  query: z.strictObject({
    ...page,
    actor: text(128).optional().meta({ description: 'A principal.', example: 'key:demo-operator' }),
    action: actionName.optional(),
    bulkId: bulkId.optional(),
    since: instant.optional(),
  }),
  answers: {
    200: { description: 'The newest first; the last page has no `nextCursor`', schema: operatorActionPage },
  },
  handle: async ({ query }, { repositories }) => pageAnswer(repositories.operatorActions.list(query)),
});

export const listApprovalsEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/approvals',
  operationId: 'listApprovals',
  tag: 'Operations',
  summary: 'List actions that wait for a second person',
  description:
    'Also those that were agreed to and whose end is not recorded: agree again to have them carried out.',
  permission: 'actions:read',
  query: z.strictObject(page),
  answers: {
    200: { description: 'The oldest first; the last page has no `nextCursor`', schema: operatorActionPage },
  },
  handle: async ({ query }, { repositories }) => pageAnswer(repositories.operatorActions.listAwaiting(query)),
});
