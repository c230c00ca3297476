/**
 * Ids and operation keys that follow from other ids, so that whoever repeats a request arrives at the same ones.
 */
import type { PaymentOperationKind } from './payments/payment-operation.ts';

/** The one authorization attempt key; a new attempt number only after a definite failure. */
export function paymentOperationKey(
  orderId: string,
  kind: Exclude<PaymentOperationKind, 'refund'>,
  attempt = 1,
): string {
  return `${orderId}:${kind}:${attempt}`;
}

/** Key of a refund at the provider; the refund id is derived from the request that asked for it. */
export function refundOperationKey(refundId: string, attempt = 1): string {
  return `${refundId}:refund:${attempt}`;
}

/** Shipments of an order are numbered from 1 in the order of their locations. */
export function shipmentId(orderId: string, number: number): string {
  return `${shipmentIdPrefix(orderId)}${number}`;
}

/** What all shipments of an order begin with; the statement that makes them numbers them. */
export function shipmentIdPrefix(orderId: string): string {
  return `${orderId.replace(/^ord_/, 'shp_')}_`;
}

/** Key of booking a shipment at the carrier; a new attempt number only after the booking before it was given back. */
export function bookingOperationKey(shipmentIdentifier: string, attempt = 1): string {
  return `${shipmentIdentifier}:book:${attempt}`;
}

/** Key of cancelling that booking. */
export function bookingCancelOperationKey(shipmentIdentifier: string, attempt = 1): string {
  return `${shipmentIdentifier}:cancel_booking:${attempt}`;
}

/** CloudEvents id: unique, and the same however often the event is published. */
export function eventId(orderId: string, sequence: number): string {
  return `${orderId}-${sequence}`;
}

/**
 * Id of the refund that gives everything back when an order is cancelled. Refunds that were asked for have ids without a
 * suffix, so the two never meet. A new attempt number, and with it a new key, only after the provider definitely refused.
 */
export function cancellationRefundId(orderId: string, attempt = 1): string {
  return `${orderId.replace(/^ord_/, 'ref_')}_cancel${attempt === 1 ? '' : `_${attempt}`}`;
}

/** Id of the refund that takes the place of one which failed after the provider had reported it as done. */
export function repeatedRefundId(refundId: string): string {
  const [, first = refundId, number = '0'] = /^(.*)_again_(\d+)$/.exec(refundId) ?? [];
  return `${first}_again_${Number(number) + 1}`;
}
