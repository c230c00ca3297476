/**
 * Refund: money that was charged goes back. It has no undo of its own; what was given back is not taken again.
 */
import type { OrderRef, RefundRequest } from '../../../db/repositories/orders.repository.ts';
import { callOnce } from '../shared/call-provider.ts';
import type { ActivityDependencies } from '../shared/dependencies.ts';

type Dependencies = Pick<ActivityDependencies, 'orders' | 'payments'>;

export type RefundPaymentResult =
  | { readonly kind: 'succeeded' | 'failed' }
  | { readonly kind: 'nothing_to_refund' }
  | {
      readonly kind: 'refused';
      readonly reason:
        'not_captured' | 'exceeds_captured' | 'exceeds_line_quantity' | 'unknown_line' | 'not_shipped';
      readonly refundableMinor: number;
    };

/**
 * Claims the money against what was charged, asks the provider, and records what it said. Operation key: derived from the
 * refund id and stored by the claim. Safe to repeat with the same refund id.
 *
 * @returns `refused` when the claim is not possible (nothing was written), `failed` when the provider definitely refused
 * @throws PROVIDER_UNAVAILABLE, PAYMENT_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export async function refundPayment(
  deps: Dependencies,
  request: RefundRequest,
  mayHaveRun: boolean,
): Promise<RefundPaymentResult> {
  const started = await deps.orders.startRefund(request);
  if (started.kind !== 'started') return started;
  const { operationKey, captureKey, amountMinor, currency } = started;
  const { orderId, cause, refundId } = request;
  const result = await callOnce(deps, { orderId, operationKey, mayHaveRun }, () =>
    deps.payments.refund({
      operationKey,
      orderId,
      amount: { amountMinor, currency },
      captureKey,
    }),
  );
  const order: OrderRef = { orderId, cause };
  if (result.kind === 'declined') {
    await deps.orders.recordRefundFailed({ ...order, refundId, operationKey, failureCode: result.reason });
    return { kind: 'failed' };
  }
  const providerReference = result.operation.id;
  await deps.orders.recordRefunded({ ...order, refundId, operationKey, providerReference });
  return { kind: 'succeeded' };
}
