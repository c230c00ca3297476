import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import { OrderLab } from './order-lab.ts';

jest.setTimeout(150_000);

let lab: OrderLab;
beforeAll(async () => {
  lab = await OrderLab.start({ PROVIDER_TIMEOUT_MS: '10000' });
});
afterAll(() => lab?.stop());

/** A call that is still under way when the worker is killed, and that the provider finishes all the same. */
const HANGING = { times: 1, behaviour: 'delay', delayMs: 8_000 };
const isCharged = (order: OrderView): boolean => order.paymentStatus === 'captured';

describe('kill -9 of the worker', () => {
  test('while each provider is being called leaves every order exactly as it would have been', async () => {
    const sku = await lab.stock(60);
    const place = async (faulty: 'payments' | 'carrier' | null, operation = '') => {
      const rules = (orderId: string) => [{ operation, orderId, ...HANGING }];
      return lab.place({
        lines: [{ sku, quantity: 3 }],
        parcelsStay: true,
        prepare: async (orderId) => {
          if (faulty !== null) await lab.faults(lab[faulty], rules(orderId));
          // What is to be let go must not be charged first.
          if (operation === 'void')
            await lab.faults(lab.carrier, [
              { operation: 'book', orderId, times: -1, behaviour: 'maintenance' },
            ]);
        },
      });
    };
    const [voiding, unbooking, refunding, repaying] = await Promise.all([
      place('payments', 'void'),
      place('carrier', 'cancel'),
      place('payments', 'refund'),
      place('payments', 'refund'),
    ]);
    // What is to be undone must have happened first.
    await Promise.all(
      [unbooking, refunding, repaying].map(({ orderId }) => lab.until(orderId, 'charged', isCharged)),
    );
    await lab.until(voiding.orderId, 'confirmed', (order) => order.paymentStatus === 'authorized');
    // The last that begin are the first that could be over, so they are the first that are looked at.
    const [authorizing, booking, capturing] = await Promise.all([
      place('payments', 'authorize'),
      place('carrier', 'book'),
      place('payments', 'capture'),
    ]);
    await Promise.all([
      lab.until(authorizing.orderId, 'reserved', (order) => order.status === 'reserved'),
      lab.until(booking.orderId, 'confirmed', (order) => order.status === 'confirmed'),
    ]);
    await Promise.all([voiding, unbooking, refunding].map(({ orderId }) => lab.askToCancel(orderId)));
    const repaid = lab.refund(repaying.orderId, { by: { amountMinor: 370 } });
    repaid.catch(() => undefined);

    // Every call is under way.
    await lab.until(capturing.orderId, 'fulfilling', (order) => order.status === 'fulfilling');
    await lab.until(voiding.orderId, 'cancelling', (order) => order.status === 'cancelling');
    for (const { orderId } of [refunding, repaying]) {
      await lab.until(orderId, 'refunding', (order) =>
        order.refunds.some(({ status }) => status === 'pending'),
      );
    }
    await lab.crashWorker();

    for (const { orderId } of [voiding, unbooking, refunding]) {
      await lab.untilStatus(orderId, 'cancelled', 90_000);
    }
    for (const { orderId } of [authorizing, booking, capturing]) {
      await lab.until(orderId, 'charged', isCharged, 90_000);
    }
    expect(await repaid).toMatchObject({ kind: 'succeeded' });

    const [held, charged] = ['authorize succeeded 1110', 'capture succeeded 1110'];
    for (const { orderId } of [authorizing, booking, capturing]) {
      expect(await lab.moneyMoves(orderId)).toEqual([held, charged]);
      expect(await lab.operations(lab.carrier, orderId)).toHaveLength(1);
    }
    expect(await lab.moneyMoves(voiding.orderId)).toEqual([held, 'void succeeded 1110']);
    expect(await lab.moneyMoves(unbooking.orderId)).toEqual([held, charged, 'refund succeeded 1110']);
    expect(await lab.moneyMoves(refunding.orderId)).toEqual([held, charged, 'refund succeeded 1110']);
    expect(await lab.moneyMoves(repaying.orderId)).toEqual([held, charged, 'refund succeeded 370']);
    // Four of the seven orders still hold their three units.
    await lab.untilShelf(sku, '60/12');
    expect(await lab.violations()).toEqual([]);
  });

  test('at any moment loses no order and takes nothing twice', async () => {
    const sku = await lab.stock(100);
    const tokens = ['tok_visa', 'tok_lost_reply', 'tok_error_after', 'tok_declined_do_not_honor'];
    const placed = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        lab.place({ lines: [{ sku, quantity: 2 }], token: tokens[index % tokens.length] ?? 'tok_visa' }),
      ),
    );
    // The first answer shows that the worker is in the middle of it.
    await Promise.race(placed.map(({ outcome }) => outcome));
    await lab.crashWorker();
    const outcomes = await Promise.all(placed.map(async ({ outcome }) => (await outcome).outcome));
    await Promise.all(placed.map(({ orderId }) => lab.untilClosed(orderId)));
    expect(outcomes.filter((outcome) => outcome === 'confirmed')).toHaveLength(15);
    for (const [index, { orderId }] of placed.entries()) {
      const isDeclined = index % tokens.length === 3;
      expect((await lab.order(orderId)).status).toBe(isDeclined ? 'rejected' : 'completed');
      expect(await lab.moneyMoves(orderId)).toHaveLength(isDeclined ? 1 : 2);
      const mails = await lab.mails(orderId);
      expect(mails).toHaveLength(isDeclined ? 0 : 2);
    }
    expect(await lab.shelf(sku)).toBe('70/0');
    expect(await lab.violations()).toEqual([]);
  });
});

describe('a database that cuts its connections', () => {
  test('again and again while orders are under way takes nothing twice and loses nothing', async () => {
    const sku = await lab.stock(100);
    const placed = await Promise.all(
      Array.from({ length: 15 }, () => lab.place({ lines: [{ sku, quantity: 2 }] })),
    );
    for (let cuts = 0; cuts < 8; cuts += 1) {
      await lab.cutDatabaseConnections();
      // Something must have happened in between, or there would be nothing to cut.
      await lab.until(placed[cuts]?.orderId ?? '', 'confirmed', ({ version }) => version >= 4);
    }
    await Promise.all(placed.map(({ orderId }) => lab.untilClosed(orderId)));
    for (const { orderId } of placed) {
      expect((await lab.order(orderId)).status).toBe('completed');
      expect(await lab.moneyMoves(orderId)).toHaveLength(2);
      expect(await lab.mails(orderId)).toHaveLength(2);
    }
    expect(await lab.shelf(sku)).toBe('70/0');
    expect(await lab.violations()).toEqual([]);
  });
});

describe('a graceful stop', () => {
  test('lets what is under way finish, and the next worker goes on', async () => {
    const { orderId, outcome } = await lab.place({
      prepare: (orderId) =>
        lab.faults(lab.payments, [{ operation: 'capture', orderId, ...HANGING, delayMs: 1_200 }]),
    });
    await outcome;
    // The provider has the capture and has not answered.
    await lab.untilFaultsAreUsed(lab.payments);
    expect(await lab.worker.stop()).toBe(0);
    expect((await lab.order(orderId)).paymentStatus).toBe('captured');
    await lab.startWorker();
    await lab.untilClosed(orderId);
    expect((await lab.order(orderId)).status).toBe('completed');
  });
});
