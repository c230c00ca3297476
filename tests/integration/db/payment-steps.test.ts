import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import { paymentOperationKey, shipmentId } from '../../../src/domain/ids.ts';
import {
  authorization,
  booking,
  bring,
  capture,
  eventsOf,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  operationsOf,
  refOf,
  stockItem,
  viewOf,
  type TestDatabase,
  type TestOrder,
} from './fixtures.ts';

let db: TestDatabase;
let sku: string;
beforeAll(async () => {
  db = await openTestDatabase();
  sku = await stockItem(db, { main: 1000, west: 1000 });
});
afterAll(async () => {
  await expectNoViolation(db);
  await db.close();
});

const order = (): TestOrder => newOrder([{ sku, quantity: 4, from: { main: 1, west: 3 } }]);
const voiding = (of: TestOrder) => ({
  ...refOf(of),
  operationKey: paymentOperationKey(of.orderId, 'void'),
  providerReference: 'void_1',
});
const planVoid = (of: TestOrder) =>
  db.orders.planOperation({
    orderId: of.orderId,
    key: voiding(of).operationKey,
    kind: 'void',
    subjectId: null,
  });

describe('an authorization', () => {
  test('confirms the order and stores a booking key for each location', async () => {
    const placed = await bring(db, order(), 'reserved');
    const { orderId } = placed;
    expect(await db.orders.recordAuthorized(authorization(placed))).toEqual({
      applied: true,
      status: 'confirmed',
      paymentStatus: 'authorized',
      version: 4,
    });
    expect(await eventsOf(db, orderId)).toEqual([
      'order.placed',
      'inventory.reserved',
      'payment.authorized',
      'order.confirmed',
    ]);
    const [authorized, confirmed] = await db.orderReads.events(orderId, 2, 2);
    const amount = { amountMinor: 400, currency: 'GBP' };
    expect(authorized?.data).toEqual({ amount, captureBefore: '2031-05-01T00:00:00.000Z' });
    expect(authorized).toMatchObject({ correlationid: 'req_1', causationid: 'step' });
    expect(confirmed?.data).toEqual({ total: amount });
    expect(await operationsOf(db, orderId)).toEqual({
      [`${orderId}:authorize:1`]: 'succeeded',
      [`${shipmentId(orderId, 1)}:book:1`]: 'pending',
      [`${shipmentId(orderId, 2)}:book:1`]: 'pending',
    });
    expect((await db.orders.readFulfilment(orderId)).shipments).toEqual([
      {
        shipmentId: shipmentId(orderId, 1),
        locationId: 'main',
        status: 'pending',
        weightGrams: 250,
        bookingAttempt: 1,
        isCancelUnknown: false,
      },
      {
        shipmentId: shipmentId(orderId, 2),
        locationId: 'west',
        status: 'pending',
        weightGrams: 750,
        bookingAttempt: 1,
        isCancelUnknown: false,
      },
    ]);
    expect((await viewOf(db, orderId)).payment).toEqual({
      method: 'card',
      captureBefore: '2031-05-01T00:00:00.000Z',
    });
  });

  test('changes nothing when it is recorded again', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    expect(await db.orders.recordAuthorized(authorization(confirmed))).toEqual({
      applied: false,
      status: 'confirmed',
      paymentStatus: 'authorized',
      version: 4,
    });
    expect(await eventsOf(db, confirmed.orderId)).toHaveLength(4);
    expect((await db.orders.readFulfilment(confirmed.orderId)).shipments).toHaveLength(2);
  });

  test('of an order that is being cancelled is written down, so that it can be let go, and confirms nothing', async () => {
    const placed = await bring(db, order(), 'reserved');
    await db.orders.startCancelling({ ...refOf(placed), reason: 'changed my mind' });
    expect(await db.orders.recordAuthorized(authorization(placed))).toEqual({
      applied: false,
      status: 'cancelling',
      paymentStatus: 'authorized',
      version: 4,
    });
    expect(await eventsOf(db, placed.orderId)).toEqual([
      'order.placed',
      'inventory.reserved',
      'order.cancellation_started',
      'payment.authorized',
    ]);
    expect((await db.orders.readFulfilment(placed.orderId)).shipments).toEqual([]);
    expect(await db.orders.readPayment(placed.orderId)).toMatchObject({
      authorizedMinor: 400,
      voided: false,
    });
  });

  test('under another key is not this order’s', async () => {
    const placed = await bring(db, order(), 'reserved');
    const stray = { ...authorization(placed), operationKey: 'ord_other:authorize:1' };
    expect(await db.orders.recordAuthorized(stray)).toMatchObject({
      applied: false,
      status: 'reserved',
      version: 2,
    });
  });
});

describe('a decline', () => {
  test('is recorded once and leaves status and stock to the undo', async () => {
    const placed = await bring(db, order(), 'reserved');
    const decline = {
      ...refOf(placed),
      operationKey: placed.authorizationKey,
      providerReference: 'pay_2',
      declineReason: 'insufficient_funds',
    };
    const after = { status: 'reserved', paymentStatus: 'declined', version: 3 };
    expect(await db.orders.recordDeclined(decline)).toEqual({ applied: true, ...after });
    expect(await db.orders.recordDeclined(decline)).toEqual({ applied: false, ...after });
    const [declined] = await db.orderReads.events(placed.orderId, 2, 10);
    expect(declined).toMatchObject({
      type: 'commerce.payment.declined.v1',
      data: { amount: { amountMinor: 400, currency: 'GBP' }, declineReason: 'insufficient_funds' },
    });
    expect(await operationsOf(db, placed.orderId)).toEqual({ [placed.authorizationKey]: 'refused' });
  });

  test('that comes after the authorization changes nothing', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    const decline = {
      ...refOf(confirmed),
      operationKey: confirmed.authorizationKey,
      providerReference: 'pay_3',
      declineReason: 'late',
    };
    expect(await db.orders.recordDeclined(decline)).toMatchObject({
      applied: false,
      paymentStatus: 'authorized',
    });
  });
});

describe('an outcome that is not known', () => {
  test('is shown while it lasts, without an event', async () => {
    const placed = await bring(db, order(), 'reserved');
    const unknown = { status: 'reserved', paymentStatus: 'unknown', version: 2 };
    const lost = { orderId: placed.orderId, operationKey: placed.authorizationKey };
    expect(await db.orders.recordOutcomeUnknown(lost)).toEqual({ applied: true, ...unknown });
    expect(await db.orders.recordOutcomeUnknown(lost)).toEqual({ applied: false, ...unknown });
    expect(await db.orders.recordAuthorized(authorization(placed))).toMatchObject({
      applied: true,
      paymentStatus: 'authorized',
    });
    expect(await eventsOf(db, placed.orderId)).toHaveLength(4);
  });

  test('is not claimed of an order whose operations are all settled', async () => {
    const captured = await bring(db, order(), 'captured');
    const { operationKey } = capture(captured);
    expect(await db.orders.recordOutcomeUnknown({ orderId: captured.orderId, operationKey })).toMatchObject({
      applied: false,
      paymentStatus: 'captured',
    });
  });

  test('ends as what it was before when the operation turns out never to have been', async () => {
    const placed = await bring(db, order(), 'reserved');
    await db.orders.recordOutcomeUnknown({
      orderId: placed.orderId,
      operationKey: placed.authorizationKey,
    });
    const operation = { orderId: placed.orderId, key: placed.authorizationKey };
    await db.orders.settleNotNeeded(operation);
    await db.orders.settleNotNeeded(operation);
    expect(await viewOf(db, placed.orderId)).toMatchObject({ paymentStatus: 'none', version: 2 });
    expect(await operationsOf(db, placed.orderId)).toEqual({ [placed.authorizationKey]: 'not_needed' });

    const booked = await bring(db, order(), 'fulfilling');
    const { operationKey } = capture(booked);
    await db.orders.recordOutcomeUnknown({ orderId: booked.orderId, operationKey });
    await db.orders.settleNotNeeded({
      orderId: booked.orderId,
      key: paymentOperationKey(booked.orderId, 'capture'),
    });
    expect(await viewOf(db, booked.orderId)).toMatchObject({ paymentStatus: 'authorized' });
  });

  test('does not become “not needed” once it is known', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    await db.orders.settleNotNeeded({ orderId: confirmed.orderId, key: confirmed.authorizationKey });
    expect(await operationsOf(db, confirmed.orderId)).toMatchObject({
      [confirmed.authorizationKey]: 'succeeded',
    });
  });
});

describe('a capture', () => {
  test('is recorded once', async () => {
    const booked = await bring(db, order(), 'fulfilling');
    const after = { status: 'fulfilling', paymentStatus: 'captured', version: 8 };
    expect(await db.orders.recordCaptured(capture(booked))).toEqual({ applied: true, ...after });
    expect(await db.orders.recordCaptured(capture(booked))).toEqual({ applied: false, ...after });
    expect(await db.orders.readPayment(booked.orderId)).toEqual({
      currency: 'GBP',
      amountMinor: 400,
      authorizedMinor: 400,
      capturedMinor: 400,
      refundedMinor: 0,
      refundPendingMinor: 0,
      voided: false,
      authorizationAttempt: 1,
    });
    const [captured] = await db.orderReads.events(booked.orderId, 7, 10);
    expect(captured).toMatchObject({
      type: 'commerce.payment.captured.v1',
      data: { amount: { amountMinor: 400, currency: 'GBP' } },
    });
  });

  test('is written down also when the order is being cancelled meanwhile', async () => {
    const booked = await bring(db, order(), 'fulfilling');
    await db.orders.startCancelling({ ...refOf(booked), reason: 'late' });
    expect(await db.orders.recordCaptured(capture(booked))).toMatchObject({
      applied: true,
      status: 'cancelling',
      paymentStatus: 'captured',
    });
  });

  test('of an order without labels has no key and changes nothing', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    expect(await db.orders.recordCaptured(capture(confirmed))).toMatchObject({
      applied: false,
      paymentStatus: 'authorized',
    });
  });

  test('of more than was held is stopped, whoever asks', async () => {
    const booked = await bring(db, order(), 'fulfilling');
    const tooMuch = { ...capture(booked), amountMinor: 401 };
    const failure = await db.orders.recordCaptured(tooMuch).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvariantViolatedError);
    expect(failure).toMatchObject({
      statement: 'orders.recordCaptured',
      rule: 'payment_captured_within_authorized',
    });
    expect(await viewOf(db, booked.orderId)).toMatchObject({ paymentStatus: 'authorized', version: 7 });
  });
});

describe('a void', () => {
  test('is planned once and lets the money go once', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    await db.orders.startCancelling({ ...refOf(confirmed), reason: 'no' });
    await planVoid(confirmed);
    await planVoid(confirmed);
    const after = { status: 'cancelling', paymentStatus: 'voided', version: 6 };
    expect(await db.orders.recordVoided(voiding(confirmed))).toEqual({ applied: true, ...after });
    expect(await db.orders.recordVoided(voiding(confirmed))).toEqual({ applied: false, ...after });
    expect(await db.orders.readPayment(confirmed.orderId)).toMatchObject({
      authorizedMinor: 400,
      voided: true,
    });
    const [voided] = await db.orderReads.events(confirmed.orderId, 5, 10);
    expect(voided).toMatchObject({
      type: 'commerce.payment.voided.v1',
      data: { amount: { amountMinor: 400, currency: 'GBP' } },
    });
  });

  test('of an authorization that never was lets nothing go', async () => {
    const placed = await bring(db, order(), 'reserved');
    await db.orders.startCancelling({ ...refOf(placed), reason: 'no' });
    await planVoid(placed);
    await db.orders.recordVoided(voiding(placed));
    const [voided] = await db.orderReads.events(placed.orderId, 3, 10);
    expect(voided?.data).toEqual({ amount: { amountMinor: 0, currency: 'GBP' } });
    expect(await operationsOf(db, placed.orderId)).toMatchObject({ [placed.authorizationKey]: 'pending' });
  });

  test('that was not planned changes nothing', async () => {
    const confirmed = await bring(db, order(), 'confirmed');
    expect(await db.orders.recordVoided(voiding(confirmed))).toMatchObject({
      applied: false,
      paymentStatus: 'authorized',
    });
  });

  test('of money that was captured is stopped', async () => {
    const captured = await bring(db, order(), 'captured');
    await planVoid(captured);
    await expect(db.orders.recordVoided(voiding(captured))).rejects.toMatchObject({
      name: 'InvariantViolatedError',
      rule: 'payment_voided_is_not_captured',
    });
  });
});

test('the money of an order that does not exist is null', async () => {
  expect(await db.orders.readPayment('ord_none')).toBeNull();
});

test('labels that come after the order was given up do not bring it back', async () => {
  const confirmed = await bring(db, order(), 'confirmed');
  const labels = await booking(db, confirmed);
  await db.orders.startCancelling({ ...refOf(confirmed), reason: 'no' });
  expect(await db.orders.recordBooked(labels)).toMatchObject({ applied: false, status: 'cancelling' });
});
