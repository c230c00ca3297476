import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { paymentOperationKey } from '../../../src/domain/ids.ts';
import { OrderLab } from './order-lab.ts';

let lab: OrderLab;
beforeAll(async () => {
  lab = await OrderLab.start();
});
afterEach(async () => {
  expect(await lab.violations()).toEqual([]);
});
afterAll(() => lab?.stop());

const HELD_AND_CHARGED = ['authorize succeeded 1110', 'capture succeeded 1110'];

describe('an order that cannot be', () => {
  test.each(['insufficient_funds', 'do_not_honor', 'expired_card', 'fraud'])(
    'gives its stock back before it says that the card was declined: %s',
    async (reason) => {
      const sku = await lab.stock(5);
      const { orderId, outcome } = await lab.place({
        token: `tok_declined_${reason}`,
        lines: [{ sku, quantity: 3 }],
      });
      expect(await outcome).toMatchObject({
        outcome: 'rejected',
        rejection: { code: 'PAYMENT_DECLINED', declineReason: reason },
      });
      expect(await lab.shelf(sku)).toBe('5/0');
      expect(await lab.order(orderId)).toMatchObject({ status: 'rejected', paymentStatus: 'declined' });
      expect(await lab.events(orderId)).toEqual([
        'order.placed',
        'inventory.reserved',
        'payment.declined',
        'inventory.released',
        'order.rejected',
      ]);
      expect(await lab.moneyMoves(orderId)).toEqual(['authorize declined 1110']);
      expect(await lab.mails(orderId)).toEqual([]);
      await lab.untilClosed(orderId);
    },
  );

  test('names the lines that lack stock and takes nothing', async () => {
    const [scarce, plenty] = [await lab.stock(1, 1), await lab.stock(10)];
    const { orderId, outcome } = await lab.place({
      lines: [
        { sku: plenty, quantity: 1 },
        { sku: scarce, quantity: 3 },
      ],
    });
    expect(await outcome).toMatchObject({
      outcome: 'rejected',
      rejection: { code: 'OUT_OF_STOCK', lines: [{ lineId: '2', sku: scarce, requested: 3, available: 2 }] },
    });
    expect([await lab.shelf(scarce), await lab.shelf(plenty)]).toEqual(['2/0', '10/0']);
    expect(await lab.moneyMoves(orderId)).toEqual([]);
    expect(await lab.events(orderId)).toEqual(['order.placed', 'order.rejected']);
  });
});

describe('a payment provider on a bad day', () => {
  test.each(['tok_error_before', 'tok_error_after', 'tok_lost_reply', 'tok_rate_limited'])(
    'holds the money exactly once: %s',
    async (token) => {
      const { orderId, outcome } = await lab.place({ token });
      expect(await outcome).toMatchObject({ outcome: 'confirmed' });
      await lab.untilClosed(orderId);
      expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
      expect((await lab.order(orderId)).status).toBe('completed');
    },
  );

  test('that is slow confirms the order later, and frees the customer meanwhile', async () => {
    const { orderId, outcome } = await lab.place({ token: 'tok_slow' });
    // The local attempt is given up, so that the order stands written and others can ask for it.
    await lab.until(orderId, 'reserved', (order) => order.status === 'reserved');
    expect(await lab.progress(orderId)).toMatchObject({ step: 'Authorizing the payment' });
    expect(await outcome).toMatchObject({ outcome: 'confirmed' });
    await lab.untilClosed(orderId);
    expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
  });

  test('that never answers leaves the order undecided until it does', async () => {
    const { orderId, outcome } = await lab.place({ token: 'tok_unreachable' });
    await lab.until(orderId, 'unknown', (order) => order.paymentStatus === 'unknown');
    expect((await lab.order(orderId)).status).toBe('reserved');
    await lab.liftFaults(lab.payments, orderId);
    expect(await outcome).toMatchObject({ outcome: 'confirmed' });
    await lab.untilClosed(orderId);
    expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
  });

  test.each(['error_before', 'error_after', 'lost_reply', 'rate_limit', 'maintenance'])(
    'charges exactly once: %s',
    async (behaviour) => {
      const { orderId, outcome } = await lab.place();
      await lab.faults(lab.payments, [{ operation: 'capture', orderId, times: 1, behaviour }]);
      await outcome;
      await lab.untilClosed(orderId);
      expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
      expect((await lab.order(orderId)).paymentStatus).toBe('captured');
    },
  );

  test('that goes on for long calls a person, and is asked at once when it says that it is done', async () => {
    const { orderId, outcome } = await lab.place({ parcelsStay: true });
    const away = { operation: 'capture', orderId, times: -1, behaviour: 'maintenance' };
    // It asks for more patience than a person may be left without word.
    await lab.faults(lab.payments, [{ ...away, delayMs: 600_000 }]);
    await outcome;
    await lab.until(orderId, 'stuck', ({ attention }) => attention !== null);
    expect((await lab.order(orderId)).attention).toMatchObject({
      code: 'CAPTURE_UNRESOLVED',
      message: expect.stringContaining(
        `Operation ${paymentOperationKey(orderId, 'capture')} over 1110 GBP (minor units), begun `,
      ),
    });
    // That is more than this test has; but it works again before, and says so.
    await lab.liftFaults(lab.payments, orderId);
    await lab.signalSettled(orderId, paymentOperationKey(orderId, 'capture'));
    const order = await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
    expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
    await lab.until(order.id, 'calm', ({ attention }) => attention === null);
    expect((await lab.events(orderId)).slice(-3)).toEqual([
      'order.attention_raised',
      'payment.captured',
      'order.attention_cleared',
    ]);
  });

  test('that will not charge stops the parcels, calls a person, and leaves the order to be cancelled', async () => {
    const sku = await lab.stock(5);
    const { orderId, outcome } = await lab.place({ lines: [{ sku, quantity: 3 }], parcelsStay: true });
    await lab.faults(lab.payments, [
      { operation: 'capture', orderId, times: 1, behaviour: 'decline', code: 'do_not_honor' },
    ]);
    await outcome;
    const order = await lab.until(orderId, 'stopped', ({ attention }) => attention !== null);
    expect(order.attention?.code).toBe('CAPTURE_REFUSED');
    expect(order.shipments.map((shipment) => shipment.status)).toEqual(['cancelled']);
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    expect(await lab.order(orderId)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'voided',
      attention: null,
    });
    expect(await lab.shelf(sku)).toBe('5/0');
  });
});

describe('a carrier on a bad day', () => {
  test.each(['error_before', 'error_after', 'lost_reply', 'rate_limit', 'maintenance'])(
    'takes each parcel once: %s',
    async (behaviour) => {
      const sku = await lab.stock(1, 1);
      const { orderId, outcome } = await lab.place({ lines: [{ sku, quantity: 2 }] });
      await lab.faults(lab.carrier, [{ operation: 'book', orderId, times: 2, behaviour }]);
      await outcome;
      await lab.untilClosed(orderId);
      const bookings = await lab.operations(lab.carrier, orderId);
      expect(bookings.map(({ operation, status }) => `${operation} ${status}`)).toEqual([
        'book succeeded',
        'book succeeded',
      ]);
      expect((await lab.order(orderId)).status).toBe('completed');
    },
  );

  test('that serves no such address calls a person, and nothing is charged', async () => {
    const sku = await lab.stock(5);
    const { orderId, outcome } = await lab.place({ postalCode: '00000', lines: [{ sku, quantity: 3 }] });
    await outcome;
    await lab.until(orderId, 'refused', ({ attention }) => attention?.code === 'SHIPMENT_REFUSED');
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110']);
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    expect(await lab.order(orderId)).toMatchObject({ status: 'cancelled', attention: null });
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110', 'void succeeded 1110']);
    expect(await lab.shelf(sku)).toBe('5/0');
  });
});
