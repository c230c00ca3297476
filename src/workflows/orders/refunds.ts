/**
 * Refunds that are asked for, and refunds that fail after all, by the workflow that is open for the order: its own, or one
 * that amends it afterwards.
 */
import {
  ApplicationFailure,
  CancellationScope,
  defineSignal,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow';
import { refundOperationKey, repeatedRefundId } from '../../domain/ids.ts';
import { ORDER_TRANSITIONS, type OrderStatus } from '../../domain/orders/order-status.ts';
import type { ReturnRefundResult } from '../../activities/payments/return-refund.activity.ts';
import { Mutex } from '../shared/mutex.ts';
import type { Steps } from '../shared/steps.ts';
import {
  REFUND_FAILED_SIGNAL,
  REFUND_ORDER_UPDATE,
  type RefundFailed,
  type RefundOrderInput,
  type RefundOrderResult,
} from './process-order.contract.ts';

export interface RefundContext {
  readonly orderId: string;
  readonly correlationId: string;
  readonly steps: Steps;
  /** Tells the customer, beside everything else. */
  readonly notifyRefunded: (refundId: string) => void;
  /** Called for each request that is taken. */
  readonly onRequest?: () => void;
}

/** How long to wait before a refused refund is tried under a new key. */
export const REFUSED_REFUND_INTERVAL = '1 hour';
/** Of an order that ends so everything goes back, whoever asks for it. */
const GIVEN_UP: readonly OrderStatus[] = [ORDER_TRANSITIONS.start_cancelling.to, ORDER_TRANSITIONS.cancel.to];

const refundFailed = defineSignal<[RefundFailed]>(REFUND_FAILED_SIGNAL);
const refundOrder = defineUpdate<RefundOrderResult, [RefundOrderInput]>(REFUND_ORDER_UPDATE);

/** Takes refund requests and news of them, one after the other, so that each sees what the one before has claimed. */
export function takeRefunds(context: RefundContext): void {
  const mutex = new Mutex();
  setHandler(
    refundOrder,
    (request) => {
      context.onRequest?.();
      return mutex.run(() => CancellationScope.nonCancellable(() => refund(context, request)));
    },
    { validator: refuseMalformedRefund },
  );
  setHandler(refundFailed, async (notice) => {
    context.onRequest?.();
    // A refund that still waits for its answer gets it by asking, and is recorded before what became of it later.
    context.steps.operationSettled(notice.operationKey);
    await CancellationScope.nonCancellable(async () => {
      const failed = await mutex.run(() => takeBack(context, notice));
      if (failed.kind === 'due' && GIVEN_UP.includes(failed.status)) {
        await refundAgain(context, failed.refundId, notice.messageId);
      }
    });
  });
}

function takeBack(
  { orderId, correlationId, steps }: RefundContext,
  { operationKey, messageId }: RefundFailed,
): Promise<ReturnRefundResult> {
  const cause = { correlationId, causationId: messageId };
  return steps.run((activities) => activities.returnRefund({ orderId, cause, operationKey }), {
    summary: 'A refund has failed after all',
    attention: 'REFUND_UNRESOLVED',
  });
}

/** Gives back whatever is left of a cancelled order's money, under new keys until the provider takes one. */
async function refundAgain(context: RefundContext, failedRefundId: string, messageId: string): Promise<void> {
  const { orderId, correlationId, steps } = context;
  const cause = { correlationId, causationId: messageId };
  for (let refundId = repeatedRefundId(failedRefundId); ; refundId = repeatedRefundId(refundId)) {
    const request = {
      orderId,
      cause,
      refundId,
      by: { remainder: true },
      reason: 'cancelled',
      restock: false,
      actor: 'workflow',
    } as const;
    const { kind } = await steps.run((activities, again) => activities.refundPayment(request, ...again), {
      summary: `Refund ${refundId}`,
      attention: 'REFUND_UNRESOLVED',
      operationKey: refundOperationKey(refundId),
    });
    if (kind === 'succeeded' || kind === 'nothing_to_refund') return;
    await steps.attention.raise('REFUND_REFUSED');
    await steps.pause(REFUSED_REFUND_INTERVAL, `Refund ${refundId} again`);
    await steps.attention.clear('REFUND_REFUSED');
  }
}

/** Carries out one refund that was asked for. Safe to repeat with the same refund id. */
export async function refund(context: RefundContext, request: RefundOrderInput): Promise<RefundOrderResult> {
  const { orderId, correlationId, steps } = context;
  const { refundId, by, reason, restock, actor, requestId } = request;
  const cause = { correlationId, causationId: requestId };
  const result = await steps.run(
    (activities, again) =>
      activities.refundPayment({ orderId, cause, refundId, by, reason, restock, actor }, ...again),
    {
      summary: `Refund ${refundId}`,
      attention: 'REFUND_UNRESOLVED',
      operationKey: refundOperationKey(refundId),
    },
  );
  if (result.kind === 'nothing_to_refund') {
    return { kind: 'refused', reason: 'exceeds_captured', refundableMinor: 0 };
  }
  if (result.kind === 'refused') return result;
  if (result.kind === 'succeeded') context.notifyRefunded(refundId);
  return { kind: result.kind, refundId };
}

/** Synchronous, as the SDK ignores what an asynchronous validator says. @throws ApplicationFailure when malformed */
export function refuseMalformedRefund(request: RefundOrderInput): void {
  const { by } = request;
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
  const problem =
    'amountMinor' in by
      ? !isCount(by.amountMinor) && 'amountMinor must be a positive integer'
      : (by.lines.length === 0 || by.lines.some((line) => !isCount(line.quantity))) &&
        'lines must be named with positive quantities';
  if (problem !== false) throw ApplicationFailure.nonRetryable(problem, 'INVALID_REQUEST');
  if (!request.refundId.startsWith('ref_')) {
    throw ApplicationFailure.nonRetryable('refundId must begin with ref_', 'INVALID_REQUEST');
  }
}
