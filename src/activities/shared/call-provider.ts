import type { PaymentOperation } from '../../adapters/payments/payment.port.ts';
import {
  OutcomeUnknownError,
  ProviderRefusedError,
  ProviderUnavailableError,
} from '../../domain/provider-errors.ts';
import type { ActivityDependencies } from './dependencies.ts';

type Orders = Pick<ActivityDependencies['orders'], 'recordOutcomeUnknown'>;
type Dependencies = Pick<ActivityDependencies, 'payments'> & {
  readonly orders: Orders & Pick<ActivityDependencies['orders'], 'findResolution'>;
};

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

export interface OperationToCall {
  readonly orderId: string;
  /** Stored before, the same for every attempt. */
  readonly operationKey: string;
  /** Whether an earlier call may have reached the provider. */
  readonly mayHaveRun: boolean;
}

/**
 * Carries out an operation once: when an earlier call may have reached the provider, its key is looked up first, and only
 * if the provider never saw it is the call made, with the same key. A lost answer is written down before it is thrown, so
 * that everybody sees what the order waits for. Where the provider cannot say, what an operator knows counts.
 *
 * @throws ProviderUnavailableError, OutcomeUnknownError as the port says
 * @throws ProviderRefusedError when the key was used for something else, which is a mistake of ours
 */
export async function callOnce(
  deps: Dependencies,
  { orderId, operationKey, mayHaveRun }: OperationToCall,
  call: () => Promise<PaymentOperation>,
): Promise<SettledOperation> {
  return recordingUnknown(deps, { orderId, operationKey }, async () => {
    const earlier = mayHaveRun ? await lookUp(deps, operationKey) : null;
    try {
      return settled(earlier ?? (await call()));
    } catch (error) {
      if (!(error instanceof ProviderRefusedError) || error.code === KEY_REUSED) throw error;
      return { kind: 'declined', reason: error.code, providerReference: '' };
    }
  });
}

/** What the provider says of the operation, or else what an operator has said of it. */
async function lookUp(
  { payments, orders }: Dependencies,
  operationKey: string,
): Promise<PaymentOperation | null> {
  try {
    return await payments.findByKey(operationKey);
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError || error instanceof ProviderUnavailableError)) throw error;
    const resolution = await orders.findResolution(operationKey);
    if (resolution === null) throw error;
    // Whatever the operator thinks never happened is asked for under the same key, so it cannot happen twice.
    if (resolution.providerReference === null) return null;
    const { orderId, kind, amountMinor, currency, at, providerReference: id } = resolution;
    return { id, key: operationKey, kind, orderId, amountMinor, currency, status: 'succeeded', at };
  }
}

/** Runs a call about an operation; when its outcome stays unknown, that is written down with the order. */
export async function recordingUnknown<Result>(
  { orders }: { readonly orders: Orders },
  operation: Pick<OperationToCall, 'orderId' | 'operationKey'>,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof OutcomeUnknownError) await orders.recordOutcomeUnknown(operation);
    throw error;
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
