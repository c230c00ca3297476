/** What operators do to the rows of an order: holding, another address, another location, and what became of an operation. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
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
} from './fixtures.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterEach(() => expectNoViolation(db));
afterAll(async () => {
  await db.close();
});

const waitOf = async (orderId: string): Promise<string | undefined> =>
  (await viewOf(db, orderId)).waiting?.for;

describe('a held order', () => {
  test('waits for an operator, also while the answer about an operation is lost, and then for what its status says', async () => {
    const sku = await stockItem(db, { main: 5 });
    const order = await bring(db, newOrder([{ sku, quantity: 1 }]), 'confirmed');
    expect(await db.orders.recordHeld(order)).toMatchObject({ applied: true });
    expect(await waitOf(order.orderId)).toBe('held');
    expect(await db.orders.recordHeld(order)).toMatchObject({ applied: false });
    await db.orders.recordOutcomeUnknown({
      orderId: order.orderId,
      operationKey: `${order.orderId.replace('ord_', 'shp_')}_1:book:1`,
    });
    expect(await waitOf(order.orderId)).toBe('held');
    expect(await db.orders.recordReleased(order)).toMatchObject({ applied: true });
    expect(await waitOf(order.orderId)).toBe('booking');
  });

  test('is held no more once it is given up', async () => {
    const sku = await stockItem(db, { main: 5 });
    const order = await bring(db, newOrder([{ sku, quantity: 1 }]), 'confirmed');
    await db.orders.recordHeld(order);
    await db.orders.startCancelling({ ...refOf(order), reason: 'changed their mind' });
    expect(await waitOf(order.orderId)).toBe('undo');
    expect(await db.orders.recordHeld(order)).toMatchObject({ applied: false });
  });
});

describe('another location', () => {
  test('takes over what lies elsewhere, and of planned parcels one is left with its key', async () => {
    const sku = await stockItem(db, { main: 2, west: 5 });
    const placed = newOrder([{ sku, quantity: 3, from: { main: 2, west: 1 } }]);
    const order = await bring(db, placed, 'confirmed');
    const ref = refOf(order);
    expect(await db.orders.reroute({ ...ref, locationId: 'west' })).toMatchObject({ kind: 'rerouted' });
    expect(await shelvesOf(db, sku)).toEqual({ main: [2, 0], west: [5, 3] });
    const view = await viewOf(db, order.orderId);
    expect(view.lines[0]?.allocations).toEqual([{ locationId: 'west', quantity: 3 }]);
    expect(view.shipments).toMatchObject([{ locationId: 'west', status: 'pending' }]);
    const booking = `${view.shipments[0]?.id}:book:1`;
    const operations = Object.keys(await operationsOf(db, order.orderId));
    expect(operations.filter((key) => key.includes(':book:'))).toEqual([booking]);
    expect((await eventsOf(db, order.orderId)).at(-1)).toBe('inventory.rerouted');
    // A repetition finds everything there.
    const { version } = view;
    expect(await db.orders.reroute({ ...ref, locationId: 'west' })).toMatchObject({
      kind: 'rerouted',
      version,
    });
  });

  test('and back again, and then through its whole life', async () => {
    const sku = await stockItem(db, { main: 2, west: 2 });
    const order = newOrder([{ sku, quantity: 2 }]);
    await db.orders.placeAndReserve(order);
    for (const locationId of ['west', 'main', 'west'])
      expect(await db.orders.reroute({ ...refOf(order), locationId })).toMatchObject({ kind: 'rerouted' });
    await db.orders.recordAuthorized(authorization(order));
    expect((await viewOf(db, order.orderId)).shipments).toMatchObject([{ locationId: 'west' }]);
    expect(await shelvesOf(db, sku)).toEqual({ main: [2, 0], west: [2, 2] });
  });

  test('that lacks a unit, or is none, changes nothing', async () => {
    const sku = await stockItem(db, { main: 3, west: 2 });
    const order = await bring(db, newOrder([{ sku, quantity: 3 }]), 'confirmed');
    for (const locationId of ['west', 'nowhere'])
      expect(await db.orders.reroute({ ...refOf(order), locationId })).toMatchObject({
        kind: 'out_of_stock',
      });
    expect(await shelvesOf(db, sku)).toEqual({ main: [3, 3], west: [2, 0] });
  });

  test('that many orders want at once is given away once', async () => {
    const sku = await stockItem(db, { main: 20, west: 5 });
    const orders = await Promise.all(
      Array.from({ length: 20 }, () => bring(db, newOrder([{ sku, quantity: 1 }]), 'confirmed')),
    );
    const kinds = await Promise.all(
      orders.map(async (order) => (await db.orders.reroute({ ...refOf(order), locationId: 'west' })).kind),
    );
    expect(kinds.filter((kind) => kind === 'rerouted')).toHaveLength(5);
    expect(await shelvesOf(db, sku)).toEqual({ main: [20, 15], west: [5, 5] });
  });

  test('is too late once the label is bought, as another address is', async () => {
    const sku = await stockItem(db, { main: 3, west: 3 });
    const order = await bring(db, newOrder([{ sku, quantity: 3 }]), 'fulfilling');
    expect(await db.orders.reroute({ ...refOf(order), locationId: 'west' })).toMatchObject({
      kind: 'status',
    });
    const { orderId, shipTo } = order;
    expect(await db.orders.changeAddress({ orderId, shipTo })).toMatchObject({ applied: false });
  });
});

test('another address takes the place of the first, and is no event', async () => {
  const sku = await stockItem(db, { main: 3 });
  const order = await bring(db, newOrder([{ sku, quantity: 3 }]), 'confirmed');
  const events = await eventsOf(db, order.orderId);
  const shipTo = { ...order.shipTo, line1: '2 Low Street' };
  expect(await db.orders.changeAddress({ orderId: order.orderId, shipTo })).toMatchObject({ applied: true });
  expect((await db.orders.readFulfilment(order.orderId)).shipTo).toEqual(shipTo);
  expect(await eventsOf(db, order.orderId)).toEqual(events);
  await db.database.query('test.forget', sql`DELETE FROM order_contacts WHERE order_id = ${order.orderId}`);
  expect(await db.orders.changeAddress({ orderId: order.orderId, shipTo })).toMatchObject({ applied: false });
});

describe('what an operator knows of an operation', () => {
  const said = (orderId: string, operationKey: string, actionId: string) => ({
    actionId,
    orderId,
    operationKey,
    outcome: 'succeeded' as const,
    providerReference: 'pay_7',
    evidence: 'seen there',
    actor: 'key:operator',
  });

  test('is kept while it has no outcome, the newest counts, and a repetition changes nothing', async () => {
    const sku = await stockItem(db, { main: 3 });
    const { orderId, authorizationKey: key } = await bring(db, newOrder([{ sku, quantity: 1 }]), 'reserved');
    expect(await db.orders.findResolution(key)).toBeNull();
    const never = {
      ...said(orderId, key, 'act_1'),
      outcome: 'never_happened' as const,
      providerReference: null,
    };
    expect(await db.orders.recordResolution(never)).toBe('recorded');
    expect(await db.orders.recordResolution(said(orderId, key, 'act_2'))).toBe('recorded');
    expect(await db.orders.recordResolution(said(orderId, key, 'act_2'))).toBe('recorded');
    expect(await db.orders.findResolution(key)).toMatchObject({
      outcome: 'succeeded',
      providerReference: 'pay_7',
      kind: 'authorize',
      orderId,
      amountMinor: 100,
      currency: 'GBP',
    });
  });

  test('never overrides a definite answer, and is about this order and the payment provider only', async () => {
    const sku = await stockItem(db, { main: 3 });
    const order = await bring(db, newOrder([{ sku, quantity: 1 }]), 'confirmed');
    const { orderId, authorizationKey } = order;
    const booking = `${(await viewOf(db, orderId)).shipments[0]?.id}:book:1`;
    for (const [id, key] of [
      [orderId, authorizationKey],
      [orderId, booking],
      ['ord_other', authorizationKey],
    ] as const)
      expect(await db.orders.recordResolution(said(id, key, `act_${key}_${id}`))).toBe('settled_already');
  });
});

test('a mail that is given up is not sent, and in doubt where an attempt may have sent it', async () => {
  const sku = await stockItem(db, { main: 3 });
  const { orderId } = await bring(db, newOrder([{ sku, quantity: 1 }]), 'confirmed');
  const mail = (subjectId: string) => ({ orderId, template: 'confirmed' as const, subjectId });
  await db.notifications.claim(mail('2'));
  await db.notifications.claim(mail('3'));
  await db.notifications.settle({ ...mail('3'), state: 'sent' });
  for (const subjectId of ['1', '2', '3']) await db.notifications.skip(mail(subjectId));
  const rows = await db.database.query<{ state: string }>(
    'test.mails',
    sql`SELECT state FROM notifications WHERE order_id = ${orderId} ORDER BY subject_id`,
  );
  expect(rows.map(({ state }) => state)).toEqual(['suppressed', 'unknown', 'sent']);
  expect(await db.notifications.claim(mail('1'))).toEqual({ kind: 'settled' });
});
