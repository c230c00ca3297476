import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import {
  bring,
  newOrder,
  openTestDatabase,
  placedAt,
  refOf,
  stockItem,
  type TestDatabase,
} from './fixtures.ts';

let db: TestDatabase;
let sku: string;
/** Ids of seven orders of one customer, the newest first; two of them were written in the same millisecond. */
let ids: string[];

beforeAll(async () => {
  db = await openTestDatabase();
  sku = await stockItem(db, { main: 1000 });
  for (let index = 0; index < 7; index += 1) {
    const order = newOrder([{ sku, quantity: 1 }], { customerId: 'cus_pages' });
    await bring(db, order, index % 2 ? 'confirmed' : 'reserved');
    await placedAt(db, order.orderId, Date.UTC(2026, 2, 1, Math.min(index, 5), 0, 0, 123));
  }
  const rows = await db.database.query<{ id: string }>(
    'test.ids',
    sql`SELECT id FROM orders ORDER BY created_at DESC, id DESC`,
  );
  ids = rows.map((row) => row.id);
  await bring(db, newOrder([{ sku, quantity: 1 }], { customerId: 'cus_other' }), 'reserved');
});
afterAll(async () => {
  await db.close();
});

describe('a list of orders', () => {
  test('comes in pages, the newest first, without leaving one out or telling one twice', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await db.orderReads.list({ customerId: 'cus_pages', limit: 2, cursor });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor ?? undefined;
      if (cursor !== undefined) expect(cursor).toMatch(/^[\w-]+$/);
      pages += 1;
    } while (cursor !== undefined);
    expect(seen).toEqual(ids);
    expect(pages).toBe(4);
  });

  test('has no next page when the last item is on this one', async () => {
    expect((await db.orderReads.list({ customerId: 'cus_pages', limit: 7 })).nextCursor).toBeNull();
    expect(await db.orderReads.list({ customerId: 'cus_none', limit: 7 })).toEqual({
      items: [],
      nextCursor: null,
    });
  });

  test('shows every order as a single read does', async () => {
    const { items } = await db.orderReads.list({ limit: 50 });
    expect(items).toHaveLength(8);
    for (const item of items) expect((await db.orderReads.find(item.id))?.view).toEqual(item);
  });

  test('can be narrowed to a status, to attention, and to a time from (with) to (without)', async () => {
    const count = async (filter: object): Promise<number> =>
      (await db.orderReads.list({ customerId: 'cus_pages', limit: 50, ...filter })).items.length;
    expect(await count({ status: 'confirmed' })).toBe(3);
    expect(await count({ status: 'reserved' })).toBe(4);
    expect(await count({ attention: true })).toBe(0);
    const [newest = ''] = ids;
    await db.orders.raiseAttention({ ...refOf({ orderId: newest }), code: 'X', message: 'x' });
    const { items } = await db.orderReads.list({ attention: true, limit: 50 });
    expect(items.map((item) => item.id)).toEqual([newest]);
    expect(await count({ attention: false })).toBe(6);
    expect(await count({ createdAfter: '2026-03-01T02:00:00.123Z' })).toBe(5);
    expect(await count({ createdBefore: '2026-03-01T02:00:00.123Z' })).toBe(2);
    expect(
      await count({ createdAfter: '2026-03-01T01:00:00.123Z', createdBefore: '2026-03-01T03:00:00.123Z' }),
    ).toBe(2);
  });

  test.each([
    'nonsense',
    '',
    Buffer.from('["2026-13-45T00:00:00.000Z","ord_1"]').toString('base64url'),
    Buffer.from('["2026-01-01T00:00:00.000Z"]').toString('base64url'),
    Buffer.from(`["2026-01-01T00:00:00.000Z","ord_1'; DROP TABLE orders"]`).toString('base64url'),
  ])('refuses a cursor that was not given out: %j', async (cursor) => {
    await expect(db.orderReads.list({ limit: 2, cursor })).rejects.toThrow(RangeError);
  });
});

describe('the events of an order', () => {
  test('come from a sequence on, as many as asked for', async () => {
    const order = await bring(db, newOrder([{ sku, quantity: 1 }]), 'captured');
    const sequences = async (after: number, limit: number): Promise<number[]> =>
      (await db.orderReads.events(order.orderId, after, limit)).map((event) => event.sequence);
    expect(await sequences(0, 3)).toEqual([1, 2, 3]);
    expect(await sequences(3, 100)).toEqual([4, 5, 6, 7]);
    expect(await sequences(7, 100)).toEqual([]);
  });
});

test('an order that does not exist is null', async () => {
  expect(await db.orderReads.find('ord_none')).toBeNull();
  expect(await db.orderReads.events('ord_none', 0, 10)).toEqual([]);
});
