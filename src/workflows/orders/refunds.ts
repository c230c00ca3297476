/**
 * Refunds that are asked for, by the workflow that is open for the order: its own, or one that amends it afterwards.
 */
import { ApplicationFailure, CancellationScope, defineUpdate, setHandler } from '@temporalio/workflow';
import { refundOperationKey } from '../../domain/ids.ts';
import { Mutex } from '../shared/mutex.ts';
import type { Steps } from '../shared/steps.ts';
import {
  REFUND_ORDER_UPDATE,
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

const refundOrder = defineUpdate<RefundOrderResult, [RefundOrderInput]>(REFUND_ORDER_UPDATE);

/** Takes refund requests, one after the other, so that each sees what the one before has claimed. */
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
