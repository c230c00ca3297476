/**
 * A refund that the provider had reported as done, and that has failed after all: the money is due to the customer again.
 */
import { ApplicationFailure } from '@temporalio/activity';
import type { OrderRef } from '../../../db/repositories/orders.repository.ts';
import type { OrderStatus } from '../../domain/orders/order-status.ts';
import type { TroubleType } from '../../domain/orders/step-failure.ts';
import type { ActivityDependencies } from '../shared/dependencies.ts';

type Dependencies = Pick<ActivityDependencies, 'orders' | 'payments'>;

export type ReturnRefundResult =
  | { readonly kind: 'due'; readonly refundId: string; readonly status: OrderStatus }
  /** The provider says that it stands, refused it before it was ever done, or speaks of a refund that is not ours. */
  | { readonly kind: 'nothing_due' };

/**
 * Asks the provider whether the refund has failed, and records it. Safe to repeat.
 *
 * @throws REFUND_NOT_SETTLED while our own record of the refund is not yet what the provider said before (retried)
 * @throws PROVIDER_UNAVAILABLE, PAYMENT_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export async function returnRefund(
  deps: Dependencies,
  input: OrderRef & { readonly operationKey: string },
): Promise<ReturnRefundResult> {
  const known = await deps.orders.readRefund(input);
  if (known === null) return { kind: 'nothing_due' };
  const operation = await deps.payments.findByKey(input.operationKey);
  if (operation?.status !== 'failed') return { kind: 'nothing_due' };
  const { refundId } = known;
  const failureCode = operation.declineReason ?? 'failed';
  const { status } = await deps.orders.recordRefundReturned({ ...input, refundId, failureCode });
  const recorded = await deps.orders.readRefund(input);
  if (recorded?.status !== 'failed') {
    throw ApplicationFailure.create({
      type: 'REFUND_NOT_SETTLED' satisfies TroubleType,
      message: 'The refund that has failed is still being recorded',
    });
  }
  return recorded.hasFailedAfterAll ? { kind: 'due', refundId, status } : { kind: 'nothing_due' };
}
