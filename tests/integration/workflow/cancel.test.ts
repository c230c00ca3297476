import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { shipmentId } from '../../../src/domain/ids.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import { waitFor } from '../../support/stack.ts';
import { OrderLab } from './order-lab.ts';

let lab: OrderLab;
beforeAll(async () => {
  lab = await OrderLab.start();
});
afterEach(async () => {
  expect(await lab.violations()).toEqual([]);
});
afterAll(() => lab?.stop());

/** An order whose parcels stay where they are, with the shelf that it takes from. */
async function placeSlowParcel(options: { token?: string; quantity?: number; west?: number } = {}) {
  const sku = await lab.stock(5, options.west ?? 0);
  const quantity = options.quantity ?? 3;
  const { token = 'tok_visa' } = options;
  const placed = await lab.place({ lines: [{ sku, quantity }], token, parcelsStay: true });
  return { ...placed, sku };
}

const isCharged = (order: OrderView): boolean => order.paymentStatus === 'captured';

describe('cancelling gives back exactly what was taken', () => {
  test('while the provider does not say whether it holds the money', async () => {
    const { orderId, outcome, sku } = await placeSlowParcel({ token: 'tok_unreachable' });
    await lab.until(orderId, 'unknown', (order) => order.paymentStatus === 'unknown');
    const cancelled = lab.cancel(orderId);
    await lab.until(orderId, 'cancelling', (order) => order.status === 'cancelling');
    await lab.liftFaults(lab.payments, orderId);
    expect(await cancelled).toEqual({ kind: 'cancelled' });
    expect(await outcome).toMatchObject({ outcome: 'cancelled' });
    expect(await lab.shelf(sku)).toBe('5/0');
    // A void of what was never held, which also refuses an authorization that should still arrive.
    expect(await lab.moneyMoves(orderId)).toEqual(['void succeeded 0']);
    expect(await lab.mails(orderId)).toEqual([]);
  });

  test('while the provider holds the money and the answer is lost', async () => {
    const { orderId, outcome, sku } = await placeSlowParcel({ token: 'tok_slow' });
    await lab.until(orderId, 'reserved', (order) => order.status === 'reserved');
    const cancelled = lab.cancel(orderId);
    expect(await cancelled).toEqual({ kind: 'cancelled' });
    expect(await outcome).toMatchObject({ outcome: 'cancelled' });
    expect(await lab.shelf(sku)).toBe('5/0');
    expect((await lab.moneyMoves(orderId)).at(-1)).toMatch(/^void succeeded/);
    expect((await lab.order(orderId)).paymentStatus).toBe('voided');
  });

  test('while the carrier does not answer', async () => {
    const sku = await lab.stock(5);
    const { orderId, outcome } = await lab.place({ lines: [{ sku, quantity: 3 }] });
    await lab.faults(lab.carrier, [
      { operation: 'book', orderId, times: -1, behaviour: 'maintenance', delayMs: 600_000 },
    ]);
    await outcome;
    await lab.until(orderId, 'stuck', ({ attention }) => attention?.code === 'BOOKING_UNRESOLVED');
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110', 'void succeeded 1110']);
    expect(await lab.shelf(sku)).toBe('5/0');
    expect((await lab.order(orderId)).attention).toBeNull();
    expect((await lab.operations(lab.carrier, orderId)).filter(({ status }) => status === 'booked')).toEqual(
      [],
    );
  });

  test('while the customer may have been charged and the answer is lost', async () => {
    const { orderId, outcome, sku } = await placeSlowParcel();
    await lab.faults(lab.payments, [
      { operation: 'capture', orderId, times: 1, behaviour: 'lost_reply' },
      { operation: 'lookup', orderId, times: 2, behaviour: 'maintenance', delayMs: 1000 },
    ]);
    await outcome;
    const charge = ['authorize succeeded 1110', 'capture succeeded 1110'];
    await lab.untilMoved(orderId, charge);
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    expect(await lab.moneyMoves(orderId)).toEqual([...charge, 'refund succeeded 1110']);
    expect((await lab.order(orderId)).paymentStatus).toBe('refunded');
    expect(await lab.shelf(sku)).toBe('5/0');
  });

  test('after the customer was charged, over two parcels', async () => {
    const { orderId, outcome, sku } = await placeSlowParcel({ quantity: 7, west: 2 });
    await outcome;
    await lab.until(orderId, 'captured', isCharged);
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    const order = await lab.order(orderId);
    expect(order).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
    expect(order.shipments.map((shipment) => shipment.status)).toEqual(['cancelled', 'cancelled']);
    expect(await lab.shelf(sku)).toBe('7/0');
    expect((await lab.events(orderId)).slice(-5)).toEqual([
      'order.cancellation_started',
      'payment.refund_requested',
      'payment.refunded',
      'inventory.released',
      'order.cancelled',
    ]);
    await lab.untilClosed(orderId);
    expect(await lab.mails(orderId)).toEqual(['Your order is confirmed', 'Your order is cancelled']);
  });

  test('after part of it was refunded, and then only the rest', async () => {
    const { orderId, outcome } = await placeSlowParcel();
    await outcome;
    await lab.until(orderId, 'captured', isCharged);
    expect(await lab.refund(orderId, { by: { amountMinor: 110 } })).toMatchObject({ kind: 'succeeded' });
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    expect(await lab.moneyMoves(orderId)).toEqual([
      'authorize succeeded 1110',
      'capture succeeded 1110',
      'refund succeeded 110',
      'refund succeeded 1000',
    ]);
  });
});

describe('cancelling', () => {
  test('twice at once has one effect and one answer', async () => {
    const { orderId, outcome } = await placeSlowParcel();
    await outcome;
    await lab.until(orderId, 'captured', isCharged);
    const answers = await Promise.all([lab.cancel(orderId, 'req-a'), lab.cancel(orderId, 'req-b')]);
    expect(answers).toEqual([{ kind: 'cancelled' }, { kind: 'cancelled' }]);
    const events = await lab.events(orderId);
    expect(events.filter((type) => type === 'payment.refunded')).toHaveLength(1);
    expect(events.filter((type) => type === 'order.cancelled')).toHaveLength(1);
  });

  test('is refused once a parcel has left, and the order goes on', async () => {
    const { orderId, outcome } = await placeSlowParcel();
    await outcome;
    await lab.until(orderId, 'captured', isCharged);
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'shipped', 'evt_1');
    await lab.untilStatus(orderId, 'shipped');
    expect(await lab.cancel(orderId)).toEqual({ kind: 'refused', status: 'shipped' });
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'delivered', 'evt_2');
    await lab.untilClosed(orderId);
    expect((await lab.order(orderId)).status).toBe('completed');
  });

  test('that loses the race against the carrier gives nothing back, and the order goes on', async () => {
    await lab.carrier.send('PUT', '/control/webhooks', { body: { mode: 'hold' } });
    const sku = await lab.stock(5);
    const { orderId, outcome } = await lab.place({ lines: [{ sku, quantity: 3 }] });
    await lab.speed(orderId, 1, 600_000);
    await outcome;
    // The parcel has left, and nobody has told us.
    await lab.until(orderId, 'captured', isCharged);
    expect(await lab.cancel(orderId)).toEqual({ kind: 'refused', status: 'shipped' });
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110', 'capture succeeded 1110']);
    expect(await lab.progress(orderId)).toMatchObject({ cancelRequested: false, attentionCode: null });
    await lab.carrier.send('PUT', '/control/webhooks', { body: { mode: 'normal' } });
    await lab.speed(orderId, 1, 1);
    await lab.carrier.send('POST', '/control/webhooks/release', { body: {} });
    await lab.untilClosed(orderId);
    expect((await lab.order(orderId)).status).toBe('completed');
    expect(await lab.shelf(sku)).toBe('2/0');
  });

  test('that loses the race leaves the customer to be charged as if nobody had asked', async () => {
    await lab.carrier.send('PUT', '/control/webhooks', { body: { mode: 'hold' } });
    const { orderId, outcome } = await lab.place({
      prepare: (id) =>
        lab.faults(lab.payments, [{ operation: 'capture', orderId: id, times: 4, behaviour: 'maintenance' }]),
    });
    await outcome;
    await lab.until(orderId, 'fulfilling', (order) => order.status === 'fulfilling');
    await waitFor(
      async () =>
        (await lab.parcels(orderId)).every((status) => status === 'shipped' || status === 'delivered'),
      { timeoutMs: 10_000, what: 'the parcel to leave' },
    );
    expect(await lab.cancel(orderId)).toEqual({ kind: 'refused', status: 'shipped' });
    await lab.carrier.send('PUT', '/control/webhooks', { body: { mode: 'normal' } });
    await lab.carrier.send('POST', '/control/webhooks/release', { body: {} });
    await lab.untilClosed(orderId);
    expect(await lab.order(orderId)).toMatchObject({ status: 'completed', paymentStatus: 'captured' });
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110', 'capture succeeded 1110']);
  });

  test('whose fate was not heard before the parcel left is settled as not needed', async () => {
    const { orderId, outcome } = await placeSlowParcel();
    await outcome;
    await lab.until(orderId, 'captured', isCharged);
    await lab.faults(lab.carrier, [{ operation: 'cancel', orderId, times: 1, behaviour: 'error_before' }]);
    await lab.askToCancel(orderId);
    await lab.untilFaultsAreUsed(lab.carrier, orderId);
    await lab.speed(orderId, 1, 1);
    await lab.untilClosed(orderId);
    expect((await lab.order(orderId)).status).toBe('completed');
    expect(await lab.violations()).toEqual([]);
  });

  test('of which one parcel was stopped unheard while the other left calls a person', async () => {
    const { orderId, outcome } = await placeSlowParcel({ quantity: 7, west: 2 });
    await outcome;
    await lab.until(orderId, 'captured', isCharged);
    const [first, second] = (await lab.order(orderId)).shipments.map(({ id }) => id);
    await lab.faults(lab.carrier, [{ operation: 'cancel', orderId, times: 1, behaviour: 'error_after' }]);
    // The carrier stops the first and says so to nobody; the second leaves before it is asked for.
    await lab.carrier.send('PUT', '/control/webhooks', { body: { mode: 'hold', orderId } });
    await lab.askToCancel(orderId);
    await lab.untilFaultsAreUsed(lab.carrier, orderId);
    await lab.speed(orderId, 1, 600_000);
    const order = await lab.until(orderId, 'waiting', ({ attention }) => attention !== null);
    expect(order.attention?.code).toBe('CANCEL_PARTLY_LOST');
    expect(order.shipments.map(({ id, status }) => [id, status])).toEqual([
      [first, 'cancelled'],
      [second, 'booked'],
    ]);
    expect(await lab.parcels(orderId)).toEqual(['cancelled', 'shipped']);
    await lab.carrier.send('PUT', '/control/webhooks', { body: { mode: 'normal', orderId } });
  });

  test('that stops one parcel while another leaves gives nothing else back and calls a person', async () => {
    const { orderId, outcome } = await placeSlowParcel({ quantity: 7, west: 2 });
    await outcome;
    await lab.until(orderId, 'captured', isCharged);
    await lab.faults(lab.carrier, [
      { operation: 'cancel', orderId, times: 1, behaviour: 'delay', delayMs: 1 },
      { operation: 'cancel', orderId, times: 1, behaviour: 'decline', code: 'already_shipped' },
    ]);
    expect(await lab.cancel(orderId)).toEqual({ kind: 'refused', status: 'shipped' });
    const order = await lab.until(orderId, 'waiting', ({ attention }) => attention !== null);
    expect(order.attention?.code).toBe('CANCEL_PARTLY_LOST');
    expect(order).toMatchObject({ status: 'fulfilling', paymentStatus: 'captured' });
    expect(order.shipments.map((shipment) => shipment.status)).toEqual(['cancelled', 'booked']);
    expect(await lab.cancel(orderId, 'req-again')).toEqual({ kind: 'refused', status: 'shipped' });
    expect(await lab.refund(orderId, { by: { amountMinor: 740 } })).toMatchObject({ kind: 'succeeded' });
  });

  test('through the pages of Temporal means the order with all that it has taken', async () => {
    const { orderId, outcome, sku } = await placeSlowParcel();
    await outcome;
    await lab.until(orderId, 'captured', isCharged);
    await lab.temporal.client.workflow.getHandle(orderId).cancel();
    await lab.untilClosed(orderId);
    expect(await lab.order(orderId)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
    expect(await lab.shelf(sku)).toBe('5/0');
  });

  test('goes on while one undo is stuck, and gives everything else back', async () => {
    const { orderId, outcome, sku } = await placeSlowParcel();
    await outcome;
    await lab.until(orderId, 'captured', isCharged);
    await lab.faults(lab.payments, [
      { operation: 'refund', orderId, times: 1, behaviour: 'decline', code: 'account_closed' },
    ]);
    await lab.askToCancel(orderId);
    await lab.until(orderId, 'waiting', ({ attention }) => attention?.code === 'REFUND_REFUSED');
    // Stock does not wait for the money.
    await lab.untilShelf(sku, '5/0');
    expect((await lab.order(orderId)).status).toBe('cancelling');
    expect((await lab.order(orderId)).refunds).toMatchObject([{ status: 'failed' }]);
  });
});
