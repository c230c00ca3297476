import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { AttentionFilter, AttentionItem } from '../../../db/repositories/attention.repository.ts';
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
  sku = await stockItem(db, { main: 1000 });
});
beforeEach(async () => {
  const causes = await db.database.query<{ orderId: string; code: string }>(
    'test.causes',
    sql`SELECT order_id AS "orderId", code FROM attention_causes`,
  );
  for (const { orderId, code } of causes) await db.orders.clearAttention({ ...refOf({ orderId }), code });
  await db.database.query('test.places', sql`DELETE FROM drift_cursors`);
  await db.database.query(
    'test.in_time',
    sql`UPDATE orders SET waiting_until = now() + interval '1 hour' WHERE waiting_until IS NOT NULL`,
  );
});
afterAll(async () => {
  await expectNoViolation(db);
  await db.close();
});

const anOrder = (): Promise<TestOrder> => bring(db, newOrder([{ sku, quantity: 1 }]), 'fulfilling');

/** Raises causes on an order, each a minute younger than the one before. */
async function raise(
  order: TestOrder,
  codes: readonly string[],
  agoMinutes = 60,
  raisedBy = 'workflow',
): Promise<void> {
  for (const [index, code] of codes.entries()) {
    await db.orders.raiseAttention({ ...refOf(order), code, message: `About ${code}.`, raisedBy });
    await db.database.query(
      'test.since',
      sql`UPDATE attention_causes SET since = date_trunc('second', now()) - ${agoMinutes - index} * interval '1 minute'
        WHERE order_id = ${order.orderId} AND code = ${code}`,
    );
  }
}

const short = ({ orderId, code }: AttentionItem): string => `${orderId} ${code}`;

/** Everything that the queue tells, page by page. */
async function pages(filter: Omit<AttentionFilter, 'limit'>, limit: number): Promise<string[]> {
  const told: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await db.attention.list({ ...filter, limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    told.push(...page.items.map(short));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return told;
}

describe('the queue', () => {
  test('has the worst first, among equals the newest, and every cause of an order', async () => {
    const [one, other] = [await anOrder(), await anOrder()];
    await raise(one, ['NOTIFICATION_UNRESOLVED', 'CAPTURE_UNRESOLVED', 'SHIPMENT_LATE'], 60);
    await raise(other, ['AUDIT_VIOLATION', 'REFUND_FAILED'], 30);
    const page = await db.attention.list({ limit: 10 });
    expect(page.items.map(short)).toEqual([
      `${other.orderId} AUDIT_VIOLATION`,
      `${one.orderId} CAPTURE_UNRESOLVED`,
      `${other.orderId} REFUND_FAILED`,
      `${one.orderId} SHIPMENT_LATE`,
      `${one.orderId} NOTIFICATION_UNRESOLVED`,
    ]);
    expect(page.nextCursor).toBeNull();
    expect(page.items[1]).toEqual({
      orderId: one.orderId,
      code: 'CAPTURE_UNRESOLVED',
      since: expect.stringMatching(/Z$/),
      message: 'About CAPTURE_UNRESOLVED.',
      status: 'fulfilling',
      total: { amountMinor: 100, currency: 'GBP' },
    });
  });

  test('comes in pages of any size without leaving one out or telling one twice, also of the same moment', async () => {
    for (let index = 0; index < 5; index += 1)
      await raise(await anOrder(), ['CAPTURE_UNRESOLVED', 'AUDIT_VIOLATION', 'SHIPMENT_LATE'], 60);
    await db.database.query('test.moment', sql`UPDATE attention_causes SET since = '2026-01-01T00:00:00Z'`);
    const whole = (await db.attention.list({ limit: 100 })).items.map(short);
    expect(whole).toHaveLength(15);
    for (const limit of [1, 2, 4, 15]) expect(await pages({}, limit)).toEqual(whole);
    expect(await pages({ severity: 'critical' }, 3)).toEqual(whole.slice(0, 10));
  });

  test('is narrowed by code, by how bad it is, and by whose turn it is', async () => {
    const order = await anOrder();
    await raise(order, ['CAPTURE_UNRESOLVED', 'SHIPMENT_LATE', 'REFUND_UNRESOLVED', 'AUDIT_VIOLATION']);
    const codes = async (filter: Omit<AttentionFilter, 'limit'>): Promise<string[]> =>
      (await db.attention.list({ ...filter, limit: 10 })).items.map(({ code }) => code);
    expect(await codes({ code: 'SHIPMENT_LATE' })).toEqual(['SHIPMENT_LATE']);
    expect(await codes({ severity: 'critical' })).toEqual(['AUDIT_VIOLATION', 'CAPTURE_UNRESOLVED']);
    expect(await codes({ owner: 'payment_provider' })).toEqual(['CAPTURE_UNRESOLVED', 'REFUND_UNRESOLVED']);
    expect(await codes({ owner: 'payment_provider', severity: 'critical' })).toEqual(['CAPTURE_UNRESOLVED']);
    expect(await codes({ code: 'SHIPMENT_LATE', severity: 'critical' })).toEqual([]);
  });

  test('hides no cause of another version of the service', async () => {
    const order = await anOrder();
    await raise(order, ['OF_ANOTHER_VERSION', 'SHIPMENT_LATE']);
    expect((await db.attention.list({ limit: 10 })).items.map(({ code }) => code)).toEqual([
      'OF_ANOTHER_VERSION',
      'SHIPMENT_LATE',
    ]);
    expect(await pages({ owner: 'engineer', severity: 'high' }, 1)).toEqual([
      `${order.orderId} OF_ANOTHER_VERSION`,
    ]);
    expect(await pages({ owner: 'carrier' }, 1)).toEqual([]);
  });

  test('refuses a cursor that was not given out', async () => {
    for (const cursor of ['nonsense', Buffer.from('[1,"2026-01-01"]').toString('base64url')])
      await expect(db.attention.list({ limit: 1, cursor })).rejects.toThrow(RangeError);
  });

  test('is counted by code', async () => {
    expect(await db.attention.countByCode()).toEqual([]);
    await raise(await anOrder(), ['CAPTURE_UNRESOLVED', 'SHIPMENT_LATE']);
    await raise(await anOrder(), ['CAPTURE_UNRESOLVED']);
    expect(await db.attention.countByCode()).toEqual([
      { code: 'CAPTURE_UNRESOLVED', count: 2 },
      { code: 'SHIPMENT_LATE', count: 1 },
    ]);
  });
});

describe('orders past their time', () => {
  /** In one statement, so that several have one moment. */
  const overdue = (byMinutes: number, ...orders: readonly TestOrder[]) =>
    db.database.query(
      'test.overdue',
      sql`UPDATE orders SET waiting_until = now() - ${byMinutes} * interval '1 minute'
          WHERE id IN ${orders.map(({ orderId }) => orderId)}`,
    );
  const next = async (limit: number): Promise<readonly string[]> =>
    (await db.attention.nextOverdue({ graceMs: 300_000, limit })).map(({ orderId }) => orderId);

  test('are looked at by turns, the longest overdue first, and none within the grace', async () => {
    const orders = [await anOrder(), await anOrder(), await anOrder(), await anOrder()];
    const [first, second, third, young] = orders as [TestOrder, TestOrder, TestOrder, TestOrder];
    await overdue(30, first);
    await overdue(20, second, third);
    await overdue(4, young);
    const [a, b] = [second.orderId, third.orderId].toSorted();
    expect(await next(2)).toEqual([first.orderId, a]);
    expect(await next(2)).toEqual([b]);
    // Three fit, so the place is that of the last; then it begins anew.
    expect(await next(3)).toEqual([first.orderId, a, b]);
    expect(await next(3)).toEqual([]);
    expect(await next(10)).toEqual([first.orderId, a, b]);
  });

  test('come with what they wait for, and every cause that they carry', async () => {
    const order = await anOrder();
    await overdue(30, order);
    await raise(order, ['SHIPMENT_LATE', 'CAPTURE_UNRESOLVED']);
    const [suspect] = await db.attention.nextOverdue({ graceMs: 1, limit: 10 });
    expect(suspect).toEqual({
      orderId: order.orderId,
      correlationId: expect.any(String),
      waiting: {
        for: 'capture',
        owner: 'payment_provider',
        since: expect.stringMatching(/Z$/),
        until: expect.stringMatching(/Z$/),
      },
      codes: ['CAPTURE_UNRESOLVED', 'SHIPMENT_LATE'],
    });
    expect(await db.attention.findSuspect(order.orderId)).toEqual(suspect);
    expect(await db.attention.findSuspect('ord_none')).toBeNull();
  });

  test('that the job has found are judged anew by turns, each once', async () => {
    const orders = [await anOrder(), await anOrder(), await anOrder()];
    for (const order of orders)
      await raise(order, ['STEP_OVERDUE', 'ACTIVITY_RETRYING'], 60, 'job:find-stuck');
    await raise(await anOrder(), ['SHIPMENT_LATE']);
    const ids = orders.map(({ orderId }) => orderId).toSorted();
    const found = async (limit: number): Promise<readonly string[]> =>
      (await db.attention.nextFoundStuck(limit)).map(({ orderId }) => orderId);
    expect(await found(2)).toEqual(ids.slice(0, 2));
    expect(await found(2)).toEqual(ids.slice(2));
    expect(await found(10)).toEqual(ids);
  });
});

test('an order that a run is open for tells every cause that it carries', async () => {
  const order = await anOrder();
  await raise(order, ['SHIPMENT_LATE', 'CAPTURE_UNRESOLVED']);
  const [standing] = await db.drift.standings([order.orderId], 0);
  expect(standing?.attentionCodes.toSorted()).toEqual(['CAPTURE_UNRESOLVED', 'SHIPMENT_LATE']);
});

describe('a mail to operations staff', () => {
  test('tells each cause once, the oldest first', async () => {
    const order = await anOrder();
    await raise(order, ['SHIPMENT_LATE', 'CAPTURE_UNRESOLVED', 'REFUND_FAILED']);
    const claim = async (mailId: string, limit: number): Promise<readonly string[]> =>
      (await db.attention.claimForMail({ mailId, limit })).map(({ code }) => code);
    expect(await claim('mail_1', 2)).toEqual(['SHIPMENT_LATE', 'CAPTURE_UNRESOLVED']);
    expect(await claim('mail_2', 2)).toEqual(['REFUND_FAILED']);
    expect(await claim('mail_3', 2)).toEqual([]);
  });

  test('that surely was not sent is told by the next one', async () => {
    const order = await anOrder();
    await raise(order, ['SHIPMENT_LATE']);
    await db.attention.claimForMail({ mailId: 'mail_4', limit: 10 });
    await db.attention.unclaimMail('mail_4');
    expect(await db.attention.claimForMail({ mailId: 'mail_5', limit: 10 })).toHaveLength(1);
  });

  test('tells a cause again that has come back', async () => {
    const order = await anOrder();
    await raise(order, ['SHIPMENT_LATE']);
    await db.attention.claimForMail({ mailId: 'mail_6', limit: 10 });
    await db.orders.clearAttention({ ...refOf(order), code: 'SHIPMENT_LATE' });
    await raise(order, ['SHIPMENT_LATE']);
    expect(await db.attention.claimForMail({ mailId: 'mail_7', limit: 10 })).toHaveLength(1);
  });
});

describe('what is not settled with other companies', () => {
  test('is every operation without an outcome, and every difference that nobody has explained', async () => {
    const order = await bring(db, newOrder([{ sku, quantity: 1 }]), 'fulfilling');
    const { operations, openBreaks } = await db.orderReads.openMatters(order.orderId);
    expect(openBreaks).toBe(0);
    expect(operations).toEqual([
      {
        key: `${order.orderId}:capture:1`,
        kind: 'capture',
        amount: { amountMinor: 100, currency: 'GBP' },
        since: expect.stringMatching(/Z$/),
      },
    ]);
    expect(await db.orderReads.openMatters('ord_none')).toEqual({ operations: [], openBreaks: 0 });
  });
});
