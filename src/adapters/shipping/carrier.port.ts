/** What the order service needs of a carrier. Keys, errors and look-ups as in the payment port. */
import type { ShippingAddress } from '../../domain/orders/order.ts';

/** A booked parcel. */
export interface Booking {
  /** The carrier's own id. */
  readonly id: string;
  readonly key: string;
  readonly orderId: string;
  readonly shipmentId: string;
  readonly carrier: string;
  readonly trackingNumber: string;
  /** Address of the label, a PDF. */
  readonly labelUrl: string;
  readonly status: 'booked' | 'shipped' | 'delivered' | 'cancelled';
}

/** One operation as the carrier lists it; it lists only what it has done. */
export interface CarrierOperation {
  /** The carrier's own id of the operation. */
  readonly id: string;
  readonly key: string;
  readonly kind: 'book' | 'cancel_booking';
  readonly orderId: string;
  /** RFC 3339 */
  readonly at: string;
  /** A cancellation of what was never booked, which is kept so that it cannot be booked later. */
  readonly neverBooked: boolean;
}

/**
 * Errors, all methods: ProviderUnavailableError (surely not done), OutcomeUnknownError (look up first),
 * ProviderRefusedError (a definite no, for example an address that the carrier does not serve, or a parcel that has left).
 */
export interface CarrierPort {
  book(request: {
    readonly operationKey: string;
    readonly orderId: string;
    readonly shipmentId: string;
    readonly fromLocationId: string;
    readonly shipTo: ShippingAddress;
    readonly weightGrams: number;
  }): Promise<Booking>;
  /**
   * Cancels a booking by the operation key that made it; safe when it never happened (answers null; a booking that
   * reaches the carrier later with that key is refused as `cancelled_before`) or is cancelled already. A parcel that has
   * left is refused as `already_shipped`.
   */
  cancel(request: {
    readonly operationKey: string;
    readonly bookingKey: string;
    readonly orderId: string;
  }): Promise<Booking | null>;
  /** The booking with this key, or null when the carrier never saw it or refused it. Rejects when it cannot tell. */
  findByKey(operationKey: string): Promise<Booking | null>;
  /** All operations in the order of their making, page by page. */
  list(page: {
    readonly cursor?: string | undefined;
    readonly limit: number;
  }): Promise<{ readonly items: readonly CarrierOperation[]; readonly nextCursor: string | null }>;
}
