/**
 * How the rest of the house speaks with the workflow of an order: names, ids, inputs and answers. Only types and
 * constants, so that the API can import it without pulling workflow code in.
 */
import type { ErrorCode, FieldError } from '../../domain/errors.ts';
import type { ReviewDecision, ScreeningTerms } from '../../domain/fraud/review.ts';
import type { Contact, PricedLine, Rejection, ShippingAddress } from '../../domain/orders/order.ts';
import type { OrderStatus } from '../../domain/orders/order-status.ts';
import type { OrderDeadlines } from '../../domain/orders/waiting-state.ts';

/** The workflow id of an order is its order id: at most one open run for each, and operators find it by the id they know. */
export const PROCESS_ORDER_WORKFLOW = 'processOrder';
/**
 * Runs under the same workflow id when the request is refused although an earlier attempt may have started the order: whichever
 * of the two is started first is the answer, and the other can never be started.
 */
export const REFUSE_ORDER_WORKFLOW = 'refuseOrder';
/** Runs under the same workflow id after the order's own run has closed, for what still happens then: refunds. */
export const AMEND_ORDER_WORKFLOW = 'amendOrder';

/** What orders are started with now; see {@link ProcessOrderInput.story}. */
export const PRESENT_STORY = 5;

export interface ProcessOrderInput {
  readonly orderId: string;
  /**
   * Which way the order goes about its steps. A run keeps the way that it began with, so that its history can be told again
   * by later code. 1: after the answer every step is a regular activity. 2: the charge and the mails are tried as local ones
   * first. 3: the order is screened for fraud, where `screening` says so. 4: what the carrier has refused can be corrected and
   * booked anew. 5: no two steps are tried as local activities at the same time. @default 1
   */
  readonly story?: number;
  /**
   * Whether the run tells where it stands by search attributes. Chosen when the order is placed, so a run keeps it; the server
   * must know them. @default false
   */
  readonly isSearchable?: boolean;
  readonly principalId: string;
  readonly fingerprint: string;
  readonly customerId: string;
  readonly currency: string;
  readonly totalMinor: number;
  readonly lines: readonly PricedLine[];
  readonly payment: { readonly method: string; readonly token: string };
  readonly shipTo: ShippingAddress;
  readonly contact: Contact;
  /** The id of the request that placed the order. */
  readonly correlationId: string;
  readonly deadlines: OrderDeadlines;
  /**
   * How long whoever asked waits for the answer, milliseconds. An order that is rejected later is told so by mail.
   * @default nobody is told by mail
   */
  readonly answerWithinMs?: number;
  /** How it is screened for fraud before its money is asked for. @default null: it is not */
  readonly screening?: ScreeningTerms | null;
}

export interface ProcessOrderResult {
  readonly status: OrderStatus;
}

/** Where every command comes from: who, and the request that carried it. */
export interface CommandOrigin {
  /** For example `key:demo-operator`; never personal data. */
  readonly actor: string;
  readonly requestId: string;
}

/**
 * Update, of the two types that can be the first under an order's id: resolves when the order is confirmed, rejected, cancelled
 * or held for a person to look at, or that there will be none. Its update id is derived from the Idempotency-Key.
 */
export const PLACE_ORDER_UPDATE = 'placeOrder';
export interface PlaceOrderDecision {
  /** The digest of the request that started this order. */
  readonly fingerprint: string;
  readonly outcome: 'confirmed' | 'rejected' | 'cancelled' | 'in_review';
  readonly rejection: Rejection | null;
}
/** There is no order and there will be none: the request was refused before one was made. */
export interface PlaceOrderRefusal {
  readonly fingerprint: string;
  readonly outcome: 'refused';
  readonly code: ErrorCode;
  readonly message: string;
  readonly fieldErrors: readonly FieldError[];
  readonly extensions: Readonly<Record<string, unknown>>;
}
export type PlaceOrderResult = PlaceOrderDecision | PlaceOrderRefusal;

/** Update: resolves when the cancellation is decided and everything is undone. */
export const CANCEL_ORDER_UPDATE = 'cancelOrder';
export interface CancelOrderInput extends CommandOrigin {
  readonly reason: string;
  readonly note?: string | undefined;
}
/** `refused`: with the status that forbids it. */
export type CancelOrderResult =
  { readonly kind: 'cancelled' } | { readonly kind: 'refused'; readonly status: OrderStatus };

/** Update: resolves when the decision is written down. Its update id is derived from the Idempotency-Key. */
export const REVIEW_ORDER_UPDATE = 'reviewOrder';
export interface ReviewOrderInput extends CommandOrigin {
  readonly decision: ReviewDecision;
  /** For the staff; the customer is not told. */
  readonly reason: string;
}
/** `refused`: the order does not wait for a review, or somebody else was faster. */
export type ReviewOrderResult =
  { readonly kind: 'decided'; readonly decision: ReviewDecision } | { readonly kind: 'refused' };

/** Update, of both workflow types: resolves when the provider has answered. Its update id is the refund id. */
export const REFUND_ORDER_UPDATE = 'refundOrder';
export interface RefundOrderInput extends CommandOrigin {
  readonly refundId: string;
  readonly by:
    | { readonly amountMinor: number }
    | { readonly lines: readonly { readonly lineId: string; readonly quantity: number }[] };
  readonly reason: string;
  readonly restock: boolean;
}
export type RefundOrderResult =
  | { readonly kind: 'succeeded' | 'failed'; readonly refundId: string }
  | {
      readonly kind: 'refused';
      readonly reason:
        'not_captured' | 'exceeds_captured' | 'exceeds_line_quantity' | 'unknown_line' | 'not_shipped';
      readonly refundableMinor: number;
    };

/** Signal: the carrier says where a parcel is. Repetitions and late ones are no-ops. */
export const SHIPMENT_MOVED_SIGNAL = 'shipmentMoved';
export interface ShipmentMoved {
  readonly shipmentId: string;
  readonly status: 'shipped' | 'delivered';
  /** The carrier's message id. */
  readonly messageId: string;
}

/** Signal: the payment provider says that an operation has an outcome; the workflow asks for it at once instead of waiting. */
export const PAYMENT_SETTLED_SIGNAL = 'paymentSettled';
export interface PaymentSettled {
  readonly operationKey: string;
  readonly messageId: string;
}

/**
 * Signal, of all workflow types of an order: the payment provider says that a refund which it had reported as done has failed.
 * It is asked what holds, so that repetitions and false reports are no-ops.
 */
export const REFUND_FAILED_SIGNAL = 'refundFailed';
export interface RefundFailed {
  readonly operationKey: string;
  readonly messageId: string;
}

/** Query: where the order stands in the workflow's own words. */
export const ORDER_PROGRESS_QUERY = 'orderProgress';
export interface OrderProgress {
  readonly step: string;
  readonly status: OrderStatus;
  readonly cancelRequested: boolean;
  readonly attentionCode: string | null;
}

export interface AmendOrderInput {
  readonly orderId: string;
  readonly correlationId: string;
}
