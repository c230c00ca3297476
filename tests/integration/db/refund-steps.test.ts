import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RefundRequest } from '../../../db/repositories/orders.repository.ts';
import { paymentOperationKey, refundOperationKey } from '../../../src/domain/ids.ts';
import {
  bring,
  eventsOf,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  operationsOf,
  refOf,
  refundAnswer,
  shelvesOf,
  stockItem,
  viewOf,
  type TestDatabase,
  type TestOrder,
} from './fixtures.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await expectNoViolation(db);
  await db.close();
});

/** 6 of an item at 100 from two locations and 2 at 250 from one; 1,100 in all. */
async function anOrder(): Promise<{ order: TestOrder; a: string; b: string }> {
  const a = await stockItem(db, { main: 10, west: 10 });
  const b = await stockItem(db, { main: 10 });
  const order = newOrder([
    { sku: a, quantity: 6, from: { west: 2, main: 4 } },
    { sku: b, quantity: 2, unitPriceMinor: 250 },
  ]);
  return { order, a, b };
}

let refunds = 0;
function refundOf(
  order: TestOrder,
  by: RefundRequest['by'],
  changes: Partial<RefundRequest> = {},
): RefundRequest {
  const refundId = `ref_${order.orderId}_${(refunds += 1)}`;
  return {
    ...refOf(order),
    refundId,
    by,
    reason: 'damaged',
    restock: false,
    actor: 'key:operator',
    ...changes,
  };
}

/** Starts a refund and records that the provider did it. */
async function refund(request: RefundRequest): Promise<void> {
  expect(await db.orders.startRefund(request)).toMatchObject({ kind: 'started' });
  expect(await db.orders.recordRefunded(refundAnswer(request, request.refundId))).toMatchObject({
    applied: true,
  });
}

describe('a refund by amount', () => {
  test('is claimed, then done, each once', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'completed');
    const request = refundOf(order, { amountMinor: 400 });
    const operationKey = refundOperationKey(request.refundId);
    const captureKey = paymentOperationKey(order.orderId, 'capture');
    const started = { kind: 'started', amountMinor: 400, currency: 'GBP', operationKey, captureKey };
    expect(await db.orders.startRefund(request)).toEqual(started);
    expect(await db.orders.startRefund(request)).toEqual(started);
    expect(await db.orders.readPayment(order.orderId)).toMatchObject({
      refundPendingMinor: 400,
      refundedMinor: 0,
    });
    expect((await viewOf(db, order.orderId)).refunds).toEqual([
      {
        id: request.refundId,
        status: 'pending',
        amount: { amountMinor: 400, currency: 'GBP' },
        reason: 'damaged',
        restock: false,
        failureCode: null,
        lines: [],
        createdAt: expect.stringMatching(/Z$/),
        settledAt: null,
      },
    ]);

    const answer = refundAnswer(order, request.refundId);
    const after = { status: 'completed', paymentStatus: 'partially_refunded', version: 15 };
    expect(await db.orders.recordRefunded(answer)).toEqual({ applied: true, ...after });
    expect(await db.orders.recordRefunded(answer)).toEqual({ applied: false, ...after });
    expect(await db.orders.startRefund(request)).toEqual(started);
    expect(await db.orders.readPayment(order.orderId)).toMatchObject({
      refundPendingMinor: 0,
      refundedMinor: 400,
    });
    const [refunded] = await db.orderReads.events(order.orderId, 14, 10);
    expect(refunded).toMatchObject({
      type: 'commerce.payment.refunded.v1',
      data: {
        refundId: request.refundId,
        amount: { amountMinor: 400, currency: 'GBP' },
        reason: 'damaged',
        restocked: false,
      },
    });
    expect(await operationsOf(db, order.orderId)).toMatchObject({ [operationKey]: 'succeeded' });
  });

  test('cannot take more than what was captured and not promised elsewhere', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'captured');
    await refund(refundOf(order, { amountMinor: 300 }));
    await db.orders.startRefund(refundOf(order, { amountMinor: 500 }));
    expect(await db.orders.startRefund(refundOf(order, { amountMinor: 301 }))).toEqual({
      kind: 'refused',
      reason: 'exceeds_captured',
      refundableMinor: 300,
    });
    expect(await db.orders.startRefund(refundOf(order, { amountMinor: 300 }))).toMatchObject({
      kind: 'started',
    });
  });

  test('is refused before anything was captured', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'confirmed');
    expect(await db.orders.startRefund(refundOf(order, { amountMinor: 1 }))).toEqual({
      kind: 'refused',
      reason: 'not_captured',
      refundableMinor: 0,
    });
    expect((await viewOf(db, order.orderId)).refunds).toEqual([]);
  });

  test('brings no goods back, whatever it says', async () => {
    const { order, a } = await anOrder();
    await bring(db, order, 'shipped');
    await refund(refundOf(order, { amountMinor: 600 }, { restock: true }));
    expect(await shelvesOf(db, a)).toEqual({ main: [6, 0], west: [8, 0] });
    const events = await db.orderReads.events(order.orderId, 0, 100);
    expect(events.at(-1)?.data).toMatchObject({ restocked: false });
  });

  test('of all that was captured makes the order refunded', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'captured');
    await refund(refundOf(order, { amountMinor: 1000 }));
    await refund(refundOf(order, { amountMinor: 100 }));
    expect(await viewOf(db, order.orderId)).toMatchObject({
      paymentStatus: 'refunded',
      totals: { refunded: { amountMinor: 1100, currency: 'GBP' } },
    });
  });
});

describe('a refund by lines', () => {
  test('gives back their price', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'captured');
    const lines = [
      { lineId: '1', quantity: 1 },
      { lineId: '2', quantity: 1 },
      { lineId: '1', quantity: 2 },
    ];
    const request = refundOf(order, { lines });
    expect(await db.orders.startRefund(request)).toMatchObject({ kind: 'started', amountMinor: 550 });
    expect((await viewOf(db, order.orderId)).refunds[0]?.lines).toEqual([
      { lineId: '1', quantity: 3 },
      { lineId: '2', quantity: 1 },
    ]);
  });

  test('cannot take back more of a line than was ordered and not taken back before', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'captured');
    await refund(refundOf(order, { lines: [{ lineId: '1', quantity: 4 }] }));
    const tooMany = refundOf(order, { lines: [{ lineId: '1', quantity: 3 }] });
    expect(await db.orders.startRefund(tooMany)).toEqual({
      kind: 'refused',
      reason: 'exceeds_line_quantity',
      refundableMinor: 700,
    });
    expect(
      await db.orders.startRefund({ ...tooMany, by: { lines: [{ lineId: '1', quantity: 2 }] } }),
    ).toMatchObject({
      kind: 'started',
    });
  });

  test.each(['3', '0', 'one', '1.0', '01'])(
    'of a line %j that the order does not have is refused',
    async (lineId) => {
      const { order } = await anOrder();
      await bring(db, order, 'captured');
      const lines = [
        { lineId: '1', quantity: 1 },
        { lineId, quantity: 1 },
      ];
      expect(await db.orders.startRefund(refundOf(order, { lines }))).toEqual({
        kind: 'refused',
        reason: 'unknown_line',
        refundableMinor: 1100,
      });
    },
  );

  test('restocks only what was shipped', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'captured');
    const request = refundOf(order, { lines: [{ lineId: '1', quantity: 1 }] }, { restock: true });
    expect(await db.orders.startRefund(request)).toEqual({
      kind: 'refused',
      reason: 'not_shipped',
      refundableMinor: 1100,
    });
  });

  test('puts goods back where they came from, shelf after shelf', async () => {
    const { order, a, b } = await anOrder();
    await bring(db, order, 'delivered');
    expect(await shelvesOf(db, a)).toEqual({ main: [6, 0], west: [8, 0] });
    const some = { lines: [{ lineId: '1', quantity: 3 }] };
    await refund(refundOf(order, some, { restock: true }));
    expect(await shelvesOf(db, a)).toEqual({ main: [9, 0], west: [8, 0] });
    const rest = {
      lines: [
        { lineId: '1', quantity: 3 },
        { lineId: '2', quantity: 2 },
      ],
    };
    await refund(refundOf(order, rest, { restock: true }));
    expect(await shelvesOf(db, a)).toEqual({ main: [10, 0], west: [10, 0] });
    expect(await shelvesOf(db, b)).toMatchObject({ main: [10, 0] });
    expect(await viewOf(db, order.orderId)).toMatchObject({ paymentStatus: 'refunded', status: 'delivered' });
  });

  test('puts two lines of one item back on one shelf together', async () => {
    const sku = await stockItem(db, { main: 10 });
    const order = newOrder([
      { sku, quantity: 2 },
      { sku, quantity: 3 },
    ]);
    await bring(db, order, 'shipped');
    const lines = [
      { lineId: '1', quantity: 2 },
      { lineId: '2', quantity: 1 },
    ];
    await refund(refundOf(order, { lines }, { restock: true }));
    expect(await shelvesOf(db, sku)).toMatchObject({ main: [8, 0] });
  });
});

describe('the remainder', () => {
  test('is all that is left, and then nothing', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'captured');
    await refund(refundOf(order, { amountMinor: 350 }));
    const request = refundOf(order, { remainder: true });
    expect(await db.orders.startRefund(request)).toMatchObject({ kind: 'started', amountMinor: 750 });
    expect(await db.orders.startRefund(refundOf(order, { remainder: true }))).toEqual({
      kind: 'nothing_to_refund',
    });
    expect(await db.orders.startRefund(request)).toMatchObject({ kind: 'started', amountMinor: 750 });
  });

  test('of an order that was never charged is nothing', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'confirmed');
    expect(await db.orders.startRefund(refundOf(order, { remainder: true }))).toEqual({
      kind: 'nothing_to_refund',
    });
  });
});

describe('a refund that the provider refuses', () => {
  test('gives the claim back, money and quantities, once', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'shipped');
    const by = { lines: [{ lineId: '1', quantity: 6 }] };
    const request = refundOf(order, by, { restock: true });
    await db.orders.startRefund(request);
    const { providerReference: _, ...answer } = refundAnswer(order, request.refundId);
    const failed = { ...answer, failureCode: 'expired_card' };
    expect(await db.orders.recordRefundFailed(failed)).toMatchObject({
      applied: true,
      paymentStatus: 'captured',
    });
    expect(await db.orders.recordRefundFailed(failed)).toMatchObject({ applied: false });
    expect(await db.orders.recordRefunded(refundAnswer(order, request.refundId))).toMatchObject({
      applied: false,
    });
    expect(await db.orders.readPayment(order.orderId)).toMatchObject({
      refundPendingMinor: 0,
      refundedMinor: 0,
    });
    expect((await viewOf(db, order.orderId)).refunds).toMatchObject([{ status: 'failed' }]);
    expect(await operationsOf(db, order.orderId)).toMatchObject({ [answer.operationKey]: 'refused' });
    expect(await db.orders.startRefund(refundOf(order, by))).toMatchObject({
      kind: 'started',
      amountMinor: 600,
    });
  });

  test('is told of, as is every change that the order shows', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'captured');
    const before = await eventsOf(db, order.orderId);
    const request = refundOf(order, { amountMinor: 5 });
    await db.orders.startRefund(request);
    const { providerReference: _, ...answer } = refundAnswer(order, request.refundId);
    await db.orders.recordRefundFailed({ ...answer, failureCode: 'no' });
    expect(await eventsOf(db, order.orderId)).toEqual([
      ...before,
      'payment.refund_requested',
      'payment.refund_failed',
    ]);
    expect((await db.orderReads.events(order.orderId, before.length + 1, 1))[0]?.data).toEqual({
      refundId: request.refundId,
      amount: { amountMinor: 5, currency: 'GBP' },
      failureCode: 'no',
      afterSuccess: false,
    });
  });
});

describe('a refund id', () => {
  test('belongs to one order', async () => {
    const [first, second] = [await anOrder(), await anOrder()];
    await bring(db, first.order, 'captured');
    await bring(db, second.order, 'captured');
    const request = refundOf(first.order, { amountMinor: 10 });
    await db.orders.startRefund(request);
    await expect(db.orders.startRefund({ ...request, ...refOf(second.order) })).rejects.toMatchObject({
      name: 'InvariantViolatedError',
    });
    expect(await db.orders.readPayment(second.order.orderId)).toMatchObject({ refundPendingMinor: 0 });
  });
});
