/**
 * What only operators do to an order, as the workflow writes it down. A part of OrderRepository, whose rules hold here too:
 * each method is one statement, may reject with DatabaseUnavailableError, and changes nothing when it is repeated.
 */
import type { Cause } from '../../src/domain/events/event.ts';
import type { Resolution } from '../../src/domain/operations/actions.ts';
import type { ShippingAddress } from '../../src/domain/orders/order.ts';
import type { PaymentOperationKind } from '../../src/domain/payments/payment-operation.ts';
import type { OrderChange } from './orders.repository.ts';

/** What an operator knows of an operation whose answer was lost. */
export interface ResolvedOperation {
  readonly outcome: Resolution;
  /** The provider's id; null when it never happened. */
  readonly providerReference: string | null;
  readonly orderId: string;
  readonly kind: PaymentOperationKind;
  readonly amountMinor: number;
  readonly currency: string;
  /** When the operator said so, RFC 3339. */
  readonly at: string;
}

/** `rerouted` also when everything was there already; `out_of_stock`: nothing was changed. */
export interface RerouteOutcome {
  readonly kind: 'rerouted' | 'out_of_stock' | 'status';
  readonly status: OrderChange['status'];
  readonly version: number;
}

export interface OperatorChanges {
  /** The order waits for an operator to release it. Nothing once it is given up or at its end. No event. */
  recordHeld(input: { readonly orderId: string }): Promise<OrderChange>;

  /** It waits again for what its status says. No event. */
  recordReleased(input: { readonly orderId: string }): Promise<OrderChange>;

  /**
   * Replaces where the order goes, before a label was bought. Refused (applied: false) later, and when the person was
   * forgotten. No event, because events hold no personal data.
   */
  changeAddress(input: { readonly orderId: string; readonly shipTo: ShippingAddress }): Promise<OrderChange>;

  /**
   * Holds everything that the order holds elsewhere at one location, and lets it go where it was: all of it or nothing, rows of
   * `stock` locked in key order. Of parcels that were planned one is left, with its key. Event: inventory.rerouted.
   */
  reroute(input: {
    readonly orderId: string;
    readonly cause: Cause;
    readonly locationId: string;
  }): Promise<RerouteOutcome>;

  /**
   * Stores what an operator knows of an operation that has no outcome yet.
   * @returns `settled_already` when it has one, which is not overridden
   */
  recordResolution(input: {
    readonly actionId: string;
    readonly orderId: string;
    readonly operationKey: string;
    readonly outcome: Resolution;
    readonly providerReference: string | null;
    readonly evidence: string;
    readonly actor: string;
  }): Promise<'recorded' | 'settled_already'>;

  /** The newest that an operator has said of this operation; null when nobody did. */
  findResolution(operationKey: string): Promise<ResolvedOperation | null>;
}
