import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  bookingCancelOperationKey,
  bookingOperationKey,
  paymentOperationKey,
  shipmentId,
} from '../../../src/domain/ids.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import { releaseStock } from '../../../src/activities/inventory/reserve-stock.activity.ts';
import { API_KEY, type Program } from '../simulators/programs.ts';
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
const CHARGED = 'capture succeeded 1110';
const LET_GO = 'void succeeded 1110';
const GIVEN_BACK = 'refund succeeded 1110';
const isCharged = (order: OrderView): boolean => order.paymentStatus === 'captured';

/** An order on whose way there are faults; its parcels stay where they are. */
async function placeWith(faults: { readonly payments?: object; readonly carrier?: object } = {}) {
  const sku = await lab.stock(5);
  const placed = await lab.place({
    lines: [{ sku, quantity: 3 }],
    parcelsStay: true,
    prepare: async (orderId) => {
      if (faults.payments) await lab.faults(lab.payments, [{ ...faults.payments, orderId }]);
      if (faults.carrier) await lab.faults(lab.carrier, [{ ...faults.carrier, orderId }]);
    },
  });
  return { ...placed, sku };
}

/** A request that was still on its way, as the provider gets it after the undo. @returns its refusal */
async function arriveLate(program: Program, path: string, key: string, body: object): Promise<string> {
  const { status, json } = await program.send('POST', path, {
    body,
    headers: { authorization: `Bearer ${API_KEY}`, 'idempotency-key': key },
  });
  const { error } = json as { error: { code: string } };
  return `${status} ${error.code}`;
}

const AWAY = { times: -1, behaviour: 'maintenance' };

describe('an undo whose step never happened', () => {
  test('of an authorization holds off the one that still arrives', async () => {
    const { orderId, sku } = await placeWith({ payments: { operation: 'authorize', ...AWAY } });
    await lab.untilStatus(orderId, 'reserved');
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    await lab.liftFaults(lab.payments, orderId);
    const body = { orderId, amountMinor: 1110, currency: 'GBP', paymentToken: 'tok_visa' };
    const key = paymentOperationKey(orderId, 'authorize');
    expect(await arriveLate(lab.payments, '/v1/authorizations', key, body)).toBe('422 voided_before');
    expect(await lab.moneyMoves(orderId)).toEqual(['void succeeded 0']);
    expect(await lab.shelf(sku)).toBe('5/0');
    expect(await lab.order(orderId)).toMatchObject({ paymentStatus: 'voided', waiting: null });
  });

  test('of a booking holds off the one that still arrives', async () => {
    const { orderId, outcome } = await placeWith({ carrier: { operation: 'book', ...AWAY } });
    await outcome;
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    await lab.liftFaults(lab.carrier, orderId);
    const parcel = shipmentId(orderId, 1);
    const shipTo = { name: 'A', line1: 'B', city: 'C', postalCode: 'D', country: 'GB' };
    const body = { orderId, shipmentId: parcel, fromLocationId: 'main', weightGrams: 900, shipTo };
    const key = bookingOperationKey(parcel);
    // A cancel of what was never booked is planned and kept only when the step had begun.
    const cancels = await lab.operations(lab.carrier, orderId);
    expect(cancels.map(({ key: cancelled }) => cancelled)).toEqual([bookingCancelOperationKey(parcel)]);
    expect(await arriveLate(lab.carrier, '/v1/bookings', key, body)).toBe('422 cancelled_before');
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, LET_GO]);
  });

  test('of a capture gives nothing back and holds off the one that still arrives', async () => {
    const { orderId } = await placeWith({ payments: { operation: 'capture', ...AWAY } });
    await lab.untilStatus(orderId, 'fulfilling');
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    await lab.liftFaults(lab.payments, orderId);
    const authorizationKey = paymentOperationKey(orderId, 'authorize');
    const body = { orderId, authorizationKey, amountMinor: 1110, currency: 'GBP' };
    const key = paymentOperationKey(orderId, 'capture');
    expect(await arriveLate(lab.payments, '/v1/captures', key, body)).toBe('422 already_voided');
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, LET_GO]);
    expect((await lab.events(orderId)).filter((type) => type.startsWith('payment.'))).toEqual([
      'payment.authorized',
      'payment.voided',
    ]);
  });

  test('of a reservation, and one that is repeated, changes nothing', async () => {
    const { orderId, outcome, sku } = await placeWith();
    await outcome;
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    const before = await lab.events(orderId);
    const { orders } = lab.repositories;
    const cause = { correlationId: 'req-again', causationId: 'req-again' };
    expect(
      await releaseStock({ orders, orderReads: lab.repositories.orderReads }, { orderId, cause }),
    ).toEqual({ status: 'cancelled', version: before.length, paymentStatus: 'voided' });
    expect(await lab.events(orderId)).toEqual(before);
    expect(await lab.shelf(sku)).toBe('5/0');
  });
});

describe('the undos of an order', () => {
  test('run the newest first: the money back, the parcels stopped before it is let go, the stock last', async () => {
    const { orderId, outcome } = await placeWith({ payments: { operation: 'capture', ...AWAY } });
    await outcome;
    await lab.untilStatus(orderId, 'fulfilling');
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    await lab.liftFaults(lab.payments, orderId);
    const at = async (program: Program, kind: string): Promise<number> => {
      const found = (await lab.operations(program, orderId)).find(({ operation }) => operation === kind);
      return Date.parse(found?.at ?? 'never');
    };
    expect(await at(lab.carrier, 'cancel')).toBeLessThanOrEqual(await at(lab.payments, 'void'));
    expect((await lab.events(orderId)).slice(-4)).toEqual([
      'order.cancellation_started',
      'payment.voided',
      'inventory.released',
      'order.cancelled',
    ]);
  });

  test('go on although the workflow is cancelled once more and its worker is killed', async () => {
    const { orderId, outcome, sku } = await placeWith({
      payments: { operation: 'refund', times: 1, behaviour: 'delay', delayMs: 4_000 },
    });
    await outcome;
    await lab.until(orderId, 'charged', isCharged);
    await lab.askToCancel(orderId);
    await lab.until(orderId, 'refunding', ({ refunds }) =>
      refunds.some(({ status }) => status === 'pending'),
    );
    await lab.temporal.client.workflow.getHandle(orderId).cancel();
    await lab.crashWorker();
    await lab.untilStatus(orderId, 'cancelled', 60_000);
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, CHARGED, GIVEN_BACK]);
    expect(await lab.shelf(sku)).toBe('5/0');
  });

  test('hold each other up in nothing: one that fails calls a person with all that is known, and is done in the end', async () => {
    const { orderId, outcome, sku } = await placeWith({ carrier: { operation: 'book', ...AWAY } });
    await outcome;
    // The provider asks for so much patience that a person is told at once.
    await lab.faults(lab.payments, [{ operation: 'void', orderId, ...AWAY, delayMs: 600_000 }]);
    await lab.askToCancel(orderId);
    const order = await lab.until(orderId, 'stuck', ({ attention }) => attention?.code === 'VOID_UNRESOLVED');
    const key = paymentOperationKey(orderId, 'void');
    expect(order.attention?.message).toMatch(
      new RegExp(
        `Operation ${key} over 1110 GBP \\(minor units\\), begun 20\\S+Z, tried \\S+( times)?\\. Last failure: PROVIDER_UNAVAILABLE\\.$`,
      ),
    );
    await lab.untilShelf(sku, '5/0');
    expect(await lab.order(orderId)).toMatchObject({
      status: 'cancelling',
      paymentStatus: 'authorized',
      waiting: { for: 'undo', owner: 'workflow' },
    });
    await lab.liftFaults(lab.payments, orderId);
    await lab.signalSettled(orderId, key);
    const cancelled = await lab.untilStatus(orderId, 'cancelled');
    expect(cancelled).toMatchObject({ paymentStatus: 'voided', waiting: null });
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, LET_GO]);
    await lab.until(orderId, 'calm', ({ attention }) => attention === null);
  });
});
