/**
 * Authorize and void: the money is held, or let go again. A hold that expires is let go and taken anew, under keys of the
 * next attempt, so there is never more than one.
 */
import type { OrderRef, PaymentState } from '../../../db/repositories/orders.repository.ts';
import { ProviderRefusedError } from '../../domain/provider-errors.ts';
import { paymentOperationKey } from '../../domain/ids.ts';
import type { Money } from '../../domain/money.ts';
import type { Rejection } from '../../domain/orders/order.ts';
import type { PaymentOperation } from '../../adapters/payments/payment.port.ts';
import { callOnce } from '../shared/call-provider.ts';
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';
import { refusal, stopIfGivenUp } from '../shared/failures.ts';

type Dependencies = Pick<ActivityDependencies, 'orders' | 'payments'>;

/** The provider says so to an authorization that arrives after the void that undoes it. */
const OVERTAKEN_BY_VOID = 'voided_before';
/** The provider says so to a void that comes after the capture. */
const ALREADY_CAPTURED = 'already_captured';
/** We say so when nothing is held and nobody knows any more what to pay with. */
const TOKEN_LOST = 'payment_token_lost';
/** The provider says so to a void of what it no longer holds: it expired, or somebody let it go at the provider's own desk. */
const ALREADY_GONE = ['authorization_expired', 'already_voided'];

export interface AuthorizePaymentInput extends OrderRef {
  readonly amount: Money;
  /** Null when nobody knows it any more: then the authorization stands if it was made, and is not made now. */
  readonly paymentToken: string | null;
  /** 1, and one more only after the hold before is definitely gone. */
  readonly attempt: number;
}

export interface AuthorizePaymentResult extends OrderStanding {
  /** Until when the money is held, RFC 3339; null when the provider does not say. */
  readonly captureBefore: string | null;
}

/**
 * Holds the money; with it the order is confirmed. Operation key: the order's authorization key of this attempt, stored
 * with the order, or for a later attempt by the statement that first makes sure that no other hold is left. An unknown
 * outcome is never a decline: it is looked up by key before the same key is used again.
 *
 * @throws PAYMENT_DECLINED with the {@link Rejection} (not retried)
 * @throws PROVIDER_UNAVAILABLE, PAYMENT_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export async function authorizePayment(
  deps: Dependencies,
  input: AuthorizePaymentInput,
  mayHaveRun: boolean,
): Promise<AuthorizePaymentResult> {
  const { orderId, cause, amount, paymentToken, attempt } = input;
  const operationKey = paymentOperationKey(orderId, 'authorize', attempt);
  if (attempt > 1) await deps.orders.planAuthorization({ orderId, attempt });
  const hold = async (): Promise<PaymentOperation> => {
    if (paymentToken === null) throw new ProviderRefusedError(TOKEN_LOST, 'Nobody knows what to pay with');
    return deps.payments.authorize({ operationKey, orderId, amount, paymentToken });
  };
  const isLookedUp = mayHaveRun || paymentToken === null;
  const result = await callOnce(deps, { orderId, operationKey, mayHaveRun: isLookedUp }, hold);
  stopIfGivenUp();
  if (result.kind === 'succeeded') {
    const { captureBefore = null } = result.operation;
    return { ...(await recordHold(deps, input, result.operation)), captureBefore };
  }
  const { reason, providerReference } = result;
  // Where the provider was not asked, or cannot answer any more, the undo settles the operation.
  if (reason !== OVERTAKEN_BY_VOID && reason !== TOKEN_LOST) {
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
    message:
      reason === TOKEN_LOST ? 'The order was interrupted before it was paid' : 'The payment was declined',
    declineReason: reason,
  };
  throw refusal('PAYMENT_DECLINED', rejection.message, rejection);
}

/**
 * Lets the present hold go. Safe when the money was never held: the provider remembers the void and refuses an
 * authorization with that key that arrives later. Operation key: the order's void key of the present attempt.
 *
 * @param input.attempt the number of the hold that was begun last, whether or not it is written down
 * @returns `captured` when the money was charged before it could be let go: then it must be given back instead
 * @throws PROVIDER_UNAVAILABLE, PAYMENT_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export async function voidPayment(
  deps: Dependencies,
  input: OrderRef & { readonly attempt: number },
  mayHaveRun: boolean,
): Promise<{ readonly kind: 'voided' | 'captured' }> {
  const { orderId, cause } = input;
  const payment = await presentPayment(deps, input);
  if (payment === null || payment.voided) return { kind: 'voided' };
  if (payment.capturedMinor > 0) return { kind: 'captured' };

  const keyOf = (kind: 'authorize' | 'capture' | 'void') =>
    paymentOperationKey(orderId, kind, payment.authorizationAttempt);
  const operationKey = keyOf('void');
  await deps.orders.planOperation({ orderId, key: operationKey, kind: 'void', subjectId: null });
  const result = await callOnce(deps, { orderId, operationKey, mayHaveRun }, () =>
    deps.payments.void({ operationKey, orderId, authorizationKey: keyOf('authorize') }),
  );
  if (result.kind === 'declined' && result.reason === ALREADY_CAPTURED) {
    await deps.orders.settleNotNeeded({ orderId, key: operationKey });
    return { kind: 'captured' };
  }
  if (result.kind === 'declined' && !ALREADY_GONE.includes(result.reason)) {
    throw new ProviderRefusedError(result.reason, `The provider refuses the void: ${result.reason}`);
  }
  // From here on the provider lets nobody make or charge this authorization, so what is seen now is all that there is.
  const isKnown = payment.authorizedMinor > 0;
  const unseen = isKnown ? null : await deps.payments.findByKey(keyOf('authorize'));
  if (unseen?.status === 'succeeded') await recordHold(deps, input, unseen);
  await deps.orders.recordVoided({
    orderId,
    cause,
    operationKey,
    ...(result.kind === 'succeeded'
      ? { providerReference: result.operation.id }
      : { providerReference: result.providerReference, refusalCode: result.reason }),
  });
  for (const kind of ['authorize', 'capture'] as const) {
    await deps.orders.settleNotNeeded({ orderId, key: keyOf(kind) });
  }
  return { kind: 'voided' };
}

/**
 * A hold that was just about to be begun is begun here, so that its key is known and can be voided: what is still under
 * way somewhere is refused by the provider then.
 */
async function presentPayment(
  deps: Dependencies,
  { orderId, attempt }: OrderRef & { readonly attempt: number },
): Promise<PaymentState | null> {
  const payment = await deps.orders.readPayment(orderId);
  if (payment === null || payment.authorizationAttempt >= attempt) return payment;
  await deps.orders.planAuthorization({ orderId, attempt });
  return deps.orders.readPayment(orderId);
}

/** An authorization that was made is written down before anything else is done about it. */
async function recordHold(
  deps: Dependencies,
  { orderId, cause }: OrderRef,
  { id, key, captureBefore, at }: PaymentOperation,
): Promise<OrderStanding> {
  const recorded = {
    operationKey: key,
    providerReference: id,
    // Without a date the hold is shown as ending at once, so that nobody relies on it.
    captureBefore: captureBefore ?? at,
  };
  return standingOf(await deps.orders.recordAuthorized({ orderId, cause, ...recorded }));
}
