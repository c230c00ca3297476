/**
 * What the order service needs of a payment provider. Every operation carries an operation key that the caller
 * stored before the first call; the provider answers the same key with the same result.
 *
 * Owns: the meaning of each answer (done, refused, unknown). Does not own: retries, which are the activity's.
 */
import type { Money } from '../../domain/money.ts';
import type { PaymentOperationKind } from '../../domain/payments/payment-operation.ts';

/** One operation as the provider reports it. */
export interface PaymentOperation {
  /** The provider's own id of the operation. */
  readonly id: string;
  readonly key: string;
  readonly kind: PaymentOperationKind;
  readonly orderId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** `failed`: a refund that succeeded, and that the bank returned afterwards. */
  readonly status: 'succeeded' | 'declined' | 'failed';
  /** Only when declined or failed: the provider's code. */
  readonly declineReason?: string | undefined;
  /** RFC 3339; only on a successful authorization: after it the provider lets the hold go. */
  readonly captureBefore?: string | undefined;
  readonly at: string;
}

interface OperationRequest {
  /** Idempotency key of this operation. */
  readonly operationKey: string;
  readonly orderId: string;
}

/**
 * Errors, all methods: {@link ProviderUnavailableError} when the provider surely did nothing (retryable, may carry the
 * provider's delay), {@link OutcomeUnknownError} when it may have done it (look up by key before anything else).
 * A decline is an answer, not an error. ProviderRefusedError is a definite no: nothing was done, and the same key gets it
 * again (`authorization_expired`, `amount_exceeds_authorized`, `amount_exceeds_captured`, `already_voided`,
 * `already_captured`, `voided_before`, `idempotency_key_reused`, …).
 */
export interface PaymentPort {
  authorize(
    request: OperationRequest & { readonly amount: Money; readonly paymentToken: string },
  ): Promise<PaymentOperation>;
  /** @param request.authorizationKey the operation key of the authorization that is captured */
  capture(
    request: OperationRequest & { readonly amount: Money; readonly authorizationKey: string },
  ): Promise<PaymentOperation>;
  /**
   * Safe when the authorization never happened: then the operation succeeds with amount 0 (and currency `XXX` where none
   * is known), and an authorization that reaches the provider later with that key is refused as `voided_before`.
   * A void after a capture is refused as `already_captured`.
   * @param request.authorizationKey the operation key of the authorization that is let go
   */
  void(request: OperationRequest & { readonly authorizationKey: string }): Promise<PaymentOperation>;
  /** @param request.captureKey the operation key of the capture that is given back */
  refund(
    request: OperationRequest & { readonly amount: Money; readonly captureKey: string },
  ): Promise<PaymentOperation>;
  /**
   * The operation with this key, or null when the provider never carried one out: it never saw the key, or refused it.
   * Rejects, as every method, when it cannot tell, also with OutcomeUnknownError while the operation is being worked on;
   * that says nothing about the operation that is looked up.
   */
  findByKey(operationKey: string): Promise<PaymentOperation | null>;
  /** All operations in the order of their making, page by page. */
  list(page: {
    readonly cursor?: string | undefined;
    readonly limit: number;
  }): Promise<{ readonly items: readonly PaymentOperation[]; readonly nextCursor: string | null }>;
}
