/**
 * The life of an order, from top to bottom as the business tells it:
 *
 *   reserve → screen → authorize → confirmed → fulfil → capture → notify → shipped → delivered → return window → completed
 *
 * Whatever a step takes is given back when the order ends before its parcels leave. The story never waits for the messages
 * that ask for its outcome; they wait for what the story decides.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  sleep,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { AttentionCode } from '../../domain/orders/attention.ts';
import type { Rejection } from '../../domain/orders/order.ts';
import { isTerminal, type OrderStatus } from '../../domain/orders/order-status.ts';
import type { RefusalType } from '../../domain/orders/step-failure.ts';
import type { ParcelStatus } from '../../domain/shipping/parcel-tracking.ts';
import { refusalIn, type StepOptions } from '../shared/steps.ts';
import { takeMessages } from './order-messages.ts';
import { OrderRun } from './order-run.ts';
import { authorize, capture, expectHold, whileHeld } from './order-payment.ts';
import { screen, toScreenOf } from './order-screening.ts';
import { fulfil } from './order-parcels.ts';
import { releaseStock, stopParcels } from './order-undos.ts';
import { waitForAPerson, whenReleased, withAttention } from './order-waits.ts';
import type { ProcessOrderInput, ProcessOrderResult } from './process-order.contract.ts';

/** A change that only our own database has to take. */
const RECORD = { attention: 'RECORD_UNRESOLVED', quickly: true } as const satisfies Partial<StepOptions>;

export async function processOrder(input: ProcessOrderInput): Promise<ProcessOrderResult> {
  const order = new OrderRun(input, toScreenOf(input));
  return conduct(order, () => reserve(order, input));
}

/**
 * Brings an order to its end, whatever comes in between.
 *
 * @param begin what comes before the order can be carried on; it may find that the order has ended
 */
export async function conduct(order: OrderRun, begin: () => Promise<void>): Promise<ProcessOrderResult> {
  takeMessages(order);
  const status = await CancellationScope.nonCancellable(() => tellStory(order, begin)).catch(
    (error: unknown) => {
      if (!(error instanceof TemporalFailure)) throw error;
      // A failure that nobody expected is a mistake of ours: the workflow task waits for a fix, and the order is not lost.
      throw new Error('A step ended in a way that the story does not know', { cause: error });
    },
  );
  order.endCancellability();
  order.review.close();
  await CancellationScope.nonCancellable(() => condition(() => order.isIdle && allHandlersFinished()));
  if (order.decision instanceof Error) throw order.decision;
  order.show();
  return { status };
}

async function tellStory(order: OrderRun, begin: () => Promise<void>): Promise<OrderStatus> {
  try {
    await begin();
    if (isTerminal(order.status)) return order.status;
    while (
      !order.parcels.hasLeft &&
      (await order.untilCancelled(() => untilAParcelLeaves(order))) === 'cancelled'
    ) {
      if (await cancel(order)) return order.status;
    }
  } catch (error) {
    return reject(order, error);
  }
  order.endCancellability();
  await follow(order, 'shipped', order.shipByMs, 'SHIPMENT_LATE');
  order.mail('shipped');
  await follow(order, 'delivered', Date.now() + order.input.deadlines.deliverWithinMs, 'DELIVERY_LATE');
  await complete(order);
  return order.status;
}

/** The part that a cancellation can end. It is taken up where it was left when the cancellation comes too late. */
async function untilAParcelLeaves(order: OrderRun): Promise<void> {
  const { toScreen } = order;
  if (toScreen !== null) await order.once('screen', () => screen(order, toScreen));
  else order.announce('Screening');
  await order.once('authorize', () => whenReleased(order, () => authorize(order)));
  order.decide('confirmed');
  await order.once('payment', () =>
    whileHeld(order, async () => {
      await order.once('fulfil', () => whenReleased(order, () => fulfil(order)));
      await order.once('capture', () => whenReleased(order, () => capture(order)));
    }),
  );
  await order.once('notify', async () => order.mail('confirmed'));
  await untilTold(order, 'shipped', order.shipByMs, 'SHIPMENT_LATE');
}

/** Writes the order down and takes its stock. Not cancellable, so that there is an order to cancel afterwards. */
export async function reserve(order: OrderRun, input: ProcessOrderInput): Promise<void> {
  order.announce('Reserving stock');
  const { principalId, fingerprint, customerId, currency, totalMinor, lines, shipTo, contact, deadlines } =
    input;
  const placed = {
    ...order.reference(),
    // The first run's id stays the same when an operator resets the workflow to an earlier point.
    workflowRunId: workflowInfo().firstExecutionRunId,
    paymentMethod: input.payment.method,
    principalId,
    fingerprint,
    customerId,
    currency,
    totalMinor,
    lines,
    shipTo,
    contact,
    deadlines,
    isScreened: order.toScreen !== null,
  };
  const take = () =>
    order.steps.run((activities, again) => activities.reserveStock(placed, ...again), {
      summary: 'Reserve stock for every line',
      attention: null,
      quickly: true,
    });
  await order.saga.step('stock', take, (onStuck) => releaseStock(order, onStuck));
  order.status = 'reserved';
  expectHold(order);
}

/** Writes down what the carrier tells until every parcel is at `goal`. */
async function follow(
  order: OrderRun,
  goal: ParcelStatus,
  deadlineMs: number,
  late: AttentionCode,
): Promise<void> {
  while (!order.parcels.isComplete(goal)) {
    await untilTold(order, goal, deadlineMs, late);
    const change = order.parcels.nextChange(goal);
    if (change === null) continue;
    const { messageId, ...moved } = change;
    const record = { ...order.reference(messageId), ...moved };
    order.stands(
      await order.steps.run((activities) => activities.recordShipmentMoved(record), {
        ...RECORD,
        summary: `Parcel ${change.status}`,
      }),
    );
    order.parcels.record(change);
  }
}

/** Waits for the carrier's next news on the way to `goal`. After the deadline a person is told, and it waits on. */
async function untilTold(
  order: OrderRun,
  goal: ParcelStatus,
  deadlineMs: number,
  late: AttentionCode,
): Promise<void> {
  const isTold = (): boolean => order.parcels.nextChange(goal) !== null;
  if (isTold()) return;
  order.announce(
    goal === 'shipped' ? 'Waiting for the carrier to take the parcels' : 'On the way',
    deadlineMs,
  );
  order.show();
  const leftMs = deadlineMs - Date.now();
  const summary = `Every parcel ${goal} by now`;
  if (leftMs > 0 && (await condition(isTold, leftMs, { summary }))) return;
  await withAttention(order, late, () => condition(isTold));
}

async function complete(order: OrderRun): Promise<void> {
  order.announce('Return window', Date.now() + order.input.deadlines.returnWindowMs);
  order.show();
  await sleep(order.input.deadlines.returnWindowMs, { summary: 'Return window' });
  order.stands(
    await order.steps.run((activities) => activities.recordCompletion(order.reference()), {
      ...RECORD,
      summary: 'The order is complete',
    }),
  );
  order.announce('Completed');
}

/** Refusals before confirmation; each carries the rejection of the order. */
const ENDS_ORDER: readonly RefusalType[] = ['OUT_OF_STOCK', 'PAYMENT_DECLINED', 'FRAUD_REFUSED'];

/** The order ends before it was confirmed: everything is given back, and only then is it said. */
async function reject(order: OrderRun, error: unknown): Promise<OrderStatus> {
  const refused = refusalIn(error);
  if (refused?.type === 'ORDER_OWNED_BY_ANOTHER_RUN') {
    order.decision = ApplicationFailure.nonRetryable('Another run owns this order', refused.type);
    return order.status;
  }
  if (refused === null || !ENDS_ORDER.includes(refused.type)) throw error;
  order.isRejecting = true;
  order.announce('Rejecting');
  const rejection = refused.details as Rejection;
  if (refused.type === 'OUT_OF_STOCK') {
    order.status = 'rejected';
  } else {
    await order.saga.undoAll();
    const input = { ...order.reference(), rejection };
    const options = { ...RECORD, quickly: false, summary: 'The order is rejected' };
    order.stands(await order.steps.run((activities) => activities.recordRejection(input), options));
  }
  if (isToldByMail(order)) order.mail('rejected');
  order.decide('rejected', rejection);
  order.announce('Rejected');
  return order.status;
}

/**
 * Whether whoever asked was told to wait, or may have been: for half of the time that the answer has, starting the run and
 * bringing the answer back may be to blame. A mail too many does no harm.
 */
function isToldByMail({ decision, input: { answerWithinMs } }: OrderRun): boolean {
  if (answerWithinMs === undefined) return false;
  return decision !== null || Date.now() - workflowInfo().startTime.getTime() >= answerWithinMs / 2;
}

/** @returns false when a parcel left first: then nothing was given back, and the order goes on */
async function cancel(order: OrderRun): Promise<boolean> {
  order.announce('Cancelling');
  order.review.close();
  if (order.cancelRequest === null) throw new Error('Nobody asked to cancel');
  const { reason, requestId } = order.cancelRequest;
  // Only the carrier knows whether it is too late, so it is asked before anything is given back.
  const parcels = await stopParcels(order);
  if (parcels === 'partly') await waitForAPerson(order, 'CANCEL_PARTLY_LOST');
  if (parcels !== 'cancelled') {
    order.refuseCancellation();
    return false;
  }
  const started = { ...order.reference(requestId), reason };
  const options = { ...RECORD, quickly: false };
  order.stands(
    await order.steps.run((activities) => activities.recordCancellationStarted(started), {
      ...options,
      summary: 'The order is being cancelled',
    }),
  );
  if (order.status !== 'cancelling') throw new Error(`A cancellation began in status ${order.status}`);
  await order.saga.undoAll();
  order.stands(
    await order.steps.run((activities) => activities.recordCancelled(order.reference(requestId)), {
      ...options,
      summary: 'The order is cancelled',
    }),
  );
  order.decide('cancelled');
  order.mail('cancelled');
  order.announce('Cancelled');
  return true;
}
