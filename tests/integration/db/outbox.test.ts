import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { createRepositories } from '../../../db/repositories/index.ts';
import type { OutboxRepository } from '../../../db/repositories/messages.repository.ts';
import type { OrderEvent } from '../../../src/domain/events/event.ts';
import {
  bring,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  refOf,
  stockItem,
  type TestDatabase,
  type TestOrder,
} from './fixtures.ts';

let db: TestDatabase;
let sku: string;
beforeAll(async () => {
  db = await openTestDatabase();
  sku = await stockItem(db, { main: 100_000 });
});
afterEach(async () => {
  await db.database.query('test.empty', sql`DELETE FROM outbox`);
});
afterAll(async () => {
  await db.close();
});

const anOrder = (): Promise<TestOrder> => bring(db, newOrder([{ sku, quantity: 1 }]), 'reserved');
const lease = (relayId: string, changes: Partial<Parameters<OutboxRepository['lease']>[0]> = {}) =>
  db.outbox.lease({ relayId, leaseMs: 60_000, maxOrders: 10, maxEvents: 100, ...changes });
const settle = (
  relayId: string,
  published: readonly OrderEvent[],
  leased: readonly OrderEvent[] = published,
) =>
  db.outbox.settle({
    relayId,
    published: published.map((event) => ({ orderId: event.subject, sequence: event.sequence })),
    leasedOrderIds: [...new Set(leased.map((event) => event.subject))],
  });
const ids = (events: readonly OrderEvent[]): string[] => events.map((event) => event.id);
const expireLeases = () =>
  db.database.query(
    'test.expire',
    sql`UPDATE outbox SET leased_until = now() - interval '1 second' WHERE leased_by IS NOT NULL`,
  );

describe('a lease', () => {
  test('hands out whole events, the oldest order first, each order in its order', async () => {
    const [first, second] = [await anOrder(), await anOrder()];
    await db.orders.raiseAttention({ ...refOf(first), code: 'X', message: 'x' });
    const events = await lease('a');
    expect(ids(events)).toEqual([
      `${first.orderId}-1`,
      `${first.orderId}-2`,
      `${first.orderId}-3`,
      `${second.orderId}-1`,
      `${second.orderId}-2`,
    ]);
    expect(events.slice(0, 3)).toEqual(await db.orderReads.events(first.orderId, 0, 10));
  });

  test('keeps others away until it is settled, also from what comes meanwhile', async () => {
    const order = await anOrder();
    const events = await lease('a');
    await db.orders.raiseAttention({ ...refOf(order), code: 'X', message: 'x' });
    expect(await lease('b')).toEqual([]);
    await settle('a', events);
    expect(ids(await lease('b'))).toEqual([`${order.orderId}-3`]);
  });

  test('that ran out is taken over', async () => {
    const order = await anOrder();
    await lease('a');
    await expireLeases();
    expect(ids(await lease('b'))).toEqual([`${order.orderId}-1`, `${order.orderId}-2`]);
  });

  test('takes no more orders than asked for, and no more events', async () => {
    const orders = [await anOrder(), await anOrder(), await anOrder()];
    expect(new Set((await lease('a', { maxOrders: 1 })).map((event) => event.subject)).size).toBe(1);
    const few = await lease('b', { maxEvents: 1 });
    expect(ids(few)).toEqual([`${orders[1]?.orderId}-1`]);
    // An order of which nothing was handed out is free for others.
    expect(ids(await lease('c'))).toEqual([`${orders[2]?.orderId}-1`, `${orders[2]?.orderId}-2`]);
  });
});

describe('settling', () => {
  test('removes what was published and frees the rest', async () => {
    const order = await anOrder();
    const events = await lease('a');
    await settle('a', events.slice(0, 1), events);
    expect(ids(await lease('b'))).toEqual([`${order.orderId}-2`]);
  });

  test('leaves an order leased that is not named, until the lease runs out', async () => {
    const order = await anOrder();
    const events = await lease('a');
    await db.outbox.settle({
      relayId: 'a',
      published: [{ orderId: order.orderId, sequence: 1 }],
      leasedOrderIds: [],
    });
    expect(await lease('b')).toEqual([]);
    expect(events).toHaveLength(2);
    await expireLeases();
    expect(ids(await lease('b'))).toEqual([`${order.orderId}-2`]);
  });

  test('by a relay whose lease was taken over changes nothing', async () => {
    const order = await anOrder();
    const late = await lease('a');
    await expireLeases();
    const taken = await lease('b');
    await settle('a', late);
    expect(await lease('c')).toEqual([]);
    await settle('b', taken.slice(0, 1), taken);
    expect(ids(await lease('c'))).toEqual([`${order.orderId}-2`]);
  });

  test('of nothing is nothing', async () => {
    await db.outbox.settle({ relayId: 'a', published: [], leasedOrderIds: [] });
    expect(await db.outbox.lag()).toEqual({ waiting: 0, oldestAgeMs: null });
  });
});

test('the lag says how many wait and since when', async () => {
  await anOrder();
  const { waiting, oldestAgeMs } = await db.outbox.lag();
  expect(waiting).toBe(2);
  expect(oldestAgeMs).toBeGreaterThanOrEqual(0);
  expect(oldestAgeMs).toBeLessThan(60_000);
});

test('several relays at once publish every event once and in order, and never hold events of one order together', async () => {
  const orders: TestOrder[] = [];
  for (let index = 0; index < 20; index += 1) orders.push(await anOrder());
  const held = new Map<string, string>();
  const published = new Map<string, number[]>();
  const relays = ['a', 'b', 'c', 'd'].map((relayId, index) => ({
    relayId,
    outbox: createRepositories(db.connect({ poolSize: 2 })).outbox,
    maxEvents: 3 + index,
  }));
  let writing = true;
  const write = async (): Promise<void> => {
    for (let round = 0; round < 8; round += 1)
      await Promise.all(
        orders.map((order) => db.orders.raiseAttention({ ...refOf(order), code: `C${round}`, message: 'x' })),
      );
    writing = false;
  };
  const relay = async ({ relayId, outbox, maxEvents }: (typeof relays)[number]): Promise<void> => {
    for (;;) {
      const last = !writing;
      const events = await outbox.lease({ relayId, leaseMs: 60_000, maxOrders: 4, maxEvents });
      if (events.length === 0 && last && held.size === 0) return;
      const orderIds = new Set(events.map((event) => event.subject));
      for (const orderId of orderIds) {
        expect(held.get(orderId)).toBeUndefined();
        held.set(orderId, relayId);
      }
      // Every relay gives a part of what it holds back unpublished, as one does whose broker stutters.
      const accepted = events.slice(0, Math.max(1, events.length - 1));
      for (const event of accepted)
        published.set(event.subject, [...(published.get(event.subject) ?? []), event.sequence]);
      for (const orderId of orderIds) held.delete(orderId);
      await outbox.settle({
        relayId,
        published: accepted.map((event) => ({ orderId: event.subject, sequence: event.sequence })),
        leasedOrderIds: [...orderIds],
      });
    }
  };
  await Promise.all([write(), ...relays.map(relay)]);
  expect(await db.outbox.lag()).toMatchObject({ waiting: 0 });
  for (const { orderId } of orders)
    expect(published.get(orderId)).toEqual(Array.from({ length: 10 }, (_, index) => index + 1));
  await expectNoViolation(db);
});
