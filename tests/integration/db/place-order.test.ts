import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import {
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
} from './fixtures.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await expectNoViolation(db);
  await db.close();
});

describe('reading shelves', () => {
  test('answers what is free at every location, the preferred location first', async () => {
    const sku = await stockItem(db, { main: 5, west: 7 });
    await db.orders.placeAndReserve(newOrder([{ sku, quantity: 2 }]));
    const { shelves, locationOrder } = await db.orders.readShelves([sku, 'unknown']);
    expect(locationOrder).toEqual(['main', 'west']);
    expect([...shelves].sort((a, b) => b.available - a.available)).toEqual([
      { sku, locationId: 'west', available: 7 },
      { sku, locationId: 'main', available: 3 },
    ]);
  });
});

describe('placing an order', () => {
  test('writes the order, holds the stock and stores the key of the authorization together', async () => {
    const a = await stockItem(db, { main: 10, west: 10 });
    const b = await stockItem(db, { west: 4 });
    const order = newOrder([
      { sku: a, quantity: 3, unitPriceMinor: 255 },
      { sku: b, quantity: 4, from: { west: 4 } },
    ]);
    expect(await db.orders.placeAndReserve(order)).toBe('reserved');

    const found = await db.orderReads.find(order.orderId);
    expect(found).toMatchObject({ fingerprint: 'digest', principalId: 'key:test' });
    expect(found?.view).toMatchObject({
      id: order.orderId,
      version: 2,
      status: 'reserved',
      paymentStatus: 'none',
      attention: null,
      rejection: null,
      customerId: 'cus_1',
      currency: 'GBP',
      totals: {
        items: { amountMinor: 1165, currency: 'GBP' },
        total: { amountMinor: 1165, currency: 'GBP' },
        captured: { amountMinor: 0, currency: 'GBP' },
        refunded: { amountMinor: 0, currency: 'GBP' },
      },
      payment: { method: 'card', captureBefore: null },
      shipments: [],
      refunds: [],
    });
    expect(found?.view.lines).toEqual([
      {
        lineId: '1',
        sku: a,
        name: `Item ${a}`,
        quantity: 3,
        unitPrice: { amountMinor: 255, currency: 'GBP' },
        total: { amountMinor: 765, currency: 'GBP' },
        locationId: 'main',
        allocations: [{ locationId: 'main', quantity: 3 }],
      },
      {
        lineId: '2',
        sku: b,
        name: `Item ${b}`,
        quantity: 4,
        unitPrice: { amountMinor: 100, currency: 'GBP' },
        total: { amountMinor: 400, currency: 'GBP' },
        locationId: 'west',
        allocations: [{ locationId: 'west', quantity: 4 }],
      },
    ]);
    expect(await shelvesOf(db, a)).toEqual({ main: [10, 3], west: [10, 0] });
    expect(await shelvesOf(db, b)).toEqual({ main: [0, 0], west: [4, 4] });
    expect(await operationsOf(db, order.orderId)).toEqual({ [order.authorizationKey]: 'pending' });
    expect((await db.orders.readFulfilment(order.orderId)).shipTo).toEqual(order.shipTo);
  });

  test('tells of it by two events that carry no personal data', async () => {
    const sku = await stockItem(db, { main: 10, west: 10 });
    const order = newOrder([{ sku, quantity: 7, from: { main: 4, west: 3 } }]);
    await db.orders.placeAndReserve(order);
    const [placed, reserved, ...more] = await db.orderReads.events(order.orderId, 0, 10);
    expect(more).toEqual([]);
    expect(placed).toMatchObject({
      specversion: '1.0',
      id: `${order.orderId}-1`,
      source: '/order-saga/orders',
      type: 'commerce.order.placed.v1',
      subject: order.orderId,
      datacontenttype: 'application/json',
      sequence: 1,
      correlationid: 'req_1',
      causationid: 'req_1',
      data: {
        customerId: 'cus_1',
        total: { amountMinor: 700, currency: 'GBP' },
        lineCount: 1,
        lines: order.lines,
      },
    });
    expect(placed?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(reserved).toMatchObject({
      id: `${order.orderId}-2`,
      type: 'commerce.inventory.reserved.v1',
      data: { locations: ['main', 'west'], units: 7 },
    });
    expect(JSON.stringify([placed, reserved])).not.toMatch(/jane|High Street|4960000|496 0000/i);
  });

  test('shows a line that several locations serve with all of them', async () => {
    const sku = await stockItem(db, { main: 4, west: 4 });
    const order = newOrder([{ sku, quantity: 6, from: { west: 2, main: 4 } }]);
    await db.orders.placeAndReserve(order);
    const [line] = (await viewOf(db, order.orderId)).lines;
    expect(line).toMatchObject({
      locationId: null,
      allocations: [
        { locationId: 'main', quantity: 4 },
        { locationId: 'west', quantity: 2 },
      ],
    });
  });

  test('checks lines on the same item by their sum', async () => {
    const sku = await stockItem(db, { main: 5 });
    const line = { sku, quantity: 3 };
    expect(await db.orders.placeAndReserve(newOrder([line, line]))).toBe('lost_race');
    expect(await shelvesOf(db, sku)).toMatchObject({ main: [5, 0] });
    expect(await db.orders.placeAndReserve(newOrder([line, { sku, quantity: 2 }]))).toBe('reserved');
    expect(await shelvesOf(db, sku)).toMatchObject({ main: [5, 5] });
  });

  test('takes all of it or nothing', async () => {
    const plenty = await stockItem(db, { main: 100 });
    const scarce = await stockItem(db, { main: 1 });
    const order = newOrder([
      { sku: plenty, quantity: 5 },
      { sku: scarce, quantity: 2 },
    ]);
    expect(await db.orders.placeAndReserve(order)).toBe('lost_race');
    expect(await db.orderReads.find(order.orderId)).toBeNull();
    expect(await shelvesOf(db, plenty)).toMatchObject({ main: [100, 0] });
  });

  test('loses the race for a shelf that is not there', async () => {
    const sku = await stockItem(db, { main: 1 });
    const order = newOrder([{ sku, quantity: 1, from: { west: 1 } }]);
    expect(await db.orders.placeAndReserve(order)).toBe('lost_race');
  });

  test('changes nothing when it is repeated by the same run', async () => {
    const sku = await stockItem(db, { main: 5 });
    const order = newOrder([{ sku, quantity: 5 }]);
    expect(await db.orders.placeAndReserve(order)).toBe('reserved');
    expect(await db.orders.placeAndReserve(order)).toBe('reserved');
    expect(await eventsOf(db, order.orderId)).toEqual(['order.placed', 'inventory.reserved']);
    expect(await shelvesOf(db, sku)).toMatchObject({ main: [5, 5] });
  });

  test('leaves an order alone that another run owns', async () => {
    const sku = await stockItem(db, { main: 5 });
    const order = newOrder([{ sku, quantity: 1 }]);
    await db.orders.placeAndReserve(order);
    const other = { ...order, workflowRunId: 'another run' };
    expect(await db.orders.placeAndReserve(other)).toBe('owned_by_another_run');
    expect(await db.orders.placeAndReject({ ...other, shortLines: [] })).toBe('owned_by_another_run');
    expect(await shelvesOf(db, sku)).toMatchObject({ main: [5, 1] });
  });

  test('lets one of several attempts at the same moment write the order', async () => {
    const sku = await stockItem(db, { main: 3, west: 3 });
    const order = newOrder([{ sku, quantity: 3 }]);
    const elsewhere = {
      ...newOrder([{ sku, quantity: 3, from: { west: 3 } }], order),
      workflowRunId: 'another run',
    };
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => db.orders.placeAndReserve(index % 2 ? elsewhere : order)),
    );
    const won = answers[0] === 'reserved' ? 0 : 1;
    expect(answers).toEqual(
      answers.map((_, index) => (index % 2 === won ? 'reserved' : 'owned_by_another_run')),
    );
    expect(await eventsOf(db, order.orderId)).toHaveLength(2);
    const view = await db.inventory.findInventory(sku);
    expect(view).toMatchObject({ onHand: 6, reserved: 3 });
  });

  test('refuses an order for an item that does not exist, and leaves no trace of it', async () => {
    const sku = await stockItem(db, { main: 1 });
    const order = newOrder([{ sku, quantity: 1 }]);
    const lines = [...order.lines, { lineId: '2', sku: 'ghost', quantity: 1, unitPriceMinor: 100 }];
    await expect(db.orders.placeAndReserve({ ...order, lines })).rejects.toThrow(InvariantViolatedError);
    expect(await db.orderReads.find(order.orderId)).toBeNull();
    expect(await shelvesOf(db, sku)).toMatchObject({ main: [1, 0] });
  });

  test('leaves the lines out of the event of an order that has too many for a message', async () => {
    const sku = await stockItem(db, { main: 2000 });
    const order = newOrder(Array.from({ length: 1001 }, () => ({ sku, quantity: 1 })));
    await db.orders.placeAndReserve(order);
    const [placed] = await db.orderReads.events(order.orderId, 0, 1);
    expect(placed?.data).toEqual({
      customerId: 'cus_1',
      total: { amountMinor: 100_100, currency: 'GBP' },
      lineCount: 1001,
    });
  });
});

describe('rejecting an order for want of stock', () => {
  test('writes the order as rejected with the lines that are short', async () => {
    const sku = await stockItem(db, { main: 1 });
    const order = newOrder([{ sku, quantity: 2 }]);
    const shortLines = [{ lineId: '1', sku, requested: 2, available: 1 }];
    expect(await db.orders.placeAndReject({ ...order, shortLines })).toBe('rejected');
    expect(await db.orders.placeAndReject({ ...order, shortLines })).toBe('rejected');
    expect(await viewOf(db, order.orderId)).toMatchObject({
      version: 2,
      status: 'rejected',
      paymentStatus: 'none',
      rejection: { code: 'OUT_OF_STOCK', lines: shortLines },
    });
    const events = await db.orderReads.events(order.orderId, 1, 10);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'commerce.order.rejected.v1',
      data: { code: 'OUT_OF_STOCK', lines: shortLines },
    });
    expect(await operationsOf(db, order.orderId)).toEqual({});
    expect(await shelvesOf(db, sku)).toMatchObject({ main: [1, 0] });
  });

  test('is what a later attempt of the same run learns', async () => {
    const sku = await stockItem(db, { main: 2 });
    const order = newOrder([{ sku, quantity: 2 }]);
    // When the first attempt looked there was one.
    const shortLines = [{ lineId: '1', sku, requested: 2, available: 1 }];
    await db.orders.placeAndReject({ ...order, shortLines });
    expect(await db.orders.placeAndReserve(order)).toBe('rejected');
    expect(await shelvesOf(db, sku)).toMatchObject({ main: [2, 0] });
  });

  test('does not touch an order whose stock an earlier attempt holds', async () => {
    const sku = await stockItem(db, { main: 2 });
    const order = newOrder([{ sku, quantity: 2 }]);
    await db.orders.placeAndReserve(order);
    expect(await db.orders.placeAndReject({ ...order, shortLines: [] })).toBe('reserved');
    expect(await viewOf(db, order.orderId)).toMatchObject({ status: 'reserved', version: 2 });
  });
});

describe('an address that was forgotten', () => {
  test('is null', async () => {
    const sku = await stockItem(db, { main: 1 });
    const order = newOrder([{ sku, quantity: 1 }]);
    await db.orders.placeAndReserve(order);
    await db.database.query('test.forget', sql`DELETE FROM order_contacts WHERE order_id = ${order.orderId}`);
    expect((await db.orders.readFulfilment(order.orderId)).shipTo).toBeNull();
  });
});

describe('a change to an order that does not exist', () => {
  test('is an invariant violation', async () => {
    await expect(db.orders.recordCompleted(refOf({ orderId: 'ord_none' }))).rejects.toThrow(
      InvariantViolatedError,
    );
  });
});
