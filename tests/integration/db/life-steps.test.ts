import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRepositories } from '../../../db/repositories/index.ts';
import {
  bookingCancelOperationKey,
  bookingOperationKey,
  paymentOperationKey,
  shipmentId,
} from '../../../src/domain/ids.ts';
import {
  authorization,
  bring,
  eventsOf,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  operationsOf,
  refOf,
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

async function anOrder(): Promise<{ order: TestOrder; sku: string }> {
  const sku = await stockItem(db, { main: 5, west: 5 });
  return { order: newOrder([{ sku, quantity: 4, from: { main: 3, west: 1 } }]), sku };
}

/** Why an order was sent away. */
const lacking = (sku: string) => [{ lineId: '1', sku, requested: 4, available: 3 }];

const cancellation = (order: TestOrder) => ({ ...refOf(order), reason: 'changed my mind' });

describe('releasing stock', () => {
  test('gives back what is held, once', async () => {
    const { order, sku } = await anOrder();
    await bring(db, order, 'reserved');
    expect(await shelvesOf(db, sku)).toEqual({ main: [5, 3], west: [5, 1] });
    expect(await db.orders.releaseReservations(refOf(order))).toMatchObject({ applied: true, version: 3 });
    expect(await db.orders.releaseReservations(refOf(order))).toMatchObject({ applied: false, version: 3 });
    expect(await shelvesOf(db, sku)).toEqual({ main: [5, 0], west: [5, 0] });
    const [released] = await db.orderReads.events(order.orderId, 2, 10);
    expect(released).toMatchObject({
      type: 'commerce.inventory.released.v1',
      data: { locations: ['main', 'west'], units: 4 },
    });
    expect((await viewOf(db, order.orderId)).lines[0]).toMatchObject({ locationId: null, allocations: [] });
  });

  test('does not take stock from under an order that is confirmed', async () => {
    const { order, sku } = await anOrder();
    await bring(db, order, 'confirmed');
    expect(await db.orders.releaseReservations(refOf(order))).toMatchObject({
      applied: false,
      status: 'confirmed',
    });
    expect(await shelvesOf(db, sku)).toEqual({ main: [5, 3], west: [5, 1] });
  });

  test('does nothing for an order that never held any', async () => {
    const { order, sku } = await anOrder();
    await db.orders.placeAndReject({ ...order, shortLines: lacking(sku) });
    expect(await db.orders.releaseReservations(refOf(order))).toMatchObject({ applied: false, version: 2 });
  });
});

describe('a rejection', () => {
  test('ends an order whose payment was declined, once', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'reserved');
    const rejection = {
      code: 'PAYMENT_DECLINED',
      message: 'The payment was declined',
      declineReason: 'do_not_honor',
    } as const;
    const refused = {
      operationKey: order.authorizationKey,
      providerReference: 'pay',
      declineReason: 'do_not_honor',
    };
    await db.orders.recordDeclined({ ...refOf(order), ...refused });
    await db.orders.releaseReservations(refOf(order));
    const after = { status: 'rejected', paymentStatus: 'declined', version: 5 };
    expect(await db.orders.recordRejected({ ...refOf(order), rejection })).toEqual({
      applied: true,
      ...after,
    });
    expect(await db.orders.recordRejected({ ...refOf(order), rejection })).toEqual({
      applied: false,
      ...after,
    });
    expect((await viewOf(db, order.orderId)).rejection).toEqual(rejection);
    const [rejected] = await db.orderReads.events(order.orderId, 4, 1);
    expect(rejected).toMatchObject({ type: 'commerce.order.rejected.v1', data: rejection });
  });

  test('does not end an order that is confirmed', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'confirmed');
    const rejection = { code: 'PAYMENT_DECLINED', message: 'late' } as const;
    expect(await db.orders.recordRejected({ ...refOf(order), rejection })).toMatchObject({
      applied: false,
      status: 'confirmed',
    });
  });
});

describe('a cancellation', () => {
  test('ends a confirmed order after everything was given back', async () => {
    const { order, sku } = await anOrder();
    await bring(db, order, 'confirmed');
    const { orderId } = order;
    expect(await db.orders.startCancelling(cancellation(order))).toMatchObject({
      applied: true,
      status: 'cancelling',
      version: 5,
    });
    expect(await db.orders.startCancelling(cancellation(order))).toMatchObject({
      applied: false,
      version: 5,
    });
    for (const { shipmentId, bookingAttempt } of (await db.orders.readFulfilment(orderId)).shipments) {
      const operationKey = bookingCancelOperationKey(shipmentId);
      await db.orders.planOperation({
        orderId,
        key: operationKey,
        kind: 'cancel_booking',
        subjectId: shipmentId,
      });
      await db.orders.recordBookingCancelled({
        ...refOf(order),
        shipmentId,
        bookingAttempt,
        operationKey,
        carrierReference: null,
      });
    }
    const operationKey = paymentOperationKey(orderId, 'void');
    await db.orders.planOperation({ orderId, key: operationKey, kind: 'void', subjectId: null });
    await db.orders.recordVoided({ ...refOf(order), operationKey, providerReference: 'void' });
    await db.orders.releaseReservations(refOf(order));
    expect(await db.orders.recordCancelled(refOf(order))).toMatchObject({
      applied: true,
      status: 'cancelled',
      paymentStatus: 'voided',
      version: 8,
    });
    expect(await db.orders.recordCancelled(refOf(order))).toMatchObject({ applied: false, version: 8 });
    expect((await eventsOf(db, orderId)).slice(4)).toEqual([
      'order.cancellation_started',
      'payment.voided',
      'inventory.released',
      'order.cancelled',
    ]);
    const events = await db.orderReads.events(orderId, 4, 10);
    expect(events.at(0)?.data).toEqual({ reason: 'changed my mind' });
    expect(events.at(-1)?.data).toEqual({ reason: 'changed my mind' });
    expect(await shelvesOf(db, sku)).toEqual({ main: [5, 0], west: [5, 0] });
  });

  test('drops the parcels that were planned and never booked', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'confirmed');
    const { orderId } = order;
    await db.orders.startCancelling(cancellation(order));
    const operationKey = paymentOperationKey(orderId, 'void');
    await db.orders.planOperation({ orderId, key: operationKey, kind: 'void', subjectId: null });
    await db.orders.recordVoided({ ...refOf(order), operationKey, providerReference: 'void' });
    await db.orders.releaseReservations(refOf(order));
    await db.orders.recordCancelled(refOf(order));
    const { shipments } = await viewOf(db, orderId);
    expect(shipments.map((shipment) => shipment.status)).toEqual(['cancelled', 'cancelled']);
    expect(await operationsOf(db, orderId)).toEqual({
      [order.authorizationKey]: 'succeeded',
      [operationKey]: 'succeeded',
      [bookingOperationKey(shipmentId(orderId, 1))]: 'not_needed',
      [bookingOperationKey(shipmentId(orderId, 2))]: 'not_needed',
    });
  });

  test.each(['shipped', 'delivered', 'completed'] as const)(
    'is refused once the order is %s',
    async (stage) => {
      const { order } = await anOrder();
      await bring(db, order, stage);
      expect(await db.orders.startCancelling(cancellation(order))).toMatchObject({
        applied: false,
        status: stage,
      });
    },
  );

  test('does not end an order that nobody started to cancel', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'confirmed');
    expect(await db.orders.recordCancelled(refOf(order))).toMatchObject({
      applied: false,
      status: 'confirmed',
    });
  });

  test('cannot be confirmed any more', async () => {
    const { order } = await anOrder();
    await db.orders.placeAndReserve(order);
    await db.orders.startCancelling(cancellation(order));
    await db.orders.recordAuthorized(authorization(order));
    expect((await viewOf(db, order.orderId)).status).toBe('cancelling');
  });
});

describe('attention', () => {
  test('is raised once for a cause, and cleared once', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'confirmed');
    const raise = { ...refOf(order), code: 'CARRIER_UNREACHABLE', message: 'The carrier does not answer' };
    expect(await db.orders.raiseAttention(raise)).toMatchObject({
      applied: true,
      status: 'confirmed',
      version: 5,
    });
    expect(await db.orders.raiseAttention(raise)).toMatchObject({ applied: false, version: 5 });
    const { attention } = await viewOf(db, order.orderId);
    expect(attention).toEqual({
      code: raise.code,
      message: raise.message,
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(await db.orders.clearAttention({ ...refOf(order), code: 'OTHER' })).toMatchObject({
      applied: false,
    });
    expect(await db.orders.clearAttention(raise)).toMatchObject({ applied: true, version: 6 });
    expect(await db.orders.clearAttention(raise)).toMatchObject({ applied: false, version: 6 });
    expect((await viewOf(db, order.orderId)).attention).toBeNull();
    expect((await eventsOf(db, order.orderId)).slice(4)).toEqual([
      'order.attention_raised',
      'order.attention_cleared',
    ]);
  });

  test('keeps every cause, and shows the newest of those that are there', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'confirmed');
    const shown = async (): Promise<readonly string[]> => {
      const { attention, attentions } = await viewOf(db, order.orderId);
      expect(attention).toEqual(attentions[0] ?? null);
      return attentions.map(({ code }) => code);
    };
    for (const code of ['ONE', 'TWO', 'THREE'])
      await db.orders.raiseAttention({ ...refOf(order), code, message: code, raisedBy: 'audit' });
    expect(await shown()).toEqual(['THREE', 'TWO', 'ONE']);
    await db.orders.clearAttention({ ...refOf(order), code: 'TWO' });
    expect(await shown()).toEqual(['THREE', 'ONE']);
    await db.orders.clearAttention({ ...refOf(order), code: 'THREE' });
    expect(await shown()).toEqual(['ONE']);
    await db.orders.clearAttention({ ...refOf(order), code: 'ONE' });
    expect(await shown()).toEqual([]);
    const cleared = (await db.orderReads.events(order.orderId, 0, 100)).flatMap(({ type, data }) =>
      type === 'commerce.order.attention_cleared.v1' ? [data] : [],
    );
    expect(cleared).toEqual([
      { code: 'TWO', remaining: 'THREE' },
      { code: 'THREE', remaining: 'ONE' },
      { code: 'ONE', remaining: null },
    ]);
  });

  test('is raised and cleared for an order that has ended', async () => {
    const { order, sku } = await anOrder();
    await db.orders.placeAndReject({ ...order, shortLines: lacking(sku) });
    const cause = { correlationId: 'job-7', causationId: 'job-7' };
    const raise = { orderId: order.orderId, cause, code: 'BREAK', message: 'm', raisedBy: 'reconciliation' };
    expect(await db.orders.raiseAttention(raise)).toMatchObject({ applied: true, status: 'rejected' });
    expect(await db.orders.clearAttention(raise)).toMatchObject({ applied: true, status: 'rejected' });
    // Whoever caused it, it belongs to the request that placed the order.
    const events = await db.orderReads.events(order.orderId, 2, 10);
    expect(events.map(({ correlationid, causationid }) => [correlationid, causationid])).toEqual([
      ['req_1', 'job-7'],
      ['req_1', 'job-7'],
    ]);
  });

  test('shows the newest cause whatever is raised and cleared at once', async () => {
    const { order } = await anOrder();
    await bring(db, order, 'confirmed');
    const codes = ['A', 'B', 'C', 'D'];
    const others = [db, createRepositories(db.connect())];
    for (let round = 0; round < 25; round += 1) {
      const all = codes.flatMap((code, index) =>
        others.map(({ orders }, which) =>
          (index + which + round) % 2 === 0
            ? orders.raiseAttention({ ...refOf(order), code, message: code })
            : orders.clearAttention({ ...refOf(order), code }),
        ),
      );
      await Promise.all(all);
      const { attention, attentions } = await viewOf(db, order.orderId);
      expect(attention).toEqual(attentions[0] ?? null);
    }
    for (const code of codes) await db.orders.clearAttention({ ...refOf(order), code });
    expect(await viewOf(db, order.orderId)).toMatchObject({ attention: null, attentions: [] });
    await expectNoViolation(db);
  });
});
