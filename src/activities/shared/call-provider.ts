import type { PaymentOperation, PaymentPort } from '../../adapters/payments/payment.port.ts';
import { ProviderRefusedError } from '../../domain/provider-errors.ts';

/** What became of an operation at the payment provider. */
export type SettledOperation =
  | { readonly kind: 'succeeded'; readonly operation: PaymentOperation }
  /** `providerReference` is empty when the provider keeps no operation for what it refused. */
  | { readonly kind: 'declined'; readonly reason: string; readonly providerReference: string };

/**
 * Carries out an operation once: when an earlier call may have reached the provider, its key is looked up first, and only
 * if the provider never saw it is the call made, with the same key.
 *
 * @throws ProviderUnavailableError, OutcomeUnknownError as the port says
 */
export async function callOnce(
  payments: PaymentPort,
  operationKey: string,
  mayHaveRun: boolean,
  call: () => Promise<PaymentOperation>,
): Promise<SettledOperation> {
  const earlier = mayHaveRun ? await payments.findByKey(operationKey) : null;
  try {
    return settled(earlier ?? (await call()));
  } catch (error) {
    if (!(error instanceof ProviderRefusedError)) throw error;
    return { kind: 'declined', reason: error.code, providerReference: '' };
  }
}

/** What became of an operation that is there already. */
export function settled(operation: PaymentOperation): SettledOperation {
  return operation.status === 'succeeded'
    ? { kind: 'succeeded', operation }
    : {
        kind: 'declined',
        reason: operation.declineReason ?? 'declined',
        providerReference: operation.id,
      };
}
