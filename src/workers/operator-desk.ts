/** The port through which a bulk acts upon orders: the mechanism of single actions, with what a worker has. */
import type { Client } from '@temporalio/client';
import type { Repositories } from '../../db/repositories/index.ts';
import type { RecordedAction } from '../../db/repositories/operator-actions.repository.ts';
import type { DeskOutcome, DeskTask, OperatorDeskPort } from '../adapters/temporal/operator-desk.port.ts';
import { planAction } from '../domain/operations/action-plan.ts';
import { ACTION_REFUSALS, stateOf, type ActionRequest } from '../domain/operations/actions.ts';
import { requestOfBulk } from '../domain/operations/bulk-action.ts';
import { finishAction, judgeByRows } from '../operations/act-upon-order.ts';
import { readOrder, type Doer, type OperationDependencies } from '../operations/dependencies.ts';
import { conclude, isRefusal, refusalCode } from '../operations/record-outcome.ts';

/** How long the workflow of an order gets to answer. No customer waits. */
const ANSWER_WITHIN_MS = 10_000;

/** @param taskQueue where orders are worked on */
export function createOperatorDesk(
  temporal: Client,
  taskQueue: string,
  { orderReads, operatorActions }: Pick<Repositories, 'orderReads' | 'operatorActions'>,
): OperatorDeskPort {
  const dependencies: OperationDependencies = {
    temporal,
    repositories: { orderReads, operatorActions },
    environment: { CONFIRMATION_DEADLINE_MS: ANSWER_WITHIN_MS, TEMPORAL_TASK_QUEUE: taskQueue },
  };
  return {
    act: async (task) => {
      const request = requestOfBulk(task.request, task.amountMinor);
      const asked = await askFor(task, request, dependencies);
      const before = outcomeOf(asked);
      if (before !== null) return before;
      const doer: Doer = { id: task.actor, role: task.role };
      return request === null
        ? refuseUncounted(asked, doer, dependencies)
        : actAsAsked(asked, request, doer, dependencies);
    },
  };
}

/** The first time it is judged by the rows; after that the order's workflow says again what it said then. */
async function actAsAsked(
  action: RecordedAction & { readonly isNew: boolean },
  request: ActionRequest,
  doer: Doer,
  dependencies: OperationDependencies,
): Promise<DeskOutcome | null> {
  const order = await readOrder(action.orderId, dependencies);
  const facts = await dependencies.repositories.operatorActions.readFacts(order.id);
  const context = { action, request, order, facts, doer, dependencies };
  try {
    if (action.isNew) await judgeByRows(context);
    return outcomeOf(await finishAction(context));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { outcome: 'refused', why: refusalCode(error) };
  }
}

/** Nothing was left of it to be given back when the bulk was asked for; so nothing is, whatever is left now. */
async function refuseUncounted(
  action: RecordedAction,
  doer: Doer,
  dependencies: OperationDependencies,
): Promise<DeskOutcome> {
  const order = await readOrder(action.orderId, dependencies);
  const facts = await dependencies.repositories.operatorActions.readFacts(order.id);
  const plan = planAction({ action: 'refund', by: { full: true }, restock: false }, order, facts);
  const why = plan.kind === 'refused' ? plan.why : 'not_counted';
  await conclude(action, doer, { outcome: 'refused', detail: ACTION_REFUSALS[why], why }, dependencies);
  return { outcome: 'refused', why };
}

function askFor(
  task: DeskTask,
  request: ActionRequest | null,
  { repositories }: OperationDependencies,
): Promise<RecordedAction & { readonly isNew: boolean }> {
  const { actionId: id, orderId, bulkId, actor, role, reason, requestId, keyDigest } = task;
  const { action, ...input } = request ?? task.request;
  const asked = { id, orderId, bulkId, actor, role, reason, requestId, keyDigest, action, input };
  return repositories.operatorActions.ask(asked);
}

/** Null while it has not come to an end. */
function outcomeOf({ outcomes }: RecordedAction): DeskOutcome | null {
  const state = stateOf(outcomes.map(({ outcome }) => outcome));
  const ended = outcomes.find(({ outcome }) => outcome === state);
  if (ended === undefined || (state !== 'done' && state !== 'refused' && state !== 'failed')) return null;
  return { outcome: state, why: ended.why };
}
