import { describe, expect, test } from '@jest/globals';
import {
  bookingCancelOperationKey,
  bookingOperationKey,
  cancellationRefundId,
  eventId,
  paymentOperationKey,
  refundOperationKey,
  repeatedRefundId,
  shipmentId,
  shipmentIdPrefix,
} from './ids.ts';

const ORDER = 'ord_0123456789abcdefghjkmnpqrs';

describe('ids that follow from an order', () => {
  // They stand in databases and at providers, so another form would be another operation.
  test.each([
    [paymentOperationKey(ORDER, 'capture'), `${ORDER}:capture:1`],
    [refundOperationKey('ref_1'), 'ref_1:refund:1'],
    [refundOperationKey('ref_1', 3), 'ref_1:refund:3'],
    [shipmentIdPrefix(ORDER), 'shp_0123456789abcdefghjkmnpqrs_'],
    [shipmentId('ord_ord_1', 12), 'shp_ord_1_12'],
    [bookingOperationKey('shp_1_1'), 'shp_1_1:book:1'],
    [bookingOperationKey('shp_1_1', 2), 'shp_1_1:book:2'],
    [bookingCancelOperationKey('shp_1_1'), 'shp_1_1:cancel_booking:1'],
    [bookingCancelOperationKey('shp_1_1', 2), 'shp_1_1:cancel_booking:2'],
    [eventId(ORDER, 7), `${ORDER}-7`],
    [cancellationRefundId(ORDER), 'ref_0123456789abcdefghjkmnpqrs_cancel'],
    [cancellationRefundId(ORDER, 2), 'ref_0123456789abcdefghjkmnpqrs_cancel_2'],
    [cancellationRefundId('my_ord_1'), 'my_ord_1_cancel'],
    [shipmentIdPrefix('my_ord_1'), 'my_ord_1_'],
    [repeatedRefundId('ref_1'), 'ref_1_again_1'],
    [repeatedRefundId('ref_1_again_1'), 'ref_1_again_2'],
    [repeatedRefundId('ref_1_again_19'), 'ref_1_again_20'],
    [repeatedRefundId('ref_1_again_x'), 'ref_1_again_x_again_1'],
    [repeatedRefundId('ref_1_again_1_cancel'), 'ref_1_again_1_cancel_again_1'],
  ])('keep the form %s', (id, form) => {
    expect(id).toBe(form);
  });

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
      bookingOperationKey(parcel, 2),
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
