import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bookingOperationKey, paymentOperationKey, shipmentId } from '../../../src/domain/ids.ts';
import { isTerminal } from '../../../src/domain/orders/order-status.ts';
import { waitsAtMostMs, type OrderDeadlines } from '../../../src/domain/orders/waiting-state.ts';
import {
  authorization,
  bring,
  capture,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  operationsOf,
  refOf,
  refundAnswer,
  stockItem,
  viewOf,
  type TestDatabase,
  type TestOrder,
} from './fixtures.ts';

let db: TestDatabase;
let sku: string;
beforeAll(async () => {
  db = await openTestDatabase();
  sku = await stockItem(db, { main: 1000 });
});
afterAll(async () => {
  await expectNoViolation(db);
  await db.close();
});

const DEADLINES: OrderDeadlines = {
  shipWithinMs: 1_000_000,
  deliverWithinMs: 2_000_000,
  returnWindowMs: 3_000_000,
  renewHoldBeforeMs: 1_000,
};
const order = (): TestOrder => newOrder([{ sku, quantity: 4 }], { deadlines: DEADLINES });

/** What an order waits for, after making sure that everything about it is told and that its time fits. */
async function waitOf(of: TestOrder): Promise<string | null> {
  const { waiting, status } = await viewOf(db, of.orderId);
  expect(waiting === null).toBe(isTerminal(status));
  if (waiting === null) return null;
  const lastsMs = Date.parse(waiting.until) - Date.parse(waiting.since);
  // Both are kept to the millisecond.
  expect(Math.abs(lastsMs - waitsAtMostMs(waiting.for, DEADLINES))).toBeLessThanOrEqual(1);
  return `${waiting.for} by ${waiting.owner}`;
}

const unknown = (of: TestOrder, operationKey: string) =>
  db.orders.recordOutcomeUnknown({ orderId: of.orderId, operationKey });

describe('an order', () => {
  test.each([
    ['reserved', 'authorization by payment_provider'],
    ['confirmed', 'booking by carrier'],
    ['fulfilling', 'capture by payment_provider'],
    ['captured', 'hand_over by warehouse'],
    ['shipped', 'delivery by carrier'],
    ['delivered', 'return_window by workflow'],
    ['completed', null],
  ] as const)('that is %s waits for %s', async (stage, waiting) => {
    expect(await waitOf(await bring(db, order(), stage))).toBe(waiting);
  });

  test('that is given up waits for its undo, and in the end for nothing', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    await db.orders.startCancelling({ ...refOf(confirmed), reason: 'no' });
    expect(await waitOf(confirmed)).toBe('undo by workflow');
    const operationKey = paymentOperationKey(confirmed.orderId, 'void');
    const ref = refOf(confirmed);
    await db.orders.planOperation({
      orderId: confirmed.orderId,
      key: operationKey,
      kind: 'void',
      subjectId: null,
    });
    await unknown(confirmed, operationKey);
    expect(await waitOf(confirmed)).toBe('void_outcome by payment_provider');
    await db.orders.recordVoided({ ...ref, operationKey, providerReference: 'void_1' });
    expect(await waitOf(confirmed)).toBe('undo by workflow');
    await db.orders.releaseReservations(ref);
    await db.orders.recordCancelled(ref);
    expect(await waitOf(confirmed)).toBeNull();
  });

  test('that is rejected waits for nothing', async () => {
    const placed = await bring(db, order(), 'reserved');
    const ref = refOf(placed);
    await db.orders.settleNotNeeded({ orderId: placed.orderId, key: placed.authorizationKey });
    await db.orders.releaseReservations(ref);
    await db.orders.recordRejected({ ...ref, rejection: { code: 'PAYMENT_DECLINED', message: 'No' } });
    expect(await waitOf(placed)).toBeNull();
    const short = order();
    await db.orders.placeAndReject({
      ...short,
      shortLines: [{ lineId: '1', sku, requested: 4, available: 0 }],
    });
    expect(await waitOf(short)).toBeNull();
  });

  test('waits since the moment when it began to, whatever else is written meanwhile', async () => {
    const shipped = await bring(db, order(), 'shipped');
    const before = await viewOf(db, shipped.orderId);
    await db.orders.raiseAttention({ ...refOf(shipped), code: 'DELIVERY_LATE', message: 'late' });
    expect((await viewOf(db, shipped.orderId)).waiting).toEqual(before.waiting);
  });
});

describe('a lost answer', () => {
  test('about an authorization is waited for by name until it is found', async () => {
    const placed = await bring(db, order(), 'reserved');
    await unknown(placed, placed.authorizationKey);
    expect(await waitOf(placed)).toBe('authorize_outcome by payment_provider');
    const { waiting } = await viewOf(db, placed.orderId);
    await unknown(placed, placed.authorizationKey);
    expect((await viewOf(db, placed.orderId)).waiting).toEqual(waiting);
    await db.orders.recordAuthorized(authorization(placed));
    expect(await waitOf(placed)).toBe('booking by carrier');
  });

  test('about a booking and a capture is waited for by name until it is found', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    await unknown(confirmed, bookingOperationKey(shipmentId(confirmed.orderId, 1)));
    expect(await waitOf(confirmed)).toBe('book_outcome by carrier');
    const booked = await bring(db, order(), 'fulfilling');
    await unknown(booked, capture(booked).operationKey);
    expect(await waitOf(booked)).toBe('capture_outcome by payment_provider');
    expect(await viewOf(db, booked.orderId)).toMatchObject({ paymentStatus: 'unknown' });
    await db.orders.recordCaptured(capture(booked));
    expect(await waitOf(booked)).toBe('hand_over by warehouse');
  });

  test('about a refund does not hide that a parcel is waited for', async () => {
    const shipped = await bring(db, order(), 'shipped');
    const refundId = `ref_${shipped.orderId}`;
    await db.orders.startRefund({
      ...refOf(shipped),
      refundId,
      by: { amountMinor: 100 },
      reason: 'damaged',
      restock: false,
      actor: 'test',
    });
    await unknown(shipped, refundAnswer(shipped, refundId).operationKey);
    expect(await waitOf(shipped)).toBe('delivery by carrier');
    await db.orders.recordRefunded(refundAnswer(shipped, refundId));
    expect(await waitOf(shipped)).toBe('delivery by carrier');
  });

  test('about a capture that turns out to be refused ends, and its key is not used again', async () => {
    const booked = await bring(db, order(), 'fulfilling');
    const { operationKey } = capture(booked);
    await unknown(booked, operationKey);
    const refused = { orderId: booked.orderId, operationKey, providerReference: '', refusalCode: 'no' };
    expect(await db.orders.recordCaptureRefused(refused)).toMatchObject({
      applied: true,
      paymentStatus: 'authorized',
    });
    expect(await db.orders.recordCaptureRefused(refused)).toMatchObject({ applied: false });
    expect(await waitOf(booked)).toBe('capture by payment_provider');
    expect(await operationsOf(db, booked.orderId)).toMatchObject({ [operationKey]: 'refused' });
  });
});

describe('another hold on the money', () => {
  const voidOf = (of: TestOrder, attempt = 1) => ({
    ...refOf(of),
    operationKey: paymentOperationKey(of.orderId, 'void', attempt),
    providerReference: `void_${attempt}`,
  });
  const letGo = async (of: TestOrder, attempt = 1) => {
    const { orderId } = of;
    const { operationKey } = voidOf(of, attempt);
    await db.orders.planOperation({ orderId, key: operationKey, kind: 'void', subjectId: null });
    await db.orders.recordVoided(voidOf(of, attempt));
  };
  const holdAgain = (of: TestOrder, attempt = 2) =>
    db.orders.recordAuthorized({
      ...authorization(of),
      operationKey: paymentOperationKey(of.orderId, 'authorize', attempt),
      captureBefore: '2032-01-01T00:00:00.000Z',
    });

  test('is not asked for while the one before may still be there', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    const next = { orderId: confirmed.orderId, attempt: 2 };
    await expect(db.orders.planAuthorization(next)).rejects.toMatchObject({
      rule: 'an order has one hold on the money at a time',
    });
    await letGo(confirmed);
    await expect(db.orders.planAuthorization({ ...next, attempt: 3 })).rejects.toMatchObject({
      name: 'InvariantViolatedError',
    });
    await db.orders.planAuthorization(next);
    await db.orders.planAuthorization(next);
    expect(await db.orders.readPayment(confirmed.orderId)).toMatchObject({
      authorizationAttempt: 2,
      authorizedMinor: 0,
      voided: false,
    });
  });

  test('confirms the order no second time, and is the one whose end is shown', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    await letGo(confirmed);
    expect((await viewOf(db, confirmed.orderId)).payment.captureBefore).toBeNull();
    await db.orders.planAuthorization({ orderId: confirmed.orderId, attempt: 2 });
    expect(await waitOf(confirmed)).toBe('authorization by payment_provider');
    expect(await holdAgain(confirmed)).toMatchObject({ status: 'confirmed', paymentStatus: 'authorized' });
    expect(await waitOf(confirmed)).toBe('booking by carrier');
    expect((await viewOf(db, confirmed.orderId)).payment.captureBefore).toBe('2032-01-01T00:00:00.000Z');
    const types = (await db.orderReads.events(confirmed.orderId, 4, 10)).map(({ type }) => type);
    expect(types).toEqual(['commerce.payment.voided.v1', 'commerce.payment.authorized.v1']);
    expect((await db.orders.readFulfilment(confirmed.orderId)).shipments).toHaveLength(1);
  });

  test('can be let go like the first, also one that was never held', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    await letGo(confirmed);
    await db.orders.planAuthorization({ orderId: confirmed.orderId, attempt: 2 });
    await letGo(confirmed, 2);
    const [last] = (await db.orderReads.events(confirmed.orderId, 5, 10)).slice(-1);
    expect(last).toMatchObject({ type: 'commerce.payment.voided.v1', data: { amount: { amountMinor: 0 } } });
  });

  test('cannot be recorded beside one that holds money, whoever asks', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    await letGo(confirmed);
    await db.orders.planAuthorization({ orderId: confirmed.orderId, attempt: 2 });
    await holdAgain(confirmed);
    expect(await holdAgain(confirmed, 1)).toMatchObject({ applied: false, version: 6 });
  });
});
