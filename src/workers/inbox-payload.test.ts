import { describe, expect, test } from '@jest/globals';
import { PoisonMessageError, readInboxMessage } from './inbox-payload.ts';

const row = { messageId: 'evt_1', orderId: 'ord_1' };
const payment = {
  id: 'evt_1',
  type: 'payment.operation.succeeded',
  createdAt: '2026-01-02T10:00:00.000Z',
  data: {
    operationKey: 'ord_1:capture:1',
    kind: 'capture',
    orderId: 'ord_1',
    amountMinor: 100,
    currency: 'GBP',
    status: 'succeeded',
  },
};
const parcel = {
  id: 'evt_1',
  type: 'shipment.shipped',
  createdAt: '2026-01-02T10:00:00.000Z',
  data: {
    shipmentId: 'shp_1_1',
    orderId: 'ord_1',
    trackingNumber: 'T',
    bookingKey: 'k',
    status: 'shipped',
    at: 't',
  },
};

describe('readInboxMessage', () => {
  test('a payment message tells the workflow which operation to ask for', () => {
    expect(readInboxMessage({ ...row, provider: 'payments', payload: payment })).toEqual({
      kind: 'signal',
      signal: { name: 'paymentSettled', payload: { operationKey: 'ord_1:capture:1', messageId: 'evt_1' } },
    });
  });

  test('a payment message about a refund that failed tells the workflow so', () => {
    const data = { ...payment.data, operationKey: 'ref_1:refund:1', kind: 'refund', status: 'failed' };
    expect(readInboxMessage({ ...row, provider: 'payments', payload: { ...payment, data } })).toEqual({
      kind: 'signal',
      signal: { name: 'refundFailed', payload: { operationKey: 'ref_1:refund:1', messageId: 'evt_1' } },
    });
  });

  test.each(['shipped', 'delivered'])('a carrier message says that the parcel is %s', (status) => {
    const payload = { ...parcel, data: { ...parcel.data, status } };
    expect(readInboxMessage({ ...row, provider: 'shipping', payload })).toEqual({
      kind: 'signal',
      signal: { name: 'shipmentMoved', payload: { shipmentId: 'shp_1_1', status, messageId: 'evt_1' } },
    });
  });

  test('another status of a parcel says nothing to the order', () => {
    const payload = { ...parcel, data: { ...parcel.data, status: 'in_transit' } };
    expect(readInboxMessage({ ...row, provider: 'shipping', payload })).toEqual({
      kind: 'nothing_to_say',
      reason: 'the parcel was neither handed over nor delivered',
    });
  });

  test.each([
    ['no object', 'payments', null, 'payload: '],
    ['no data', 'payments', { id: 'evt_1' }, 'data: '],
    [
      'a key that is no text',
      'payments',
      { data: { ...payment.data, operationKey: 7 } },
      'data.operationKey: ',
    ],
    ['no shipment', 'shipping', { data: { orderId: 'ord_1', status: 'shipped' } }, 'data.shipmentId: '],
    [
      'another order than its row',
      'shipping',
      { data: { ...parcel.data, orderId: 'ord_2' } },
      'data.orderId: ',
    ],
  ] as const)('refuses a payload with %s', (_name, provider, payload, message) => {
    expect(() => readInboxMessage({ ...row, provider, payload })).toThrow(PoisonMessageError);
    expect(() => readInboxMessage({ ...row, provider, payload })).toThrow(message);
  });
});
