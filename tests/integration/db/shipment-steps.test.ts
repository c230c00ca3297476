import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import { bookingCancelOperationKey, bookingOperationKey, shipmentId } from '../../../src/domain/ids.ts';
import {
  booking,
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

/** An order of two parcels over an item of its own: 2 from main, 3 from west. */
async function twoParcels(): Promise<{ order: TestOrder; sku: string; first: string; second: string }> {
  const sku = await stockItem(db, { main: 10, west: 10 });
  const order = newOrder([
    { sku, quantity: 3, from: { main: 1, west: 2 } },
    { sku, quantity: 2, from: { main: 1, west: 1 } },
  ]);
  return { order, sku, first: shipmentId(order.orderId, 1), second: shipmentId(order.orderId, 2) };
}

describe('labels', () => {
  test('start the fulfilment and store the key of the capture', async () => {
    const { order, first, second } = await twoParcels();
    await bring(db, order, 'confirmed');
    const labels = await booking(db, order);
    const after = { status: 'fulfilling', paymentStatus: 'authorized', version: 7 };
    expect(await db.orders.recordBooked(labels)).toEqual({ applied: true, ...after });
    expect(await db.orders.recordBooked(labels)).toEqual({ applied: false, ...after });

    const [started, ...created] = await db.orderReads.events(order.orderId, 4, 10);
    expect(started).toMatchObject({
      type: 'commerce.fulfilment.started.v1',
      data: { shipmentIds: [first, second] },
    });
    expect(created.map((event) => event.data)).toEqual([
      { shipmentId: first, locationId: 'main', carrier: 'Parcel & Co', trackingNumber: `TRK-${first}` },
      { shipmentId: second, locationId: 'west', carrier: 'Parcel & Co', trackingNumber: `TRK-${second}` },
    ]);
    expect((await viewOf(db, order.orderId)).shipments).toEqual([
      {
        id: first,
        locationId: 'main',
        carrier: 'Parcel & Co',
        trackingNumber: `TRK-${first}`,
        status: 'booked',
      },
      {
        id: second,
        locationId: 'west',
        carrier: 'Parcel & Co',
        trackingNumber: `TRK-${second}`,
        status: 'booked',
      },
    ]);
    expect(await operationsOf(db, order.orderId)).toEqual({
      [order.authorizationKey]: 'succeeded',
      [bookingOperationKey(first)]: 'succeeded',
      [bookingOperationKey(second)]: 'succeeded',
      [`${order.orderId}:capture:1`]: 'pending',
    });
  });

  test('for only some of the parcels are a mistake', async () => {
    const { order } = await twoParcels();
    await bring(db, order, 'confirmed');
    const labels = await booking(db, order);
    const some = { ...labels, shipments: labels.shipments.slice(0, 1) };
    await expect(db.orders.recordBooked(some)).rejects.toThrow(InvariantViolatedError);
    expect(await viewOf(db, order.orderId)).toMatchObject({ status: 'confirmed', version: 4 });
  });
});

describe('handing over', () => {
  test('takes what the parcel carried off the shelf, and ships the order with its last parcel', async () => {
    const { order, sku, first, second } = await twoParcels();
    await bring(db, order, 'captured');
    const ref = refOf(order);
    expect(await db.orders.recordShipped({ ...ref, shipmentId: second })).toMatchObject({
      applied: true,
      status: 'fulfilling',
      version: 9,
    });
    expect(await shelvesOf(db, sku)).toEqual({ main: [10, 2], west: [7, 0] });
    expect(await db.orders.recordShipped({ ...ref, shipmentId: first })).toMatchObject({
      applied: true,
      status: 'shipped',
      version: 10,
    });
    expect(await shelvesOf(db, sku)).toEqual({ main: [8, 0], west: [7, 0] });
    expect((await eventsOf(db, order.orderId)).slice(8)).toEqual([
      'order.partially_shipped',
      'order.shipped',
    ]);
  });

  test('changes nothing when it is told again, or of a parcel that is not this order’s', async () => {
    const { order, sku, first } = await twoParcels();
    const other = await twoParcels();
    await bring(db, other.order, 'captured');
    await bring(db, order, 'captured');
    const shipped = { ...refOf(order), shipmentId: first };
    await db.orders.recordShipped(shipped);
    const nothing = { applied: false, status: 'fulfilling', version: 9 };
    expect(await db.orders.recordShipped(shipped)).toMatchObject(nothing);
    expect(await db.orders.recordShipped({ ...shipped, shipmentId: other.first })).toMatchObject(nothing);
    expect(await shelvesOf(db, sku)).toEqual({ main: [8, 0], west: [10, 3] });
    expect(await shelvesOf(db, other.sku)).toEqual({ main: [10, 2], west: [10, 3] });
  });

  test('is not possible before there is a label', async () => {
    const { order, first } = await twoParcels();
    await bring(db, order, 'confirmed');
    expect(await db.orders.recordShipped({ ...refOf(order), shipmentId: first })).toMatchObject({
      applied: false,
      status: 'confirmed',
    });
  });

  test('of an order that is being cancelled takes nothing', async () => {
    const { order, sku, first } = await twoParcels();
    await bring(db, order, 'captured');
    await db.orders.startCancelling({ ...refOf(order), reason: 'no' });
    expect(await db.orders.recordShipped({ ...refOf(order), shipmentId: first })).toMatchObject({
      applied: false,
      status: 'cancelling',
    });
    expect(await shelvesOf(db, sku)).toEqual({ main: [10, 2], west: [10, 3] });
  });

  test('of one parcel ends the time in which the order can be cancelled', async () => {
    const { order, first } = await twoParcels();
    await bring(db, order, 'captured');
    await db.orders.recordShipped({ ...refOf(order), shipmentId: first });
    expect(await db.orders.startCancelling({ ...refOf(order), reason: 'late' })).toEqual({
      applied: false,
      status: 'fulfilling',
      paymentStatus: 'captured',
      version: 9,
    });
  });
});

describe('arrival', () => {
  test('delivers the order with its last parcel', async () => {
    const { order, first, second } = await twoParcels();
    await bring(db, order, 'shipped');
    const ref = refOf(order);
    const one = { ...ref, shipmentId: first };
    expect(await db.orders.recordDelivered(one)).toMatchObject({ applied: true, status: 'shipped' });
    expect(await db.orders.recordDelivered(one)).toMatchObject({ applied: false, status: 'shipped' });
    expect(await db.orders.recordDelivered({ ...ref, shipmentId: second })).toMatchObject({
      applied: true,
      status: 'delivered',
      version: 12,
    });
    expect((await eventsOf(db, order.orderId)).slice(10)).toEqual([
      'delivery.partially_confirmed',
      'delivery.confirmed',
    ]);
  });

  test('of the first parcel may come before the second is handed over', async () => {
    const { order, first, second } = await twoParcels();
    await bring(db, order, 'captured');
    const ref = refOf(order);
    await db.orders.recordShipped({ ...ref, shipmentId: first });
    expect(await db.orders.recordDelivered({ ...ref, shipmentId: first })).toMatchObject({
      applied: true,
      status: 'fulfilling',
    });
    expect(await db.orders.recordDelivered({ ...ref, shipmentId: second })).toMatchObject({ applied: false });
    expect(await db.orders.recordShipped({ ...ref, shipmentId: second })).toMatchObject({
      status: 'shipped',
    });
    expect(await db.orders.recordDelivered({ ...ref, shipmentId: second })).toMatchObject({
      status: 'delivered',
    });
  });

  test('completes the order after it, once', async () => {
    const { order } = await twoParcels();
    await bring(db, order, 'shipped');
    expect(await db.orders.recordCompleted(refOf(order))).toMatchObject({
      applied: false,
      status: 'shipped',
    });
    const delivered = await twoParcels();
    await bring(db, delivered.order, 'completed');
    expect(await db.orders.recordCompleted(refOf(delivered.order))).toMatchObject({
      applied: false,
      status: 'completed',
      version: 13,
    });
  });
});

describe('cancelling a booking', () => {
  test('settles its keys, those of a label that was made and of one that never was', async () => {
    const { order, first, second } = await twoParcels();
    await bring(db, order, 'confirmed');
    await db.orders.startCancelling({ ...refOf(order), reason: 'no' });
    for (const [id, carrierReference] of [
      [first, 'car_1'],
      [second, null],
    ] as const) {
      const operationKey = bookingCancelOperationKey(id);
      await db.orders.planOperation({
        orderId: order.orderId,
        key: operationKey,
        kind: 'cancel_booking',
        subjectId: id,
      });
      const cancelled = {
        ...refOf(order),
        shipmentId: id,
        bookingAttempt: 1,
        operationKey,
        carrierReference,
      };
      await db.orders.recordBookingCancelled(cancelled);
      await db.orders.recordBookingCancelled(cancelled);
    }
    expect(await operationsOf(db, order.orderId)).toMatchObject({
      [bookingOperationKey(first)]: 'succeeded',
      [bookingCancelOperationKey(first)]: 'succeeded',
      [bookingOperationKey(second)]: 'not_needed',
      [bookingCancelOperationKey(second)]: 'not_needed',
    });
    const { shipments, version } = await viewOf(db, order.orderId);
    expect(shipments.map((shipment) => shipment.status)).toEqual(['cancelled', 'cancelled']);
    expect(version).toBe(5);
  });
});

describe('giving a booking back', () => {
  /** @param carrierReference null when the carrier had none */
  async function giveBack(
    order: TestOrder,
    id: string,
    bookingAttempt: number,
    carrierReference: string | null,
  ): Promise<void> {
    const operationKey = bookingCancelOperationKey(id, bookingAttempt);
    await db.orders.planOperation({
      orderId: order.orderId,
      key: operationKey,
      kind: 'cancel_booking',
      subjectId: id,
    });
    await db.orders.recordBookingReplanned({
      ...refOf(order),
      shipmentId: id,
      bookingAttempt,
      operationKey,
      carrierReference,
      nextAttempt: 2,
    });
  }

  test('settles its keys, stores the next one, and has the order wait for a correction', async () => {
    const { order, first, second } = await twoParcels();
    await bring(db, order, 'confirmed');
    await giveBack(order, first, 1, 'car_1');
    await giveBack(order, second, 1, null);
    await giveBack(order, first, 1, 'car_1');
    expect(await operationsOf(db, order.orderId)).toMatchObject({
      [bookingOperationKey(first)]: 'succeeded',
      [bookingCancelOperationKey(first)]: 'succeeded',
      [bookingOperationKey(first, 2)]: 'pending',
      [bookingOperationKey(second)]: 'not_needed',
      [bookingCancelOperationKey(second)]: 'not_needed',
      [bookingOperationKey(second, 2)]: 'pending',
    });
    const { shipments: plans } = await db.orders.readFulfilment(order.orderId);
    expect(plans).toMatchObject([
      { status: 'pending', bookingAttempt: 2, isCancelUnknown: false },
      { status: 'pending', bookingAttempt: 2, isCancelUnknown: false },
    ]);
    const view = await viewOf(db, order.orderId);
    expect(view).toMatchObject({ status: 'confirmed', version: 4, waiting: { for: 'correction' } });
  });

  test('leaves nothing for labels that were made before, and those that follow start the fulfilment', async () => {
    const { order, first, second } = await twoParcels();
    await bring(db, order, 'confirmed');
    const late = await booking(db, order);
    await giveBack(order, first, 1, 'car_1');
    await giveBack(order, second, 1, 'car_2');
    await expect(db.orders.recordBooked(late)).rejects.toThrow(InvariantViolatedError);
    const { orderId, shipTo } = order;
    expect(await db.orders.changeAddress({ orderId, shipTo })).toMatchObject({ applied: true });
    expect((await viewOf(db, orderId)).waiting).toMatchObject({ for: 'booking' });
    expect(await db.orders.recordBooked(await booking(db, order))).toMatchObject({ applied: true });
    expect(await operationsOf(db, orderId)).toMatchObject({
      [bookingOperationKey(first, 2)]: 'succeeded',
      [bookingOperationKey(second, 2)]: 'succeeded',
    });
  });

  test('lets it be sent from one location instead, with the key that its parcel has', async () => {
    const { order, first, second } = await twoParcels();
    await bring(db, order, 'confirmed');
    await giveBack(order, first, 1, 'car_1');
    await giveBack(order, second, 1, null);
    const { orderId } = order;
    expect(await db.orders.reroute({ ...refOf(order), locationId: 'west' })).toMatchObject({
      kind: 'rerouted',
    });
    expect((await viewOf(db, orderId)).waiting).toMatchObject({ for: 'booking' });
    const operations = await operationsOf(db, orderId);
    expect(operations).toMatchObject({ [bookingOperationKey(second, 2)]: 'pending' });
    expect(operations).not.toHaveProperty(bookingOperationKey(first, 2));
    expect(await db.orders.recordBooked(await booking(db, order))).toMatchObject({ applied: true });
  });

  test('is nothing for an order that is given up', async () => {
    const { order, first } = await twoParcels();
    await bring(db, order, 'confirmed');
    await db.orders.startCancelling({ ...refOf(order), reason: 'no' });
    await giveBack(order, first, 1, null);
    expect(await operationsOf(db, order.orderId)).not.toHaveProperty(bookingOperationKey(first, 2));
  });
});
