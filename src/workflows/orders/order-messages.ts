/**
 * What others can say to the workflow of an order, and ask of it. Every handler only leaves word, or waits for what the
 * story decides; none of them acts on the order itself but refunds, which stand beside the story, and operators' changes, for
 * which the story waits.
 */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { REVIEW_DECISIONS } from '../../domain/fraud/review.ts';
import type { OrderRun } from './order-run.ts';
import {
  CANCEL_ORDER_UPDATE,
  ORDER_PROGRESS_QUERY,
  PAYMENT_SETTLED_SIGNAL,
  PLACE_ORDER_UPDATE,
  REVIEW_ORDER_UPDATE,
  SHIPMENT_MOVED_SIGNAL,
  type CancelOrderInput,
  type CancelOrderResult,
  type OrderProgress,
  type PaymentSettled,
  type PlaceOrderResult,
  type ReviewOrderInput,
  type ReviewOrderResult,
  type ShipmentMoved,
} from './process-order.contract.ts';
import { takeOperations } from './operations.ts';
import { takeRefunds } from './refunds.ts';

const placeOrder = defineUpdate<PlaceOrderResult>(PLACE_ORDER_UPDATE);
const cancelOrder = defineUpdate<CancelOrderResult, [CancelOrderInput]>(CANCEL_ORDER_UPDATE);
const reviewOrder = defineUpdate<ReviewOrderResult, [ReviewOrderInput]>(REVIEW_ORDER_UPDATE);
const shipmentMoved = defineSignal<[ShipmentMoved]>(SHIPMENT_MOVED_SIGNAL);
const paymentSettled = defineSignal<[PaymentSettled]>(PAYMENT_SETTLED_SIGNAL);
const orderProgress = defineQuery<OrderProgress>(ORDER_PROGRESS_QUERY);

/** Sets all handlers. Called before anything is awaited, so that no message finds the door closed. */
export function takeMessages(order: OrderRun): void {
  setHandler(placeOrder, () =>
    CancellationScope.nonCancellable(async () => {
      await condition(() => order.decision !== null);
      const { decision } = order;
      if (decision === null || decision instanceof Error) throw decision ?? new Error('Nothing was decided');
      return decision;
    }),
  );
  setHandler(cancelOrder, (request) => CancellationScope.nonCancellable(() => order.askToCancel(request)));
  setHandler(reviewOrder, (request) => CancellationScope.nonCancellable(() => order.review.decide(request)), {
    validator: refuseMalformedDecision,
  });
  takeRefunds({
    orderId: order.input.orderId,
    correlationId: order.input.correlationId,
    steps: order.steps,
    notifyRefunded: (refundId) => order.mail('refunded', refundId),
  });
  takeOperations({
    orderId: order.input.orderId,
    steps: order.steps,
    mail: (template, subjectId, resent) => order.mail(template, subjectId, resent),
    story: order,
  });
  setHandler(shipmentMoved, (message) => {
    order.parcels.tell(message);
  });
  setHandler(paymentSettled, ({ operationKey }) => order.steps.operationSettled(operationKey));
  setHandler(orderProgress, () => order.progress);

  // An operator who requests a cancellation in Temporal's pages means the order, with all that it has taken.
  CancellationScope.current().cancelRequested.catch(() =>
    order.alongside(async () => {
      await order.askToCancel({
        reason: 'requested through Temporal',
        actor: 'temporal',
        requestId: `temporal-cancel:${workflowInfo().runId}`,
      });
    }),
  );
}

/** Synchronous, as the SDK ignores what an asynchronous validator says. @throws ApplicationFailure when malformed */
function refuseMalformedDecision({ decision }: ReviewOrderInput): void {
  if (!REVIEW_DECISIONS.includes(decision))
    throw ApplicationFailure.nonRetryable('decision must be approve or reject', 'INVALID_REQUEST');
}
