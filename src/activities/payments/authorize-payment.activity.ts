/**
 * Authorize and void: the money is held, or let go again.
 */
import type { OrderRef } from '../../../db/repositories/orders.repository.ts';
import { OutcomeUnknownError, ProviderRefusedError } from '../../domain/provider-errors.ts';
import { paymentOperationKey } from '../../domain/ids.ts';
import type { Money } from '../../domain/money.ts';
import type { Rejection } from '../../domain/orders/order.ts';
import { callOnce } from '../shared/call-provider.ts';
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';
import { refusal, stopIfGivenUp } from '../shared/failures.ts';

type Dependencies = Pick<ActivityDependencies, 'orders' | 'payments'>;

/** The provider says so to an authorization that arrives after the void that undoes it. */
const OVERTAKEN_BY_VOID = 'voided_before';
/** The provider says so to a void that comes after the capture. */
const ALREADY_CAPTURED = 'already_captured';

export interface AuthorizePaymentInput extends OrderRef {
  readonly amount: Money;
  readonly paymentToken: string;
}

/**
 * Holds the money; with it the order is confirmed. Operation key: the order's authorization key, stored with the order.
 * An unknown outcome is never a decline: it is looked up by key before the same key is used again.
 *
 * @throws PAYMENT_DECLINED with the {@link Rejection} (not retried)
 * @throws PROVIDER_UNAVAILABLE, PAYMENT_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export async function authorizePayment(
  deps: Dependencies,
  input: AuthorizePaymentInput,
  mayHaveRun: boolean,
): Promise<OrderStanding> {
  const { orderId, cause, amount, paymentToken } = input;
  const operationKey = paymentOperationKey(orderId, 'authorize');
  const result = await callOnce(deps.payments, operationKey, mayHaveRun, () =>
    deps.payments.authorize({ operationKey, orderId, amount, paymentToken }),
  ).catch(async (error: unknown) => {
    // The customer's page can then say that the payment is being looked into.
    if (error instanceof OutcomeUnknownError) await deps.orders.recordPaymentUnknown({ orderId, cause });
    throw error;
  });
  stopIfGivenUp();
  if (result.kind === 'succeeded') {
    const { id, captureBefore } = result.operation;
    // Without a date the hold is treated as ending at once, so that nobody relies on it.
    const recorded = {
      operationKey,
      providerReference: id,
      captureBefore: captureBefore ?? result.operation.at,
    };
    return standingOf(await deps.orders.recordAuthorized({ orderId, cause, ...recorded }));
  }
  const { reason, providerReference } = result;
  if (reason !== OVERTAKEN_BY_VOID) {
    await deps.orders.recordDeclined({
      orderId,
      cause,
      operationKey,
      providerReference,
      declineReason: reason,
    });
  }
  const rejection: Rejection = {
    code: 'PAYMENT_DECLINED',
    message: 'The payment was declined',
    declineReason: reason,
  };
  throw refusal('PAYMENT_DECLINED', rejection.message, rejection);
}

/**
 * Lets the held money go. Safe when it was never held: the provider remembers the void and refuses an authorization with
 * that key that arrives later. Operation key: the order's void key.
 *
 * @returns `captured` when the money was charged before it could be let go: then it must be given back instead
 * @throws PROVIDER_UNAVAILABLE, PAYMENT_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export async function voidPayment(
  deps: Dependencies,
  input: OrderRef,
  mayHaveRun: boolean,
): Promise<{ readonly kind: 'voided' | 'captured' }> {
  const { orderId, cause } = input;
  const payment = await deps.orders.readPayment(orderId);
  if (payment === null || payment.voided) return { kind: 'voided' };
  if (payment.capturedMinor > 0) return { kind: 'captured' };

  const authorizationKey = paymentOperationKey(orderId, 'authorize');
  const held = payment.authorizedMinor > 0 || (await recordUnseenAuthorization(deps, input));
  const operationKey = paymentOperationKey(orderId, 'void');
  await deps.orders.planOperation({ orderId, key: operationKey, kind: 'void', subjectId: null });
  const result = await callOnce(deps.payments, operationKey, mayHaveRun, () =>
    deps.payments.void({ operationKey, orderId, authorizationKey }),
  );
  if (result.kind === 'declined') {
    if (result.reason !== ALREADY_CAPTURED) {
      throw new ProviderRefusedError(result.reason, `The provider refuses the void: ${result.reason}`);
    }
    await deps.orders.settleNotNeeded({ orderId, key: operationKey });
    return { kind: 'captured' };
  }
  await deps.orders.recordVoided({ orderId, cause, operationKey, providerReference: result.operation.id });
  // From here on the provider lets nobody charge this authorization, so what was planned will never be.
  if (!held) await deps.orders.settleNotNeeded({ orderId, key: authorizationKey });
  await deps.orders.settleNotNeeded({ orderId, key: paymentOperationKey(orderId, 'capture') });
  return { kind: 'voided' };
}

/** An authorization that was made and whose answer was lost is written down before it is undone. @returns whether there is one */
async function recordUnseenAuthorization(deps: Dependencies, input: OrderRef): Promise<boolean> {
  const operationKey = paymentOperationKey(input.orderId, 'authorize');
  const unseen = await deps.payments.findByKey(operationKey);
  if (unseen?.status !== 'succeeded') return false;
  await deps.orders.recordAuthorized({
    ...input,
    operationKey,
    providerReference: unseen.id,
    captureBefore: unseen.captureBefore ?? unseen.at,
  });
  return true;
}
