import type { Money } from '../money.ts';
import type { OrderStatus, PaymentStatus } from './order-status.ts';
import type { WaitingFor, WaitingOwner } from './waiting-state.ts';

/** A line as it was priced when the order was placed. `lineId` is `1`..n in the order of the request. */
export interface PricedLine {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
}

/** Where to send the goods. Personal data: stored in one table of its own, encrypted in workflow history, never in an event. */
export interface ShippingAddress {
  readonly name: string;
  readonly line1: string;
  readonly line2?: string | undefined;
  readonly city: string;
  readonly region?: string | undefined;
  readonly postalCode: string;
  /** ISO 3166-1 alpha-2 */
  readonly country: string;
}

/** How to reach the customer. Personal data, as above. */
export interface Contact {
  readonly email: string;
  readonly phone?: string | undefined;
}

/** A cause that needs a person. */
export interface Attention {
  readonly code: string;
  readonly since: string;
  readonly message: string;
}

/** What an order waits for. */
export interface Waiting {
  readonly for: WaitingFor;
  readonly owner: WaitingOwner;
  readonly since: string;
  /** When it goes on or a person is told. */
  readonly until: string;
}

export type ShipmentStatus = 'pending' | 'booked' | 'shipped' | 'delivered' | 'cancelled';
export type RefundStatus = 'pending' | 'succeeded' | 'failed';

export interface RefundView {
  readonly id: string;
  readonly status: RefundStatus;
  readonly amount: Money;
  readonly reason: string;
  readonly restock: boolean;
  /** The provider's code, when it failed. */
  readonly failureCode: string | null;
  readonly lines: readonly { readonly lineId: string; readonly quantity: number }[];
  readonly createdAt: string;
  readonly settledAt: string | null;
}

/** Why an order was rejected: the error code and what the caller is told. */
export interface Rejection {
  readonly code: 'OUT_OF_STOCK' | 'PAYMENT_DECLINED' | 'FRAUD_REFUSED';
  readonly message: string;
  /** For OUT_OF_STOCK: every line that lacks stock. */
  readonly lines?: readonly ShortLine[] | undefined;
  /** For PAYMENT_DECLINED: the provider's reason, for example `insufficient_funds`. */
  readonly declineReason?: string | undefined;
}

export interface ShortLine {
  readonly lineId: string;
  readonly sku: string;
  readonly requested: number;
  readonly available: number;
}

/** The order as the API answers it. `version` is the sequence of its last event. */
export interface OrderView {
  readonly id: string;
  readonly version: number;
  readonly status: OrderStatus;
  readonly paymentStatus: PaymentStatus;
  /** The newest of `attentions`. */
  readonly attention: Attention | null;
  /** Every cause that is there, the newest first. */
  readonly attentions: readonly Attention[];
  /** What holds the order up, whose turn it is and until when; null at the end of its life. */
  readonly waiting: Waiting | null;
  readonly rejection: Rejection | null;
  readonly customerId: string;
  readonly currency: string;
  readonly lines: readonly {
    readonly lineId: string;
    readonly sku: string;
    readonly name: string;
    readonly quantity: number;
    readonly unitPrice: Money;
    readonly total: Money;
    /** The one location that serves the line, or null when several do or none yet. */
    readonly locationId: string | null;
    readonly allocations: readonly { readonly locationId: string; readonly quantity: number }[];
  }[];
  readonly totals: {
    readonly items: Money;
    readonly total: Money;
    readonly captured: Money;
    readonly refunded: Money;
    /** What of the total is not with us: not charged, or given back. Total = captured − refunded + outstanding. */
    readonly outstanding: Money;
    /** Promised back to the customer and not given back yet, or not any more. */
    readonly refundDue: Money;
  };
  readonly payment: { readonly method: string; readonly captureBefore: string | null };
  readonly shipments: readonly {
    readonly id: string;
    readonly locationId: string;
    readonly carrier: string | null;
    readonly trackingNumber: string | null;
    readonly status: ShipmentStatus;
  }[];
  readonly refunds: readonly RefundView[];
  readonly createdAt: string;
  readonly updatedAt: string;
}
