import { z } from 'zod';
import { CatalogueError } from '../../../domain/errors.ts';
import { stateOf } from '../../../domain/operations/actions.ts';
import type { RecordedAction } from '../../../../db/repositories/operator-actions.repository.ts';
import type { Principal } from '../../auth/principal.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { defineCommand } from '../../http/endpoint.ts';
import { text } from '../../http/fields.ts';
import { findOwnOrder } from '../../orders/find-own-order.ts';
import { actionNotPossible } from '../../../operations/action-errors.ts';
import { actionId, operatorAction, toActionAnswer } from './action.schema.ts';
import { finishAndAnswer, requestOf } from './operate-order.handler.ts';

const decisionBody = z
  .strictObject({
    decision: z.enum(['approve', 'decline']),
    reason: text(200).meta({ description: 'Why; kept for ever, so no personal data.' }),
  })
  .meta({ id: 'DecideApproval' });

export const decideApprovalEndpoint = defineCommand({
  method: 'post',
  path: '/v1/ops/approvals/{actionId}/decisions',
  operationId: 'decideApproval',
  tag: 'Operations',
  summary: 'Agree to an action of another person, or decline it',
  description:
    'Never by the one who asked for it. What is agreed to is carried out at once; the first of several decisions counts.',
  permission: 'actions:approve',
  params: z.strictObject({ actionId }),
  body: decisionBody,
  answers: {
    200: { description: 'The action with what became of it', schema: operatorAction },
    202: {
      description:
        'Agreed to, and another company has not answered yet; a repetition tells what became of it',
      schema: operatorAction,
    },
  },
  errors: ['NOT_FOUND', 'ACTION_NOT_POSSIBLE'],
  handle: async ({ params, body, principal, note }, dependencies) => {
    const before = await findAction(params.actionId, dependencies);
    note({ orderId: before.orderId, workflowId: before.orderId });
    if (before.actor === principal.id)
      throw new CatalogueError('FORBIDDEN', 'Another person than the one who asked for it has to decide.');
    const outcome = body.decision === 'approve' ? 'approved' : 'declined';
    const decision = { actionId: before.id, outcome, actor: principal.id, role: principal.role } as const;
    await dependencies.repositories.operatorActions.decide({ ...decision, detail: body.reason });
    const action = await findAction(params.actionId, dependencies);
    const decided = action.outcomes.find((one) => one.outcome === 'approved' || one.outcome === 'declined');
    if (decided === undefined)
      throw actionNotPossible('not_pending', 'The action does not wait for a second person.', []);
    if (decided.outcome !== outcome)
      throw actionNotPossible(
        'decided_already',
        `${decided.actor} has decided before: ${decided.outcome}.`,
        [],
      );
    return outcome === 'declined' || isOver(action)
      ? { httpStatus: 200, body: toActionAnswer(action) }
      : carryOutApproved(action, principal, dependencies);
  },
});

function isOver({ outcomes }: RecordedAction): boolean {
  const state = stateOf(outcomes.map(({ outcome }) => outcome));
  return state !== 'approved';
}

async function carryOutApproved(action: RecordedAction, principal: Principal, dependencies: ApiDependencies) {
  const order = await findOwnOrder(action.orderId, principal, dependencies);
  const facts = await dependencies.repositories.operatorActions.readFacts(order.id);
  return finishAndAnswer({ action, request: requestOf(action), order, facts, doer: principal, dependencies });
}

async function findAction(id: string, { repositories }: ApiDependencies): Promise<RecordedAction> {
  const action = await repositories.operatorActions.find(id);
  if (action === null) throw new CatalogueError('NOT_FOUND', 'There is no action with this id.');
  return action;
}
