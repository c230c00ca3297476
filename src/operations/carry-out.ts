import type { RecordedAction } from '../../db/repositories/operator-actions.repository.ts';
import { CatalogueError, unavailable } from '../domain/errors.ts';
import { refundableMinor } from '../domain/operations/action-money.ts';
import { possibleActions, type ActionFacts } from '../domain/operations/action-plan.ts';
import { refundIdOf, type ActionName, type ActionRequest } from '../domain/operations/actions.ts';
import type { OrderView } from '../domain/orders/order.ts';
import {
  OPERATE_ORDER_UPDATE,
  type OperateOrderInput,
  type OperateOrderResult,
  type OrderOperation,
} from '../workflows/orders/operate-order.contract.ts';
import { actionNotPossible, refusedAction } from './action-errors.ts';
import { cancelOrder } from './cancel-order.ts';
import type { Doer, OperationDependencies } from './dependencies.ts';
import type { CarriedOut } from './record-outcome.ts';
import { refundOrder } from './refund-order.ts';
import { updateOrder } from './update-order.ts';

/** What an action is carried out upon. */
export interface ActionContext {
  readonly action: RecordedAction;
  readonly request: ActionRequest;
  readonly order: OrderView;
  readonly facts: ActionFacts;
  /** Who has it carried out: who asked, or the second person. */
  readonly doer: Doer;
  readonly dependencies: OperationDependencies;
}

/**
 * Has the order's workflow do it. Everything has an id that follows from the action's, so that a repetition joins the first
 * request, whoever makes it.
 *
 * @throws CatalogueError ACTION_NOT_POSSIBLE with what is possible instead; UNAVAILABLE when nobody answered in time
 */
export async function carryOut(context: ActionContext): Promise<CarriedOut<unknown>> {
  const { action, request, order, dependencies } = context;
  const origin = { actor: action.actor, requestId: action.requestId };
  const { reason } = action;
  switch (request.action) {
    case 'cancel': {
      const updateId = action.id.replace(/^act_/, 'cmd_');
      const cancelling = cancelOrder(order, updateId, { ...origin, reason }, dependencies);
      return withPossible(context, cancelling);
    }
    case 'refund': {
      const { by: asked, restock } = request;
      const by = 'full' in asked ? { amountMinor: refundableMinor(order) } : asked;
      const input = { ...origin, refundId: refundIdOf(action.id), by, reason, restock };
      return withPossible(context, refundOrder(order, input, dependencies));
    }
    default:
      return operateOrder(context, { ...origin, actionId: action.id, operation: request });
  }
}

async function operateOrder(
  context: ActionContext,
  input: OperateOrderInput & { readonly operation: OrderOperation },
): Promise<CarriedOut<null>> {
  const update = { name: OPERATE_ORDER_UPDATE, id: input.actionId, input };
  const result = await updateOrder<OperateOrderResult, OperateOrderInput>(
    context.order.id,
    update,
    context.dependencies,
  );
  if (typeof result === 'string')
    throw unavailable('The order could not be asked in time. Send it again with the same Idempotency-Key.');
  if (result.kind === 'refused') throw refusedAction(result.why, undefined, otherActions(context));
  return { value: null, outcome: { outcome: 'done', detail: result.detail } };
}

/** A refusal in the words of the older endpoints, as one of an action. */
async function withPossible<Value>(context: ActionContext, work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    const isRefusal =
      error instanceof CatalogueError &&
      (error.code === 'NOT_CANCELLABLE' || error.code === 'NOT_REFUNDABLE');
    if (!isRefusal) throw error;
    throw actionNotPossible(reasonOf(error), error.message, otherActions(context));
  }
}

function reasonOf({ extensions }: CatalogueError): string {
  const { reason } = extensions;
  return typeof reason === 'string' ? reason : 'status';
}

/** The rows may be a moment behind the workflow that has just refused it. */
function otherActions({ request, order, facts }: ActionContext): readonly ActionName[] {
  return possibleActions(order, facts).filter((action) => action !== request.action);
}
