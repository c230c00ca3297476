/**
 * What other shops have lost stock by, with the timing that did it: the shelf's row is held by somebody else, so that all
 * who want it stand in line at the same moment.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { createRepositories, type Repositories } from '../../../db/repositories/index.ts';
import { shipmentId } from '../../../src/domain/ids.ts';
import { planAllocation } from '../../../src/domain/inventory/allocation.ts';
import {
  bring,
  eventsOf,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  refOf,
  refundAnswer,
  shelvesOf,
  stockItem,
  viewOf,
  type TestDatabase,
  type TestOrder,
} from '../../integration/db/fixtures.ts';
import { holdShelves, type HeldRows } from '../../support/held-rows.ts';

let db: TestDatabase;
let held: HeldRows | null = null;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterEach(async () => {
  await held?.close();
  held = null;
  await expectNoViolation(db);
});
afterAll(() => db?.close());

/** The repositories of another machine, which has connections of its own. */
function anotherMachine(): Repositories {
  return createRepositories(db.connect({ poolSize: 2 }));
}

/** On hand and reserved. */
async function shelf(sku: string): Promise<readonly [number, number] | undefined> {
  return (await shelvesOf(db, sku))['main'];
}

async function isThere(orderId: string): Promise<boolean> {
  return (await db.orderReads.find(orderId)) !== null;
}

describe('a unit that is looked at by one and taken by another', () => {
  // https://github.com/vendurehq/vendure/issues/3508
  test('is not sold twice when stock is checked at one moment and taken at another', async () => {
    const sku = await stockItem(db, { main: 1 });
    const buyers = [newOrder([{ sku, quantity: 1 }]), newOrder([{ sku, quantity: 1 }])];
    const look = async (order: TestOrder) => {
      const { shelves, locationOrder } = await db.orders.readShelves([sku]);
      return planAllocation(order.lines, shelves, locationOrder);
    };
    // Both have seen the unit before either of them takes it.
    const plans = await Promise.all(buyers.map(look));
    expect(plans.map(({ kind }) => kind)).toEqual(['allocated', 'allocated']);
    held = await holdShelves(db.url, sku);
    const taken = buyers.map((order) => db.orders.placeAndReserve(order));
    await held.untilWaiting(2);
    await held.release();
    expect((await Promise.all(taken)).toSorted()).toEqual(['lost_race', 'reserved']);
    // Who lost looks again and sees that there is nothing.
    expect((await look(newOrder([{ sku, quantity: 1 }]))).kind).toBe('short');
    expect(await shelf(sku)).toEqual([1, 1]);
  });

  // https://github.com/magento/inventory/issues/2722
  test('is not promised by two machines, because no order is there before its reservation', async () => {
    const sku = await stockItem(db, { main: 1 });
    const [first, second] = [newOrder([{ sku, quantity: 1 }]), newOrder([{ sku, quantity: 1 }])];
    const machines = [anotherMachine(), anotherMachine()];
    held = await holdShelves(db.url, sku);
    const dying = machines[0]?.orders.placeAndReserve(first).catch((error: unknown) => error);
    const [dead = 0] = await held.untilWaiting(1);
    const living = machines[1]?.orders.placeAndReserve(second);
    await held.untilWaiting(2);
    expect([await isThere(first.orderId), await isThere(second.orderId)]).toEqual([false, false]);
    // The first machine dies with its statement half-way through.
    await held.kill(dead);
    expect(await dying).toMatchObject({ name: 'DatabaseUnavailableError' });
    await held.release();
    expect(await living).toBe('reserved');
    expect(await isThere(first.orderId)).toBe(false);
    expect((await viewOf(db, second.orderId)).status).toBe('reserved');
    expect(await shelf(sku)).toEqual([1, 1]);
  });
});

describe('the counters of a shelf', () => {
  // https://github.com/medusajs/medusa/issues/16569
  test('lose no update on any of the ways that change them', async () => {
    const sku = await stockItem(db, { main: 20 });
    const orderOf = (): TestOrder => newOrder([{ sku, quantity: 2 }]);
    const [released, shipped, returned] = [orderOf(), orderOf(), orderOf()];
    await bring(db, released, 'reserved');
    await bring(db, shipped, 'captured');
    await bring(db, returned, 'shipped');
    await db.orders.startRefund({
      ...refOf(returned),
      refundId: 'ref_returned',
      by: { lines: [{ lineId: '1', quantity: 2 }] },
      reason: 'returned',
      restock: true,
      actor: 'test',
    });
    expect(await shelf(sku)).toEqual([18, 4]);

    held = await holdShelves(db.url, sku);
    const ways = [
      db.orders.placeAndReserve(orderOf()),
      db.orders.releaseReservations(refOf(released)),
      db.orders.recordShipped({ ...refOf(shipped), shipmentId: shipmentId(shipped.orderId, 1) }),
      db.orders.recordRefunded(refundAnswer(returned, 'ref_returned')),
      db.inventory.adjust({
        adjustmentId: `adj_found_${sku}`,
        sku,
        locationId: 'main',
        quantity: 7,
        reason: 'found',
        actor: 'test',
      }),
    ];
    await held.untilWaiting(ways.length);
    // Whoever came first changes the shelf while all of them stand in line with what they have seen before.
    await held.run(`UPDATE stock SET on_hand = on_hand + 100 WHERE sku = $1`, [sku]);
    await held.run(
      `INSERT INTO stock_movements (sku, location_id, quantity, kind, reference, reason, actor)
       VALUES ($1, 'main', 100, 'adjustment', 'adj_first_' || $1, 'received', 'test')`,
      [sku],
    );
    await held.release();
    await Promise.all(ways);
    // 18 + 100 received − 2 shipped + 2 returned + 7 found; 4 reserved + 2 taken − 2 released − 2 shipped.
    expect(await shelf(sku)).toEqual([125, 2]);
  });

  // https://github.com/medusajs/medusa/pull/15397
  test('are not left behind when an undo gives a reservation back', async () => {
    const sku = await stockItem(db, { main: 3 });
    const order = newOrder([{ sku, quantity: 3 }]);
    await bring(db, order, 'reserved');
    held = await holdShelves(db.url, sku);
    const interrupted = anotherMachine()
      .orders.releaseReservations(refOf(order))
      .catch((error: unknown) => error);
    const [undoing = 0] = await held.untilWaiting(1);
    await held.kill(undoing);
    expect(await interrupted).toMatchObject({ name: 'DatabaseUnavailableError' });
    await held.release();
    // Neither of the two is undone …
    expect(await shelf(sku)).toEqual([3, 3]);
    await expectNoViolation(db);
    // … and then both are, once, however often it is asked for.
    const undos = await Promise.all([1, 2, 3].map(() => db.orders.releaseReservations(refOf(order))));
    expect(undos.map(({ applied }) => applied).toSorted()).toEqual([false, false, true]);
    expect(await shelf(sku)).toEqual([3, 0]);
  });

  // https://github.com/vendurehq/vendure/issues/1557
  test('do not give back for one order what another one holds', async () => {
    const sku = await stockItem(db, { main: 4 });
    const [holder, refused, gone] = [2, 3, 2].map((quantity) => newOrder([{ sku, quantity }]));
    if (!holder || !refused || !gone) throw new Error('three orders');
    await bring(db, holder, 'confirmed');
    await bring(db, gone, 'shipped');
    const shortLines = [{ lineId: '1', sku, requested: 3, available: 0 }];
    expect(await db.orders.placeAndReject({ ...refused, shortLines })).toBe('rejected');
    const before = await shelf(sku);
    expect(before).toEqual([2, 2]);

    // Never allocated, already off the shelf, and never heard of.
    for (const order of [refused, gone, newOrder([{ sku, quantity: 1 }])]) {
      const [cancelled] = await Promise.allSettled([
        db.orders.startCancelling({ ...refOf(order), reason: 'changed my mind' }),
      ]);
      const [given] = await Promise.allSettled([db.orders.releaseReservations(refOf(order))]);
      for (const answer of [cancelled, given])
        expect(answer.status === 'fulfilled' ? answer.value.applied : false).toBe(false);
      expect(await shelf(sku)).toEqual(before);
    }
    expect(await eventsOf(db, refused.orderId)).toEqual(['order.placed', 'order.rejected']);
    const [reserved] = await db.database.query<{ quantity: number }>(
      'test.reserved',
      sql`SELECT sum(quantity)::bigint AS quantity FROM reservations WHERE sku = ${sku} AND state = 'open'`,
    );
    expect(reserved).toEqual({ quantity: 2 });
  });
});
