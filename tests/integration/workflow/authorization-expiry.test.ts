import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { paymentOperationKey } from '../../../src/domain/ids.ts';
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

const HELD = 'authorize succeeded 1110';
const LET_GO = 'void succeeded 1110';
const CHARGED = 'capture succeeded 1110';
/** The hold is taken anew when half of it is over. */
const SHORT_WINDOW_MS = 3_000;
const DAY_MS = 86_400_000;

const CARRIER_AWAY = { operation: 'book', times: -1, behaviour: 'maintenance' };
const CAPTURE_AWAY = { operation: 'capture', times: -1, behaviour: 'maintenance' };
/** What happens to the second authorization of an order. */
const second = (fault: object) => [
  { operation: 'authorize', times: 1, behaviour: 'delay', delayMs: 1 },
  { operation: 'authorize', times: 1, ...fault },
];
const DECLINED = { behaviour: 'decline', code: 'insufficient_funds' };

/** An order whose first hold is short and whose later ones are long. */
async function placeWithShortHold(
  faults: { readonly payments?: readonly object[]; readonly carrier?: readonly object[] },
  always = false,
) {
  const sku = await lab.stock(5);
  const placed = await lab.place({
    lines: [{ sku, quantity: 3 }],
    parcelsStay: true,
    firstCaptureWindowMs: SHORT_WINDOW_MS,
    prepare: async (orderId) => {
      const of = (rules: readonly object[] = []) => rules.map((rule) => ({ ...rule, orderId }));
      await lab.faults(lab.payments, of(faults.payments));
      await lab.faults(lab.carrier, of(faults.carrier));
      if (always) await lab.captureWindow(orderId, SHORT_WINDOW_MS);
    },
  });
  await placed.outcome;
  return { ...placed, sku };
}

describe('a hold that ends before the customer could be charged', () => {
  test('is let go and taken anew in time, and what is charged is the new one', async () => {
    const { orderId } = await placeWithShortHold({ carrier: [CARRIER_AWAY] });
    const isLong = (captureBefore: string | null) => Date.parse(captureBefore ?? '') > Date.now() + DAY_MS;
    const again = await lab.until(orderId, 'held anew', ({ payment }) => isLong(payment.captureBefore));
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, LET_GO, HELD]);
    expect(again).toMatchObject({ status: 'confirmed', waiting: { for: 'booking', owner: 'carrier' } });
    await lab.liftFaults(lab.carrier, orderId);
    await lab.until(orderId, 'charged', (order) => order.paymentStatus === 'captured');
    await lab.speed(orderId, 1, 1);
    await lab.untilClosed(orderId);
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, LET_GO, HELD, CHARGED]);
    const keys = (await lab.operations(lab.payments, orderId)).map(({ key }) => key);
    expect(keys).toEqual([
      paymentOperationKey(orderId, 'authorize'),
      paymentOperationKey(orderId, 'void'),
      paymentOperationKey(orderId, 'authorize', 2),
      paymentOperationKey(orderId, 'capture', 2),
    ]);
    expect(await lab.events(orderId)).toEqual([
      'order.placed',
      'inventory.reserved',
      'payment.authorized',
      'order.confirmed',
      'payment.voided',
      'payment.authorized',
      'fulfilment.started',
      'shipment.label_created',
      'payment.captured',
      'order.shipped',
      'delivery.confirmed',
      'order.completed',
    ]);
    expect(await lab.refund(orderId, { by: { amountMinor: 110 } })).toMatchObject({ kind: 'succeeded' });
  });

  test('is taken anew as often as it takes', async () => {
    const { orderId } = await placeWithShortHold({ carrier: [CARRIER_AWAY] }, true);
    await waitFor(async () => (await lab.moneyMoves(orderId)).length >= 5, {
      timeoutMs: 30_000,
      what: 'a third hold',
    });
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    const moves = await lab.moneyMoves(orderId);
    expect(moves.filter((move) => move === HELD)).toHaveLength(
      moves.filter((move) => move === LET_GO).length,
    );
    expect(moves.at(-1)).toBe(LET_GO);
  });

  test('and is refused the next time cancels the order, gives everything back and tells the customer', async () => {
    const { orderId, sku } = await placeWithShortHold({
      carrier: [CARRIER_AWAY],
      payments: second(DECLINED),
    });
    const order = await lab.untilStatus(orderId, 'cancelled');
    expect(order).toMatchObject({ paymentStatus: 'declined', attention: null, waiting: null });
    expect(order.payment.captureBefore).toBeNull();
    expect(await lab.shelf(sku)).toBe('5/0');
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, LET_GO, 'authorize declined 1110']);
    await lab.untilClosed(orderId);
    expect(await lab.mails(orderId)).toContain('Your order is cancelled');
    const events = await lab.repositories.orderReads.events(orderId, 0, 100);
    expect(events.find(({ type }) => type === 'commerce.order.cancellation_started.v1')?.data).toEqual({
      reason: 'payment_expired',
    });
  });

  test('while a person is needed anyway cancels the order instead of holding money for nothing', async () => {
    const sku = await lab.stock(5);
    const { orderId, outcome } = await lab.place({
      lines: [{ sku, quantity: 3 }],
      parcelsStay: true,
      firstCaptureWindowMs: SHORT_WINDOW_MS,
      prepare: (id) =>
        lab.faults(lab.payments, [
          { operation: 'capture', orderId: id, times: 1, behaviour: 'decline', code: 'do_not_honor' },
        ]),
    });
    await outcome;
    await lab.untilStatus(orderId, 'cancelled');
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, 'capture declined 1110', LET_GO]);
    expect(await lab.shelf(sku)).toBe('5/0');
  });
});

describe('a hold that ends while the customer is being charged', () => {
  test('and the charge came first stands, and is not made twice', async () => {
    const { orderId } = await placeWithShortHold({
      payments: [
        { operation: 'capture', times: 1, behaviour: 'lost_reply' },
        { operation: 'lookup', times: 5, behaviour: 'maintenance' },
      ],
    });
    const order = await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
    expect(order.waiting).toMatchObject({ for: 'hand_over', owner: 'warehouse' });
    await lab.speed(orderId, 1, 1);
    await lab.untilClosed(orderId);
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, CHARGED]);
  });

  test('and the provider is away is let go, and the next one is charged', async () => {
    const { orderId } = await placeWithShortHold({ payments: [CAPTURE_AWAY] });
    await waitFor(async () => (await lab.moneyMoves(orderId)).length === 3, {
      timeoutMs: 30_000,
      what: 'another hold',
    });
    await lab.liftFaults(lab.payments, orderId);
    await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, LET_GO, HELD, CHARGED]);
  });

  test('and is found to be over, as when a worker was away for days, is taken anew', async () => {
    const { orderId, outcome } = await lab.place({
      parcelsStay: true,
      prepare: (id) =>
        lab.faults(lab.payments, [
          {
            operation: 'capture',
            orderId: id,
            times: 1,
            behaviour: 'decline',
            code: 'authorization_expired',
          },
        ]),
    });
    await outcome;
    await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, 'capture declined 1110', LET_GO, HELD, CHARGED]);
    await lab.speed(orderId, 1, 1);
    await lab.untilClosed(orderId);
    expect((await lab.order(orderId)).status).toBe('completed');
  });

  test('and another one is refused after a parcel has left calls a person, and gives nothing back', async () => {
    await lab.carrier.send('PUT', '/control/webhooks', { body: { mode: 'hold' } });
    const { orderId } = await placeWithShortHold({
      payments: [
        CAPTURE_AWAY,
        { operation: 'void', times: 3, behaviour: 'maintenance' },
        ...second(DECLINED),
      ],
    });
    await lab.untilStatus(orderId, 'fulfilling');
    // It leaves before the hold can be let go, and nobody says so.
    await lab.speed(orderId, 1, 600_000);
    const order = await lab.until(orderId, 'unpaid', ({ attention }) => attention?.code === 'SHIPPED_UNPAID');
    expect(order).toMatchObject({ status: 'fulfilling', paymentStatus: 'declined' });
    expect(await lab.parcels(orderId)).toEqual(['shipped']);
    expect(await lab.cancel(orderId)).toEqual({ kind: 'refused', status: 'shipped' });
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, LET_GO, 'authorize declined 1110']);
    await lab.liftFaults(lab.payments, orderId);
    await lab.carrier.send('PUT', '/control/webhooks', { body: { mode: 'normal' } });
  });
});

describe('a cancellation while the hold is being taken anew', () => {
  test('leaves nothing held, whichever comes to the provider first', async () => {
    const { orderId, sku } = await placeWithShortHold({
      carrier: [CARRIER_AWAY],
      payments: second({ behaviour: 'delay', delayMs: 4_000 }),
    });
    await lab.untilFaultsAreUsed(lab.payments, orderId);
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    const moves = await lab.moneyMoves(orderId);
    expect(moves.slice(0, 2)).toEqual([HELD, LET_GO]);
    const count = (move: string) => moves.filter((each) => each === move).length;
    expect(count(HELD)).toBe(count(LET_GO));
    expect(await lab.shelf(sku)).toBe('5/0');
    expect(await lab.order(orderId)).toMatchObject({ status: 'cancelled', paymentStatus: 'voided' });
  });
});
