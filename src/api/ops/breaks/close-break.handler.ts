import { CatalogueError } from '../../../domain/errors.ts';
import { defineCommand } from '../../http/endpoint.ts';
import { breakParams, closeBreakBody, reconciliationBreak, toBreakAnswer } from './break.schema.ts';

/** Explaining and settling differ in what becomes of the break only. */
function closeBreakEndpoint(
  state: 'explained' | 'settled',
  description: Pick<Parameters<typeof defineCommand>[0], 'path' | 'operationId' | 'summary' | 'description'>,
) {
  return defineCommand({
    method: 'post',
    ...description,
    tag: 'Operations',
    permission: 'breaks:close',
    params: breakParams,
    body: closeBreakBody,
    answers: { 200: { description: 'The break as it is now', schema: reconciliationBreak } },
    errors: ['NOT_FOUND'],
    handle: async ({ params, body, principal }, { repositories }) => {
      const decision = { id: params.id, state, note: body.note, actor: principal.id };
      const closed = await repositories.reconciliation.close(decision);
      if (closed === null) throw new CatalogueError('NOT_FOUND', 'There is no break with this id.');
      return { httpStatus: 200, body: toBreakAnswer(closed) };
    },
  });
}

export const explainBreakEndpoint = closeBreakEndpoint('explained', {
  path: '/v1/ops/breaks/{id}/explain',
  operationId: 'explainBreak',
  summary: 'Say why a difference is there',
  description:
    'It stays explained for as long as it is there, and calls nobody any more. A settled break is answered as it is.',
});

export const settleBreakEndpoint = closeBreakEndpoint('settled', {
  path: '/v1/ops/breaks/{id}/settle',
  operationId: 'settleBreak',
  summary: 'Say that a difference is over',
  description:
    'The next comparison that finds it again opens it again. One that has gone is settled without anybody saying so.',
});
