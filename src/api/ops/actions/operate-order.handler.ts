import { z } from 'zod';
import { needsSecondPerson } from '../../../domain/operations/action-money.ts';
import { planAction } from '../../../domain/operations/action-plan.ts';
import {
  ACTION_NAMES,
  ACTIONS,
  stateOf,
  type ActionName,
  type ActionRequest,
} from '../../../domain/operations/actions.ts';
import type { OrderView } from '../../../domain/orders/order.ts';
import { refundableMinor } from '../../../domain/operations/action-money.ts';
import type { RecordedAction } from '../../../../db/repositories/operator-actions.repository.ts';
import type { Principal } from '../../auth/principal.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { defineCommand, defineEndpoint, type Answer, type Endpoint } from '../../http/endpoint.ts';
import { orderId } from '../../http/fields.ts';
import { findOwnOrder } from '../../orders/find-own-order.ts';
import { finishAction, judgeByRows } from '../../../operations/act-upon-order.ts';
import { actionNotPossible, refusedAction } from '../../../operations/action-errors.ts';
import type { ActionContext } from '../../../operations/carry-out.ts';
import { operatorAction, plannedAction, toActionAnswer, toPlanAnswer } from './action.schema.ts';
import { ACTION_BODIES } from './operate-order.schema.ts';
import { askAction, type AskedNow } from './record-action.ts';
import { awaitSecondPerson, mayNeedSecondPerson } from './second-person.ts';

const params = z.strictObject({ id: orderId });
const query = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: '`true`: says what would happen, and changes nothing.' }),
});

/** One address for each action, so that each has a body of its own. */
export const operateOrderEndpoints: readonly Endpoint[] = ACTION_NAMES.map(operateOrderEndpoint);

function operateOrderEndpoint(action: ActionName): Endpoint {
  const { schema, toRequest } = ACTION_BODIES[action];
  const description = {
    method: 'post',
    path: `/v1/ops/orders/{id}/actions/${action}`,
    operationId: `operate${action.replaceAll(/(?:^|_)(\w)/g, (_match, letter: string) => letter.toUpperCase())}`,
    tag: 'Operations',
    summary: ACTIONS[action].summary,
    description:
      'Written down before it is done, and what became of it afterwards. A refusal says why, and what is possible instead.',
    permission: 'actions:run',
    params,
    query,
    body: schema,
    answers: {
      200: {
        description: 'The action with what became of it; with `dryRun=true` what would become of it',
        schema: z.union([operatorAction, plannedAction]),
      },
      202: {
        description:
          'It waits for a second person, or for another company; a repetition tells what became of it',
        schema: operatorAction,
      },
    },
    errors: ['NOT_FOUND', 'ACTION_NOT_POSSIBLE'],
  } as const;
  const command = defineCommand({
    ...description,
    handle: async (received, dependencies) => {
      const { body, principal, note } = received;
      const { id } = received.params;
      note({ orderId: id, workflowId: id });
      const order = await findOwnOrder(id, principal, dependencies);
      const request = resolved(toRequest(body), order);
      const asked = await askAction({ orderId: id, reason: body.reason, request }, received, dependencies);
      return takeAction(asked, request, order, principal, dependencies);
    },
  });
  const preview = defineEndpoint({
    ...description,
    handle: async ({ params: { id }, body, principal }, dependencies) => {
      const order = await findOwnOrder(id, principal, dependencies);
      return previewAction(resolved(toRequest(body), order), order, dependencies);
    },
  });
  // A preview is never kept for a key: the request that is meant comes after it, with the same one.
  return {
    ...command,
    handle: (request, dependencies) =>
      isDryRun(request.query) ? preview.handle(request, dependencies) : command.handle(request, dependencies),
  };
}

function isDryRun(given: unknown): boolean {
  const parsed = query.safeParse(given);
  return parsed.success && parsed.data.dryRun === 'true';
}

/** All that is left becomes an amount at the time at which it is asked for. */
function resolved(request: ActionRequest, order: OrderView): ActionRequest {
  if (request.action !== 'refund' || !('full' in request.by)) return request;
  return { ...request, by: { amountMinor: refundableMinor(order) } };
}

async function previewAction(
  request: ActionRequest,
  order: OrderView,
  { repositories, environment }: ApiDependencies,
): Promise<Answer> {
  const facts = await repositories.operatorActions.readFacts(order.id);
  const plan = planAction(request, order, facts);
  if (plan.kind === 'refused') throw refusedAction(plan.why, plan.more, plan.possible);
  const mustWait = needsSecondPerson(request, order, facts, environment.APPROVAL_LIMIT_MINOR);
  return { httpStatus: 200, body: toPlanAnswer(order.id, request.action, plan, mustWait) };
}

/**
 * A repetition finds out what became of the first request. Where that is not recorded the workflow is asked again under the
 * same id, and says what it said then; the plan is for the first time only, when nothing can have been done yet.
 */
async function takeAction(
  asked: AskedNow,
  given: ActionRequest,
  order: OrderView,
  principal: Principal,
  dependencies: ApiDependencies,
): Promise<Answer> {
  const state = stateOf(asked.outcomes.map(({ outcome }) => outcome));
  if (state === 'done' || state === 'failed') return { httpStatus: 200, body: toActionAnswer(asked) };
  if (state === 'refused') throw refusedBefore(asked);
  const request = requestOf(asked, given);
  const facts = await dependencies.repositories.operatorActions.readFacts(order.id);
  const context: ActionContext = { action: asked, request, order, facts, doer: principal, dependencies };
  if (asked.isNew) await judgeByRows(context);
  const pending = await awaitSecondPerson({
    action: asked,
    isNeeded: () => mayNeedSecondPerson(asked, request, order, facts, principal, dependencies),
    principal,
    dependencies,
  });
  return pending ?? finishAndAnswer(context);
}

/** Carries it out and answers the action as it then is. */
export async function finishAndAnswer(context: ActionContext): Promise<Answer> {
  const answer = toActionAnswer(await finishAction(context));
  const isOver = answer.state === 'done' || answer.state === 'failed';
  return { httpStatus: isOver ? 200 : 202, body: answer, keep: isOver };
}

/** What was asked for first counts; of an address that is its digest, so it is taken from the request, which is the same one. */
export function requestOf(action: RecordedAction, given?: ActionRequest): ActionRequest {
  if (given !== undefined && action.action === 'change_address') return given;
  // Written by askAction from a request of this type.
  return { action: action.action, ...action.input } as ActionRequest;
}

function refusedBefore(action: RecordedAction): Error {
  const refused = action.outcomes.find(({ outcome }) => outcome === 'refused');
  return actionNotPossible('refused', refused?.detail ?? 'It was refused.', []);
}
