/**
 * The facts that leave the house. Every event is written by the statement that makes its change, carries no
 * personal data, and is described by a JSON Schema in docs/events/<type>.json.
 */
import type { Money } from '../money.ts';
import type { ShortLine } from '../orders/order.ts';

/** Lines are left out of `order.placed` above this number, because a message may not exceed 256 KiB. */
export const MAX_LINES_IN_EVENT = 1000;

export interface EventDataByType {
  'commerce.order.placed.v1': {
    readonly customerId: string;
    readonly total: Money;
    readonly lineCount: number;
    /** Absent above MAX_LINES_IN_EVENT lines; the order's own address has them. */
    readonly lines?: readonly {
      readonly lineId: string;
      readonly sku: string;
      readonly quantity: number;
      readonly unitPriceMinor: number;
    }[];
  };
  'commerce.inventory.reserved.v1': { readonly locations: readonly string[]; readonly units: number };
  'commerce.inventory.released.v1': { readonly locations: readonly string[]; readonly units: number };
  'commerce.order.review_started.v1': {
    /** When it goes on without anybody deciding, RFC 3339. */
    readonly until: string;
  };
  'commerce.inventory.rerouted.v1': {
    readonly from: readonly string[];
    readonly to: string;
    readonly units: number;
  };
  'commerce.payment.authorized.v1': { readonly amount: Money; readonly captureBefore: string };
  'commerce.payment.declined.v1': { readonly amount: Money; readonly declineReason: string };
  'commerce.payment.voided.v1': { readonly amount: Money };
  'commerce.payment.captured.v1': { readonly amount: Money };
  'commerce.payment.refund_requested.v1': {
    readonly refundId: string;
    readonly amount: Money;
    readonly reason: string;
  };
  'commerce.payment.refunded.v1': {
    readonly refundId: string;
    readonly amount: Money;
    readonly reason: string;
    readonly restocked: boolean;
  };
  'commerce.payment.refund_failed.v1': {
    readonly refundId: string;
    readonly amount: Money;
    readonly failureCode: string;
    /** Whether `payment.refunded` was told of it before: then the money is back and due again. */
    readonly afterSuccess: boolean;
  };
  'commerce.order.confirmed.v1': { readonly total: Money };
  'commerce.order.rejected.v1': {
    readonly code: string;
    readonly message: string;
    readonly lines?: readonly ShortLine[];
    readonly declineReason?: string;
  };
  'commerce.fulfilment.started.v1': { readonly shipmentIds: readonly string[] };
  'commerce.shipment.label_created.v1': {
    readonly shipmentId: string;
    readonly locationId: string;
    readonly carrier: string;
    readonly trackingNumber: string;
  };
  'commerce.order.partially_shipped.v1': { readonly shipmentId: string };
  'commerce.order.shipped.v1': { readonly shipmentId: string };
  'commerce.delivery.partially_confirmed.v1': { readonly shipmentId: string };
  'commerce.delivery.confirmed.v1': { readonly shipmentId: string };
  'commerce.order.completed.v1': Record<string, never>;
  'commerce.order.cancellation_started.v1': { readonly reason: string };
  'commerce.order.cancelled.v1': { readonly reason: string };
  'commerce.order.attention_raised.v1': { readonly code: string; readonly message: string };
  'commerce.order.attention_cleared.v1': {
    readonly code: string;
    /** The newest of the causes that are left. Absent in events of the time when there was at most one. */
    readonly remaining?: string | null | undefined;
  };
}
export type EventType = keyof EventDataByType;

/** What caused a change: the order's first request (correlation) and the request, webhook or event just before it. */
export interface Cause {
  readonly correlationId: string;
  readonly causationId: string;
}

/** An event as stored and as `GET /v1/orders/{id}/events` answers it: CloudEvents 1.0, structured JSON. */
export interface OrderEvent<Type extends EventType = EventType> {
  readonly specversion: '1.0';
  /** `<order id>-<sequence>`; consumers dedupe by it. */
  readonly id: string;
  readonly source: '/order-saga/orders';
  readonly type: Type;
  /** The order id. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** 1..n per order, without gap. */
  readonly sequence: number;
  readonly correlationid: string;
  readonly causationid: string;
  readonly data: EventDataByType[Type];
}
