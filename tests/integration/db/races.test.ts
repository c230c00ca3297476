/** What happens when everybody comes at once. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { createRepositories } from '../../../db/repositories/index.ts';
import type { OrderChange, RefundRequest } from '../../../db/repositories/orders.repository.ts';
import { shipmentId } from '../../../src/domain/ids.ts';
import { planAllocation } from '../../../src/domain/inventory/allocation.ts';
import {
  authorization,
  bring,
  capture,
  eventsOf,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  outcomes,
  refOf,
  refundAnswer,
  stockItem,
  viewOf,
  type TestDatabase,
  type TestOrder,
} from './fixtures.ts';

jest.setTimeout(120_000);

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
});

/** Reads, plans and claims as the workflow's activity does, until it is decided. */
async function buy(order: TestOrder): Promise<string> {
  for (;;) {
    const { shelves, locationOrder } = await db.orders.readShelves(order.lines.map((line) => line.sku));
    const plan = planAllocation(order.lines, shelves, locationOrder);
    const outcome =
      plan.kind === 'short'
        ? await db.orders.placeAndReject({ ...order, shortLines: plan.lines })
        : await db.orders.placeAndReserve({ ...order, allocations: plan.allocations });
    if (outcome !== 'lost_race') return outcome;
  }
}

const count = <Value>(values: readonly Value[], value: Value): number =>
  values.filter((each) => each === value).length;

describe('stock', () => {
  test('of 10 units at two locations is sold to exactly 10 of 50 buyers', async () => {
    const sku = await stockItem(db, { main: 6, west: 4 });
    const buyers = Array.from({ length: 50 }, () => newOrder([{ sku, quantity: 1 }]));
    const answers = await Promise.all(buyers.map(buy));
    expect(count(answers, 'reserved')).toBe(10);
    expect(count(answers, 'rejected')).toBe(40);
    expect(await db.inventory.findInventory(sku)).toMatchObject({ onHand: 10, reserved: 10, available: 0 });
    await expectNoViolation(db);
  });

  test('is sold to the last unit when buyers want different numbers of it', async () => {
    const sku = await stockItem(db, { main: 17, west: 13 });
    const buyers = Array.from({ length: 40 }, (_, index) => newOrder([{ sku, quantity: 1 + (index % 3) }]));
    const answers = await Promise.all(buyers.map(buy));
    const sold = buyers
      .filter((_, index) => answers[index] === 'reserved')
      .reduce((sum, order) => sum + (order.lines[0]?.quantity ?? 0), 0);
    expect(sold).toBe(30);
    await expectNoViolation(db);
  });

  test('never makes orders wait for each other in a circle', async () => {
    const skus: string[] = [];
    for (let index = 0; index < 6; index += 1) skus.push(await stockItem(db, { main: 500, west: 500 }));
    const orders = Array.from({ length: 60 }, (_, index) => {
      const rotated = [...skus.slice(index % 6), ...skus.slice(0, index % 6)];
      const sorted = index % 2 ? rotated : rotated.toReversed();
      return newOrder(sorted.map((sku) => ({ sku, quantity: 2, from: { west: 1, main: 1 } })));
    });
    const answers = await outcomes(orders.map((order) => db.orders.placeAndReserve(order)));
    expect(count(answers, 'reserved')).toBe(60);

    // Giving back and taking cross each other too.
    const more = orders.map((order) => newOrder(order.lines, {}));
    await Promise.all(orders.map((order) => db.orders.startCancelling({ ...refOf(order), reason: 'no' })));
    const crossing = await outcomes<unknown>([
      ...orders.map((order) => db.orders.releaseReservations(refOf(order)).then((change) => change.applied)),
      ...more.map((order) => db.orders.placeAndReserve(order)),
    ]);
    expect(count<unknown>(crossing, true)).toBe(60);
    expect(count<unknown>(crossing, 'reserved')).toBe(60);
    await expectNoViolation(db);
  });

  test('is given back once, however many ask at once', async () => {
    const sku = await stockItem(db, { main: 9 });
    const order = newOrder([{ sku, quantity: 9 }]);
    await bring(db, order, 'reserved');
    const changes = await Promise.all(
      Array.from({ length: 10 }, () => db.orders.releaseReservations(refOf(order))),
    );
    expect(
      count(
        changes.map((change) => change.applied),
        true,
      ),
    ).toBe(1);
    expect(changes.every((change) => change.version === 3)).toBe(true);
    expect(await db.inventory.findInventory(sku)).toMatchObject({ onHand: 9, reserved: 0 });
    await expectNoViolation(db);
  });

  test('for an order of 5,000 lines is taken in one statement, in time that grows with the lines', async () => {
    const skus: string[] = [];
    // How long it takes is compared with itself, and a busy machine may take its time.
    const patient = { ...db, ...createRepositories(db.connect({ statementTimeoutMs: 60_000 })) };
    await db.database.query(
      'test.items',
      sql`INSERT INTO items (sku, name) SELECT 'BULK-' || n, 'Bulk ' || n FROM generate_series(1, 5000) AS n`,
    );
    for (let index = 1; index <= 5000; index += 1) skus.push(`BULK-${index}`);
    await db.database.query(
      'test.stock',
      sql`WITH shelves AS (
          INSERT INTO stock (sku, location_id, on_hand)
          SELECT sku, location, 20 FROM items, (VALUES ('main'), ('west')) AS l (location) WHERE sku LIKE 'BULK-%'
          RETURNING sku, location_id, on_hand)
        INSERT INTO stock_movements (sku, location_id, quantity, kind, reference, reason, actor)
        SELECT sku, location_id, on_hand, 'adjustment', 'bulk', 'opening', 'test' FROM shelves`,
    );
    const bulkOrder = (lineCount: number): TestOrder =>
      newOrder(skus.slice(0, lineCount).map((sku) => ({ sku, quantity: 2, from: { main: 1, west: 1 } })));
    const place = async (order: TestOrder): Promise<number> => {
      const start = performance.now();
      expect(await patient.orders.placeAndReserve(order)).toBe('reserved');
      return performance.now() - start;
    };
    const order = bulkOrder(5000);
    let large = await place(order);
    let small = Infinity;
    for (let round = 0; round < 2; round += 1) {
      small = Math.min(small, await place(bulkOrder(500)));
      large = Math.min(large, await place(bulkOrder(5000)));
    }
    await bring(patient, order, 'shipped');
    expect((await viewOf(patient, order.orderId)).lines).toHaveLength(5000);
    // Ten times the lines: about ten times the time. A quadratic plan would take a hundred times.
    expect(large / small).toBeLessThan(40);
    await expectNoViolation(db);
  });
});

describe('one order', () => {
  test('has events without a gap whatever comes at once', async () => {
    const sku = await stockItem(db, { main: 100, west: 100 });
    const order = newOrder([{ sku, quantity: 4, from: { main: 2, west: 2 } }]);
    await bring(db, order, 'fulfilling');
    const { orderId } = order;
    const ref = refOf(order);
    const parcels = [shipmentId(orderId, 1), shipmentId(orderId, 2)];
    const round = (): Promise<OrderChange>[] => [
      ...['A', 'B', 'C'].flatMap((code) => [
        db.orders.raiseAttention({ ...ref, code, message: code }),
        db.orders.clearAttention({ ...ref, code }),
      ]),
      db.orders.recordAuthorized(authorization(order)),
      db.orders.recordCaptured(capture(order)),
      ...parcels.flatMap((parcel) => [
        db.orders.recordShipped({ ...ref, shipmentId: parcel }),
        db.orders.recordDelivered({ ...ref, shipmentId: parcel }),
      ]),
      db.orders.recordCompleted(ref),
    ];
    for (let index = 0; index < 6; index += 1) await Promise.all(round());
    const events = await eventsOf(db, orderId);
    for (const once of ['payment.captured', 'order.shipped', 'order.partially_shipped', 'delivery.confirmed'])
      expect(count(events, once)).toBe(1);
    expect(await viewOf(db, orderId)).toMatchObject({ status: 'completed', version: events.length });
    await expectNoViolation(db);
  });

  test('is shipped by whichever of its parcels is last, also when all leave at once', async () => {
    const sku = await stockItem(db, { main: 1000, west: 1000 });
    for (let index = 0; index < 15; index += 1) {
      const order = newOrder([{ sku, quantity: 2, from: { main: 1, west: 1 } }]);
      await bring(db, order, 'captured');
      const ref = refOf(order);
      const parcels = [shipmentId(order.orderId, 1), shipmentId(order.orderId, 2)];
      const shipped = await Promise.all(
        [...parcels, ...parcels].map((parcel) => db.orders.recordShipped({ ...ref, shipmentId: parcel })),
      );
      expect(
        count(
          shipped.map((change) => change.applied),
          true,
        ),
      ).toBe(2);
      expect(
        count(
          shipped.map((change) => change.status),
          'shipped',
        ),
      ).toBeGreaterThanOrEqual(1);
      const delivered = await Promise.all(
        parcels.map((parcel) => db.orders.recordDelivered({ ...ref, shipmentId: parcel })),
      );
      expect(
        count(
          delivered.map((change) => change.status),
          'delivered',
        ),
      ).toBe(1);
      expect((await viewOf(db, order.orderId)).status).toBe('delivered');
    }
    await expectNoViolation(db);
  });

  test('is either shipped or cancelled, never both', async () => {
    const sku = await stockItem(db, { main: 1000 });
    const ends = new Set<string>();
    for (let index = 0; index < 20; index += 1) {
      const order = newOrder([{ sku, quantity: 1 }]);
      await bring(db, order, 'captured');
      const ship = () =>
        db.orders.recordShipped({ ...refOf(order), shipmentId: shipmentId(order.orderId, 1) });
      const cancel = () => db.orders.startCancelling({ ...refOf(order), reason: 'race' });
      const [first, second] = await Promise.all(index % 2 ? [ship(), cancel()] : [cancel(), ship()]);
      expect([first.applied, second.applied].toSorted()).toEqual([false, true]);
      const { status } = await viewOf(db, order.orderId);
      // The one that lost answers what the other made of the order.
      expect([first.status, second.status]).toEqual([status, status]);
      ends.add(status);
      if (status === 'cancelling') await db.orders.releaseReservations(refOf(order));
    }
    expect([...ends].every((status) => ['shipped', 'cancelling'].includes(status))).toBe(true);
    await expectNoViolation(db);
  });
});

describe('refunds at once', () => {
  const refundOf = (order: TestOrder, refundId: string, by: RefundRequest['by']): RefundRequest => ({
    ...refOf(order),
    refundId,
    by,
    reason: 'race',
    restock: false,
    actor: 'test',
  });

  test('never claim more than was captured', async () => {
    const sku = await stockItem(db, { main: 100 });
    const order = newOrder([{ sku, quantity: 10 }]);
    await bring(db, order, 'captured');
    const requests = Array.from({ length: 30 }, (_, index) =>
      refundOf(
        order,
        `ref_race_${index}`,
        index % 2 ? { amountMinor: 130 } : { lines: [{ lineId: '1', quantity: 1 }] },
      ),
    );
    const answers = await Promise.all(
      requests.map(async (request) => {
        const answer = await db.orders.startRefund(request);
        if (answer.kind === 'started') await db.orders.recordRefunded(refundAnswer(order, request.refundId));
        return answer;
      }),
    );
    const claimed = answers.reduce(
      (sum, answer) => sum + (answer.kind === 'started' ? answer.amountMinor : 0),
      0,
    );
    expect(claimed).toBeLessThanOrEqual(1000);
    expect(claimed).toBeGreaterThan(1000 - 130);
    expect(await db.orders.readPayment(order.orderId)).toMatchObject({
      refundedMinor: claimed,
      refundPendingMinor: 0,
    });
    await expectNoViolation(db);
  });

  test('with one id are one refund, also when it takes all there is', async () => {
    const sku = await stockItem(db, { main: 100 });
    for (let index = 0; index < 10; index += 1) {
      const order = newOrder([{ sku, quantity: 1 }]);
      await bring(db, order, 'captured');
      const request = refundOf(
        order,
        `ref_one_${index}`,
        index % 2 ? { remainder: true } : { amountMinor: 100 },
      );
      const answers = await Promise.all(Array.from({ length: 8 }, () => db.orders.startRefund(request)));
      expect(answers).toEqual(
        answers.map(() => expect.objectContaining({ kind: 'started', amountMinor: 100 })),
      );
      expect(await db.orders.readPayment(order.orderId)).toMatchObject({ refundPendingMinor: 100 });
    }
    await expectNoViolation(db);
  });
});

test('many orders at once, each repeated and interrupted by retries, end as if each had come alone', async () => {
  const skus = [await stockItem(db, { main: 300, west: 300 }), await stockItem(db, { main: 300, west: 300 })];
  const other = createRepositories(db.connect({ poolSize: 5 }));
  const orders = Array.from({ length: 40 }, (_, index) =>
    newOrder(
      (index % 2 ? skus : skus.toReversed()).map((sku) => ({ sku, quantity: 3, from: { west: 1, main: 2 } })),
    ),
  );
  await Promise.all(
    orders.map(async (order) => {
      const twice = async (step: (repositories: typeof other) => Promise<unknown>): Promise<void> => {
        await Promise.all([step(db), step(other)]);
      };
      await twice(({ orders: each }) => each.placeAndReserve(order));
      await twice(({ orders: each }) => each.recordAuthorized(authorization(order)));
      await twice(({ orders: each }) => each.raiseAttention({ ...refOf(order), code: 'X', message: 'x' }));
      await twice(({ orders: each }) => each.clearAttention({ ...refOf(order), code: 'X' }));
    }),
  );
  for (const order of orders) expect(await eventsOf(db, order.orderId)).toHaveLength(6);
  await expectNoViolation(db);
});
