/** One valid event of each type. */
import type { EventDataByType, EventType, OrderEvent } from '../../src/domain/events/event.ts';
import { eventId } from '../../src/domain/ids.ts';

const total = { amountMinor: 1530, currency: 'GBP' };

export const SAMPLE_DATA: { readonly [Type in EventType]: EventDataByType[Type] } = {
  'commerce.order.placed.v1': {
    customerId: 'cus_17850',
    total,
    lineCount: 1,
    lines: [{ lineId: '1', sku: '85123A', quantity: 6, unitPriceMinor: 255 }],
  },
  'commerce.inventory.reserved.v1': { locations: ['main'], units: 6 },
  'commerce.inventory.rerouted.v1': { from: ['main'], to: 'west', units: 3 },
  'commerce.inventory.released.v1': { locations: ['main', 'west'], units: 6 },
  'commerce.order.review_started.v1': { until: '2026-01-03T10:00:00.000Z' },
  'commerce.payment.authorized.v1': { amount: total, captureBefore: '2026-01-09T10:00:00.000Z' },
  'commerce.payment.declined.v1': { amount: total, declineReason: 'insufficient_funds' },
  'commerce.payment.voided.v1': { amount: total },
  'commerce.payment.captured.v1': { amount: total },
  'commerce.payment.refund_requested.v1': {
    refundId: 'ref_1',
    amount: { amountMinor: 255, currency: 'GBP' },
    reason: 'damaged',
  },
  'commerce.payment.refund_failed.v1': {
    refundId: 'ref_1',
    amount: { amountMinor: 255, currency: 'GBP' },
    failureCode: 'account_closed',
    afterSuccess: true,
  },
  'commerce.payment.refunded.v1': {
    refundId: 'ref_1',
    amount: { amountMinor: 255, currency: 'GBP' },
    reason: 'damaged',
    restocked: false,
  },
  'commerce.order.confirmed.v1': { total },
  'commerce.order.rejected.v1': {
    code: 'OUT_OF_STOCK',
    message: 'Not everything is in stock',
    lines: [{ lineId: '1', sku: '85123A', requested: 6, available: 2 }],
  },
  'commerce.fulfilment.started.v1': { shipmentIds: ['shp_1_1'] },
  'commerce.shipment.label_created.v1': {
    shipmentId: 'shp_1_1',
    locationId: 'main',
    carrier: 'demo-carrier',
    trackingNumber: 'TRK1',
  },
  'commerce.order.partially_shipped.v1': { shipmentId: 'shp_1_1' },
  'commerce.order.shipped.v1': { shipmentId: 'shp_1_1' },
  'commerce.delivery.partially_confirmed.v1': { shipmentId: 'shp_1_1' },
  'commerce.delivery.confirmed.v1': { shipmentId: 'shp_1_1' },
  'commerce.order.completed.v1': {},
  'commerce.order.cancellation_started.v1': { reason: 'customer_request' },
  'commerce.order.cancelled.v1': { reason: 'customer_request' },
  'commerce.order.attention_raised.v1': { code: 'NOT_SHIPPED', message: 'The carrier has no parcel yet' },
  'commerce.order.attention_cleared.v1': { code: 'NOT_SHIPPED' },
};

export const EVENT_TYPES = Object.keys(SAMPLE_DATA) as readonly EventType[];

export function sampleEvent<Type extends EventType>(
  type: Type,
  orderId = 'ord_sample',
  sequence = 1,
): OrderEvent<Type> {
  return {
    specversion: '1.0',
    id: eventId(orderId, sequence),
    source: '/order-saga/orders',
    type,
    subject: orderId,
    time: '2026-01-02T10:00:00.000Z',
    datacontenttype: 'application/json',
    sequence,
    correlationid: 'req_1',
    causationid: 'req_1',
    data: SAMPLE_DATA[type],
  };
}
