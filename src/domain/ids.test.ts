import { describe, expect, test } from '@jest/globals';
import {
  bookingCancelOperationKey,
  bookingOperationKey,
  cancellationRefundId,
  eventId,
  paymentOperationKey,
  refundOperationKey,
  shipmentId,
} from './ids.ts';

const ORDER = 'ord_0123456789abcdefghjkmnpqrs';

describe('ids that follow from an order', () => {
  test('are all different and can be told by their form', () => {
    const parcel = shipmentId(ORDER, 1);
    const refund = cancellationRefundId(ORDER);
    const keys = [
      paymentOperationKey(ORDER, 'authorize'),
      paymentOperationKey(ORDER, 'authorize', 2),
      paymentOperationKey(ORDER, 'capture'),
      paymentOperationKey(ORDER, 'void'),
      refundOperationKey(refund),
      refundOperationKey(refund, 2),
      bookingOperationKey(parcel),
      bookingCancelOperationKey(parcel),
      bookingOperationKey(shipmentId(ORDER, 2)),
      eventId(ORDER, 1),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(parcel).toMatch(/^shp_0123456789abcdefghjkmnpqrs_1$/);
    expect(refund).toMatch(/^ref_/);
  });

  test('the refund of a cancellation is never one that somebody asked for', () => {
    // The id of a refund that was asked for ends with the digest; the same digest can belong to an order.
    const asked = ORDER.replace('ord_', 'ref_');
    expect([cancellationRefundId(ORDER), cancellationRefundId(ORDER, 2)]).not.toContain(asked);
    expect(cancellationRefundId(ORDER, 2)).not.toBe(cancellationRefundId(ORDER));
  });
});
