import { z } from 'zod';
import { CatalogueError } from '../../../domain/errors.ts';
import { defineCommand } from '../../http/endpoint.ts';
import { text } from '../../http/fields.ts';
import { bulkId } from '../actions/action.schema.ts';
import { bulkNotPossible } from './bulk-errors.ts';
import { bulkAction } from './bulk.schema.ts';
import { beginBulk, findBulk } from './run-bulk.ts';
import { bulkAnswer } from './start-bulk.handler.ts';

const decisionBody = z
  .strictObject({
    decision: z.enum(['approve', 'decline']),
    reason: text(200).meta({ description: 'Why; kept for ever, so no personal data.' }),
  })
  .meta({ id: 'DecideBulk' });

export const decideBulkEndpoint = defineCommand({
  method: 'post',
  path: '/v1/ops/bulk/{id}/decisions',
  operationId: 'decideBulk',
  tag: 'Operations',
  summary: 'Agree to a bulk of another person, or decline it',
  description:
    'Never by the one who asked for it. What is agreed to begins at once; the first of several decisions counts.',
  permission: 'actions:approve',
  params: z.strictObject({ id: bulkId }),
  body: decisionBody,
  answers: {
    202: {
      description: 'The bulk, which has begun, or which is declined',
      headers: { Location: 'The address of the bulk' },
      schema: bulkAction,
    },
  },
  errors: ['NOT_FOUND', 'BULK_NOT_POSSIBLE'],
  handle: async ({ params, body, principal, note }, dependencies) => {
    note({ workflowId: params.id });
    const before = await findBulk(params.id, dependencies);
    if (before.actor === principal.id)
      throw new CatalogueError('FORBIDDEN', 'Another person than the one who asked for it has to decide.');
    const step = body.decision === 'approve' ? 'approved' : 'declined';
    const { id: actor, role } = principal;
    await dependencies.repositories.bulkActions.decide({
      bulkId: before.id,
      step,
      actor,
      role,
      detail: body.reason,
    });
    const bulk = await findBulk(before.id, dependencies);
    const decided = bulk.steps.find((one) => ['approved', 'declined', 'withdrawn'].includes(one.step));
    if (decided === undefined) throw bulkNotPossible('not_pending');
    if (decided.step !== step)
      throw bulkNotPossible('decided_already', `${decided.actor} has decided: ${decided.step}.`);
    await beginBulk(bulk, dependencies);
    return bulkAnswer(bulk.id, dependencies);
  },
});
