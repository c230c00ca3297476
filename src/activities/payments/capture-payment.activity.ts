/**
 * Capture and giving it back: the money is charged, or all that is left of it is refunded.
 */
import type { OrderChange, OrderRef } from '../../../db/repositories/orders.repository.ts';
import { cancellationRefundId, paymentOperationKey } from '../../domain/ids.ts';
import type { Money } from '../../domain/money.ts';
import { callOnce, recordingUnknown, settled } from '../shared/call-provider.ts';
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';
import { refusal, stopIfGivenUp } from '../shared/failures.ts';
import { refundPayment } from './refund-payment.activity.ts';
import type { PaymentOperation } from '../../adapters/payments/payment.port.ts';

type Dependencies = Pick<ActivityDependencies, 'orders' | 'payments'>;

/**
 * Charges what was held. Operation key: the order's capture key of the present hold, stored when the labels were recorded,
 * or for a later hold before the first call.
 *
 * @param input.attempt number of the authorization that holds the money
 * @throws CAPTURE_REFUSED with the provider's reason (not retried): for example, the hold has expired
 * @throws PROVIDER_UNAVAILABLE, PAYMENT_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export async function capturePayment(
  deps: Dependencies,
  input: OrderRef & { readonly amount: Money; readonly attempt: number },
  mayHaveRun: boolean,
): Promise<OrderStanding> {
  const { orderId, cause, amount, attempt } = input;
  const operationKey = paymentOperationKey(orderId, 'capture', attempt);
  const authorizationKey = paymentOperationKey(orderId, 'authorize', attempt);
  if (attempt > 1) {
    await deps.orders.planOperation({ orderId, key: operationKey, kind: 'capture', subjectId: null });
  }
  const result = await callOnce(deps, { orderId, operationKey, mayHaveRun }, () =>
    deps.payments.capture({ operationKey, orderId, amount, authorizationKey }),
  );
  stopIfGivenUp();
  if (result.kind === 'declined') {
    const { reason: refusalCode, providerReference } = result;
    await deps.orders.recordCaptureRefused({ orderId, operationKey, refusalCode, providerReference });
    throw refusal('CAPTURE_REFUSED', `The provider refuses the capture: ${result.reason}`, result.reason);
  }
  return standingOf(await recordCapture(deps, { orderId, cause }, result.operation));
}

/**
 * Gives back all that was charged and not refunded yet. Safe when nothing was charged. A capture whose answer was lost is
 * looked up and written down first. Refund id and operation key: derived from the order and `attempt`.
 *
 * @param input.attempt 1, and one more only after the provider definitely refused
 * @returns `refused` when the provider definitely refused
 * @throws PROVIDER_UNAVAILABLE, PAYMENT_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export async function giveBackCapture(
  deps: Dependencies,
  input: OrderRef & { readonly attempt: number; readonly reason: string; readonly actor: string },
  mayHaveRun: boolean,
): Promise<{ readonly kind: 'given_back' | 'nothing_charged' | 'refused' }> {
  const { orderId, cause, attempt, reason, actor } = input;
  const payment = await deps.orders.readPayment(orderId);
  if (payment === null) return { kind: 'nothing_charged' };
  if (payment.capturedMinor === 0) {
    const captureKey = paymentOperationKey(orderId, 'capture', payment.authorizationAttempt);
    const unseen = await recordingUnknown(deps, { orderId, operationKey: captureKey }, () =>
      deps.payments.findByKey(captureKey),
    );
    if (unseen === null || settled(unseen).kind === 'declined') return { kind: 'nothing_charged' };
    await recordCapture(deps, { orderId, cause }, unseen);
  }
  const refund = await refundPayment(
    deps,
    {
      orderId,
      cause,
      refundId: cancellationRefundId(orderId, attempt),
      by: { remainder: true },
      reason,
      restock: false,
      actor,
    },
    mayHaveRun,
  );
  return { kind: refund.kind === 'failed' || refund.kind === 'refused' ? 'refused' : 'given_back' };
}

function recordCapture(
  deps: Dependencies,
  order: OrderRef,
  operation: PaymentOperation,
): Promise<OrderChange> {
  const { key, id, amountMinor } = operation;
  return deps.orders.recordCaptured({ ...order, operationKey: key, providerReference: id, amountMinor });
}
