/**
 * Every change to an order, each one SQL statement that writes the order row, its events and their outbox rows.
 *
 * Owns: orders, order_lines, order_contacts, reservations, stock counters, shipments, payment_intents,
 * provider_operations, refunds, order_events and the insert side of outbox.
 * Does not own: when a change is made and what it costs at a provider; that is the workflow's and the activities'.
 *
 * All methods may reject with {@link DatabaseUnavailableError} (retryable) and, when a CHECK constraint stops a
 * change, with an InvariantViolatedError (never retried by hand: it means that a rule above this layer is wrong).
 * All methods are idempotent: a repetition by the same workflow changes nothing and answers what holds now.
 */
import type { Cause } from '../../src/domain/events/event.ts';
import type { Allocation, ShelfStock } from '../../src/domain/inventory/allocation.ts';
import type {
  Contact,
  PricedLine,
  RefundStatus,
  Rejection,
  ShippingAddress,
  ShortLine,
} from '../../src/domain/orders/order.ts';
import type { OrderStatus, PaymentStatus } from '../../src/domain/orders/order-status.ts';
import type { OrderDeadlines } from '../../src/domain/orders/waiting-state.ts';
import type { OperatorChanges } from './operator-changes.repository.ts';

/** What an order is after a change was asked for. `applied` is false when the change was not legal or already made. */
export interface OrderChange {
  readonly applied: boolean;
  readonly status: OrderStatus;
  readonly paymentStatus: PaymentStatus;
  readonly version: number;
}

export interface OrderRef {
  readonly orderId: string;
  readonly cause: Cause;
}

/** An order as the workflow was started with it. */
export interface PlacedOrder extends OrderRef {
  readonly workflowRunId: string;
  readonly principalId: string;
  readonly fingerprint: string;
  readonly customerId: string;
  readonly currency: string;
  readonly totalMinor: number;
  readonly lines: readonly PricedLine[];
  readonly paymentMethod: string;
  readonly shipTo: ShippingAddress;
  readonly contact: Contact;
  /** @default the usual ones */
  readonly deadlines?: OrderDeadlines | undefined;
  /** Whether it is screened for fraud. @default false */
  readonly isScreened?: boolean | undefined;
}

/**
 * `reserved`: stock is held by this run, now or since an earlier attempt. `rejected`: an earlier attempt of this run ended so.
 * `lost_race`: nothing was written; read the shelves and plan again. `owned_by_another_run`: another run owns this order id.
 */
export type ReserveOutcome = 'reserved' | 'rejected' | 'lost_race' | 'owned_by_another_run';

/** What is needed to undo or to settle the money of an order. */
export interface PaymentState {
  readonly currency: string;
  readonly amountMinor: number;
  readonly authorizedMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly refundPendingMinor: number;
  /** Whether the present authorization holds nothing any more. */
  readonly voided: boolean;
  /** The number of the present authorization, from 1; part of the keys of all operations upon it. */
  readonly authorizationAttempt: number;
}

export interface ShipmentPlan {
  readonly shipmentId: string;
  readonly locationId: string;
  readonly weightGrams: number;
  /** The number of its present booking, from 1; part of the keys of that and of its cancellation. */
  readonly bookingAttempt: number;
  readonly status: 'pending' | 'booked' | 'shipped' | 'delivered' | 'cancelled';
  /** The carrier may have been asked to cancel it, and what came of that is not known. */
  readonly isCancelUnknown: boolean;
}

export interface Fulfilment {
  readonly shipments: readonly ShipmentPlan[];
  /** Where they go; null after the person was forgotten. */
  readonly shipTo: ShippingAddress | null;
}

export interface BookedShipment {
  readonly shipmentId: string;
  /** Of the booking that made the label; one that was given back meanwhile is not recorded. */
  readonly bookingAttempt: number;
  readonly carrier: string;
  readonly trackingNumber: string;
  readonly carrierReference: string;
  readonly labelUrl: string;
}

export interface CancelledBooking extends OrderRef {
  readonly shipmentId: string;
  readonly bookingAttempt: number;
  /** Of the cancellation. */
  readonly operationKey: string;
  /** The carrier's id of the booking; null when it has none. */
  readonly carrierReference: string | null;
}

export interface RefundRequest extends OrderRef {
  readonly refundId: string;
  /** By amount, or by lines (the amount follows from their prices); exactly one of them. */
  readonly by:
    | { readonly amountMinor: number }
    | { readonly lines: readonly { readonly lineId: string; readonly quantity: number }[] }
    | { readonly remainder: true };
  readonly reason: string;
  readonly restock: boolean;
  readonly actor: string;
}

/** `started` also when this refund id was started before. A refusal says what would be possible. */
export type StartRefundOutcome =
  | {
      readonly kind: 'started';
      readonly amountMinor: number;
      readonly currency: string;
      readonly operationKey: string;
      /** The operation key of the capture that is given back. */
      readonly captureKey: string;
    }
  | { readonly kind: 'nothing_to_refund' }
  | {
      readonly kind: 'refused';
      readonly reason:
        'not_captured' | 'exceeds_captured' | 'exceeds_line_quantity' | 'unknown_line' | 'not_shipped';
      readonly refundableMinor: number;
    };

export interface RefundState {
  readonly refundId: string;
  readonly status: RefundStatus;
  /** Whether the provider had reported it as done before it failed. */
  readonly hasFailedAfterAll: boolean;
}

export interface OrderRepository extends OperatorChanges {
  /** Free stock of these items at every location, and the locations in the order of their preference. */
  readShelves(
    skus: readonly string[],
  ): Promise<{ readonly shelves: readonly ShelfStock[]; readonly locationOrder: readonly string[] }>;

  /**
   * Writes the order with its lines, contact, payment intent and reservations, stores the key of the authorization
   * before anyone calls the provider, and takes the stock: all of it or nothing. Rows of `stock` are locked in key order.
   * Events: order.placed, inventory.reserved.
   */
  placeAndReserve(
    order: PlacedOrder & { readonly allocations: readonly Allocation[]; readonly authorizationKey: string },
  ): Promise<ReserveOutcome>;

  /** Writes an order that could not be reserved. Events: order.placed, order.rejected. */
  placeAndReject(
    order: PlacedOrder & { readonly shortLines: readonly ShortLine[] },
  ): Promise<'rejected' | 'reserved' | 'owned_by_another_run'>;

  /**
   * The payment is held and with it the order is confirmed; an order that was confirmed before stays where it is. Stores the booking keys of its shipments (one for each
   * location, ids by `shipmentId(orderId, n)` in the order of location ids) before anyone calls the carrier.
   * Events: payment.authorized, order.confirmed.
   */
  recordAuthorized(
    input: OrderRef & {
      readonly operationKey: string;
      readonly providerReference: string;
      readonly captureBefore: string;
    },
  ): Promise<OrderChange>;

  /** Event: payment.declined. The status stays; stock is given back by the undo. */
  recordDeclined(
    input: OrderRef & {
      readonly operationKey: string;
      readonly providerReference: string;
      readonly declineReason: string;
    },
  ): Promise<OrderChange>;

  /**
   * The answer about an operation was lost: the order waits for its outcome, which the other company is asked for by key.
   * Of an authorization or a capture the payment status is `unknown` meanwhile. No event.
   */
  recordOutcomeUnknown(input: {
    readonly orderId: string;
    readonly operationKey: string;
  }): Promise<OrderChange>;

  /** The provider definitely did not charge; its key is never used again. No event. */
  recordCaptureRefused(input: {
    readonly orderId: string;
    readonly operationKey: string;
    /** Empty when the provider keeps no operation for what it refused. */
    readonly providerReference: string;
    readonly refusalCode: string;
  }): Promise<OrderChange>;

  /**
   * Stores the key of another authorization after the one before it is gone, before anyone calls the provider. Repeating
   * it changes nothing. No event.
   * @param input.attempt the number of the new one, one more than that of the one that is gone
   * @throws InvariantViolatedError while another authorization may hold money
   */
  planAuthorization(input: { readonly orderId: string; readonly attempt: number }): Promise<void>;

  /** Gives open reservations back; nothing when there are none. Event: inventory.released. */
  releaseReservations(input: OrderRef): Promise<OrderChange>;

  /** Event: order.rejected. */
  recordRejected(input: OrderRef & { readonly rejection: Rejection }): Promise<OrderChange>;

  /** The shipments of an order with their weights, in the order of their locations' ids; for booking and for undoing it. */
  readFulfilment(orderId: string): Promise<Fulfilment>;

  /**
   * All shipments have labels. Stores the capture key before anyone calls the provider.
   * Events: fulfilment.started, shipment.label_created for each.
   */
  recordBooked(
    input: OrderRef & { readonly shipments: readonly BookedShipment[]; readonly captureKey: string },
  ): Promise<OrderChange>;

  /** Event: payment.captured. */
  recordCaptured(
    input: OrderRef & {
      readonly operationKey: string;
      readonly providerReference: string;
      readonly amountMinor: number;
    },
  ): Promise<OrderChange>;

  /**
   * A parcel was handed over: its reservations are committed, stock leaves the shelf. Event: order.shipped for the last
   * parcel of the order, order.partially_shipped for the others.
   */
  recordShipped(input: OrderRef & { readonly shipmentId: string }): Promise<OrderChange>;

  /** A parcel arrived. Event: delivery.confirmed for the last parcel, delivery.partially_confirmed for the others. */
  recordDelivered(input: OrderRef & { readonly shipmentId: string }): Promise<OrderChange>;

  /** Event: order.completed. */
  recordCompleted(input: OrderRef): Promise<OrderChange>;

  /** Refused (applied: false) once a parcel was handed over. Event: order.cancellation_started. */
  startCancelling(input: OrderRef & { readonly reason: string }): Promise<OrderChange>;

  /**
   * Everything was given back before. Parcels that were planned and never booked are planned no longer.
   * Event: order.cancelled.
   */
  recordCancelled(input: OrderRef): Promise<OrderChange>;

  /** Stores the key of an operation before the first call. Repeating it changes nothing. */
  planOperation(input: {
    readonly orderId: string;
    readonly key: string;
    readonly kind: 'capture' | 'void' | 'cancel_booking';
    readonly subjectId: string | null;
  }): Promise<void>;

  /** A pending operation turned out never to have happened and will not be tried again. */
  settleNotNeeded(input: { readonly orderId: string; readonly key: string }): Promise<void>;

  /** The present authorization holds nothing any more. Event: payment.voided. */
  recordVoided(
    input: OrderRef & {
      readonly operationKey: string;
      readonly providerReference: string;
      /** When the provider refused because it held nothing any more. */
      readonly refusalCode?: string | undefined;
    },
  ): Promise<OrderChange>;

  /** The label was cancelled, or was never made (carrierReference null). No event. */
  recordBookingCancelled(input: CancelledBooking): Promise<void>;

  /**
   * The same, of an order that goes on: its parcel is planned once more, and the key of its next booking is stored before anyone
   * calls the carrier. The order waits for a correction. No event.
   * @param input.nextAttempt the number of the next booking, higher than that of any before it
   */
  recordBookingReplanned(input: CancelledBooking & { readonly nextAttempt: number }): Promise<void>;

  readPayment(orderId: string): Promise<PaymentState | null>;

  /**
   * Claims the money of a refund against what was captured, and the quantities against what was ordered, and stores the
   * refund's key before anyone calls the provider. `remainder` claims all that is left (the undo of a capture).
   */
  startRefund(request: RefundRequest): Promise<StartRefundOutcome>;

  /** Restocks to the locations that the lines were shipped from when the refund says so. Event: payment.refunded. */
  recordRefunded(
    input: OrderRef & {
      readonly refundId: string;
      readonly operationKey: string;
      readonly providerReference: string;
    },
  ): Promise<OrderChange>;

  /**
   * The provider refused for good: the claim is given back, the refund is shown as failed and can be asked for again under
   * another id. Event: payment.refund_failed.
   */
  recordRefundFailed(
    input: OrderRef & {
      readonly refundId: string;
      readonly operationKey: string;
      readonly failureCode: string;
    },
  ): Promise<OrderChange>;

  /**
   * The provider has reported a refund as done, and says afterwards that it failed: the money is due to the customer again
   * and the lines can be refunded again. Goods that were put back on the shelf stay there; the next refund of their lines
   * does not put them back a second time. Nothing when the refund is not recorded as done. Calls a person until a later
   * refund has made up for it. Events: payment.refund_failed, order.attention_raised.
   */
  recordRefundReturned(
    input: OrderRef & {
      readonly refundId: string;
      readonly operationKey: string;
      readonly failureCode: string;
    },
  ): Promise<OrderChange>;

  /** The refund that an operation is for; null when this order has none with that key. */
  readRefund(input: { readonly orderId: string; readonly operationKey: string }): Promise<RefundState | null>;

  /**
   * Adds a cause that calls a person; the order shows the newest one. Callable by anyone at any time, also by scheduled
   * jobs and for an order that has ended: it changes nothing that a workflow decides upon. Whoever raises a code clears
   * it; so two raisers must not share one. Event: order.attention_raised; nothing when the same code is raised already.
   * @param input.raisedBy for people: the name of a scheduled job. @default workflow
   */
  raiseAttention(
    input: OrderRef & {
      readonly code: string;
      readonly message: string;
      readonly raisedBy?: string | undefined;
    },
  ): Promise<OrderChange>;

  /**
   * Takes a cause away; the order then shows the newest of those left, or none. Callable by anyone at any time, like
   * raising. Event: order.attention_cleared; nothing when this code is not raised.
   */
  clearAttention(input: OrderRef & { readonly code: string }): Promise<OrderChange>;
}
