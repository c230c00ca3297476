import { CatalogueError, unavailable } from '../domain/errors.ts';
import type { OrderView } from '../domain/orders/order.ts';
import { isTerminal, type OrderStatus } from '../domain/orders/order-status.ts';
import {
  CANCEL_ORDER_UPDATE,
  type CancelOrderInput,
  type CancelOrderResult,
} from '../workflows/orders/process-order.contract.ts';
import { readOrder, type OperationDependencies } from './dependencies.ts';
import type { CarriedOut } from './record-outcome.ts';
import { classifyTemporalFailure, type TemporalFailure } from './temporal-errors.ts';

/** What the workflow said, or why it did not say anything. */
type Decision = CancelOrderResult | TemporalFailure;

/**
 * Asks the order's workflow to cancel. A repetition with the same update id joins the first request.
 *
 * @returns the order, `cancelled` or `cancelling`
 * @throws CatalogueError NOT_CANCELLABLE, UNAVAILABLE
 */
export async function cancelOrder(
  before: OrderView,
  updateId: string,
  input: CancelOrderInput,
  dependencies: OperationDependencies,
): Promise<CarriedOut<OrderView>> {
  const decision = isTerminal(before.status)
    ? 'closed'
    : await askToCancel(before.id, updateId, dependencies, input);
  const view = await readOrder(before.id, dependencies);
  if (view.status !== 'cancelled' && view.status !== 'cancelling') throw refusalOf(view, decision);
  return { value: view, outcome: { outcome: 'done', detail: `The order is ${view.status}.` } };
}

async function askToCancel(
  id: string,
  updateId: string,
  { temporal, environment }: OperationDependencies,
  input: CancelOrderInput,
): Promise<Decision> {
  try {
    return await temporal.withDeadline(Date.now() + environment.CONFIRMATION_DEADLINE_MS, () =>
      temporal.workflow
        .getHandle(id)
        .executeUpdate<CancelOrderResult, [CancelOrderInput]>(CANCEL_ORDER_UPDATE, {
          updateId,
          args: [input],
        }),
    );
  } catch (error) {
    const failure = classifyTemporalFailure(error);
    if (failure === null) throw error;
    return failure;
  }
}

function refusalOf(view: OrderView, decision: Decision): CatalogueError {
  if (typeof decision === 'object' && decision.kind === 'refused') return notCancellable(decision.status);
  if (isTerminal(view.status)) return notCancellable(view.status);
  if (decision === 'no_answer')
    return unavailable('The order could not be asked in time. Send it again with the same Idempotency-Key.');
  if (decision === 'closed')
    return unavailable(
      'The workflow of the order is gone, and the order is being taken up. Send it again with the same Idempotency-Key.',
    );
  return new CatalogueError(
    'INVARIANT_VIOLATED',
    `Order ${view.id} is ${view.status} and its workflow says it is cancelled`,
  );
}

/** Kept, because an order that can no longer be cancelled never can again. */
function notCancellable(status: OrderStatus): CatalogueError {
  const isRefundable = status === 'shipped' || status === 'delivered' || status === 'completed';
  const instead = isRefundable
    ? 'It can be refunded instead: POST /v1/orders/{id}/refunds.'
    : 'Nothing is held for it, so there is nothing to give back.';
  return new CatalogueError('NOT_CANCELLABLE', `The order is ${status}. ${instead}`, {
    extensions: { orderStatus: status, possible: isRefundable ? ['refund'] : [] },
  });
}
