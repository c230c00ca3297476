import type { PaymentOperation, PaymentPort } from '../../adapters/payments/payment.port.ts';
import { ProviderRefusedError } from '../../domain/provider-errors.ts';

/** What became of an operation at the payment provider. */
export type SettledOperation =
  | { readonly kind: 'succeeded'; readonly operation: PaymentOperation }
  /** `providerReference` is empty when the provider keeps no operation for what it refused. */
  | { readonly kind: 'declined'; readonly reason: string; readonly providerReference: string };

/**
 * The provider knows this key for another request. That says nothing about the money, which something may have moved under
 * that key, so it is never a decline; a person has to look.
 */
const KEY_REUSED = 'idempotency_key_reused';

/**
 * Carries out an operation once: when an earlier call may have reached the provider, its key is looked up first, and only
 * if the provider never saw it is the call made, with the same key.
 *
 * @throws ProviderUnavailableError, OutcomeUnknownError as the port says
 * @throws ProviderRefusedError when the key was used for something else, which is a mistake of ours
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
    if (!(error instanceof ProviderRefusedError) || error.code === KEY_REUSED) throw error;
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
