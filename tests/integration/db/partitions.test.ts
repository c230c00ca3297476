/** Months of events and webhooks: made ahead, never missed, dropped as a whole when nobody needs them, and what is left then. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { ensureAuditRole } from '../../../db/audit-role.ts';
import { reapRecords } from '../../../src/activities/maintenance/reap-records.activity.ts';
import { createLogger } from '../../../src/config/logger.ts';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import {
  bring,
  eventsOf,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  placedAt,
  refOf,
  refundAnswer,
  stockItem,
  viewOf,
  type TestDatabase,
  type TestOrder,
} from './fixtures.ts';

const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;

let db: TestDatabase;
let sku: string;
beforeAll(async () => {
  db = await openTestDatabase();
  sku = await stockItem(db, { main: 1_000 });
  await db.database.query(
    'test.months',
    sql`SELECT make_month_partitions(parent::regclass, now() - interval '1 year', now())
      FROM (VALUES ('order_events'), ('webhook_inbox')) AS tables (parent)`,
  );
});
beforeEach(async () => {
  await db.database.query('test.published', sql`DELETE FROM outbox`);
  await db.database.query('test.delivered', sql`DELETE FROM webhook_inbox`);
});
afterAll(async () => {
  await expectNoViolation(db);
  await db.close();
});

/** In the middle of the month so many months ago. */
function monthsAgo(months: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 15));
}
const partitionOf = (table: string, months: number): string =>
  `${table}_${monthsAgo(months).toISOString().slice(0, 7).replace('-', '_')}`;

/** An order that was placed, and lived until `stage`, so many months ago. */
async function oldOrder(
  months: number,
  stage: Parameters<typeof bring>[2] = 'completed',
): Promise<TestOrder> {
  const order = await bring(db, newOrder([{ sku, quantity: 1 }]), stage);
  for (const event of await db.orderReads.events(order.orderId, 0, 100)) await db.projections.apply([event]);
  await db.database.query('test.published', sql`DELETE FROM outbox`);
  await placedAt(db, order.orderId, monthsAgo(months).getTime());
  await db.database.query(
    'test.model',
    sql`UPDATE projections.order_summaries SET placed_at = orders.created_at, updated_at = orders.updated_at
      FROM orders WHERE orders.id = order_id AND order_id = ${order.orderId}`,
  );
  return order;
}

const drop = (months: number, table = 'order_events') =>
  db.retention.drop(partitionOf(table, months), KEPT_DAYS);
const rebuild = (isCheck: boolean) =>
  db.messageRepair.rebuildSummaries({ after: null, limit: 10_000, isCheck });
const summaries = () =>
  db.database.query('test.rows', sql`SELECT * FROM projections.order_summaries ORDER BY order_id`);
const refundOf = ({ orderId, ...rest }: TestOrder) => ({
  ...refOf({ orderId, ...rest }),
  refundId: `ref_${orderId}`,
  by: { amountMinor: 50 },
  reason: 'damaged',
  restock: false,
  actor: 'key:operator',
});

describe('an order', () => {
  test('has all its events in the month in which it was placed', async () => {
    const order = await oldOrder(2, 'delivered');
    await db.orders.recordCompleted(refOf(order));
    const rows = await db.database.query<{ partition: string; events: number }>(
      'test.where',
      sql`SELECT tableoid::regclass::text AS partition, count(*)::integer AS events FROM order_events
        WHERE order_id = ${order.orderId} GROUP BY 1`,
    );
    expect(rows).toEqual([
      { partition: partitionOf('order_events', 2), events: (await viewOf(db, order.orderId)).version },
    ]);
    const [last] = (
      await db.outbox.lease({ relayId: 'a', leaseMs: 60_000, maxOrders: 10, maxEvents: 10 })
    ).slice(-1);
    expect(last).toMatchObject({ subject: order.orderId, type: 'commerce.order.completed.v1' });
  });

  test('cannot have two events of one number, in one month or in two', async () => {
    const { orderId } = await oldOrder(3);
    for (const moved of ['0', '1 month'])
      await expect(
        db.database.query(
          'test.twice',
          sql`INSERT INTO order_events (order_id, placed_at, sequence, type, correlation_id, causation_id, data)
            SELECT order_id, placed_at + ${moved}::interval, sequence, type, correlation_id, causation_id, data
            FROM order_events WHERE order_id = ${orderId} AND sequence = 1`,
        ),
      ).rejects.toThrow(InvariantViolatedError);
  });
});

describe('partitions', () => {
  test('are there for this month and the next two, and are made once', async () => {
    const ends = await db.database.query<{ parent: string; ahead: number }>(
      'test.ahead',
      sql`SELECT parent::text, count(*)::integer AS ahead FROM month_partitions
        WHERE ends_at > now() GROUP BY parent ORDER BY 1`,
    );
    expect(ends).toEqual([
      { parent: 'order_events', ahead: 3 },
      { parent: 'webhook_inbox', ahead: 3 },
    ]);
    expect(await db.retention.makePartitions('order_events')).toBe(0);
    await db.database.query('test.gone', sql.raw(`DROP TABLE ${partitionOf('webhook_inbox', -2)}`));
    const made = await Promise.all([1, 2, 3].map(() => db.retention.makePartitions('webhook_inbox')));
    expect(made.toSorted()).toEqual([0, 0, 1]);
  });

  test('refuse changes of history and let the auditor read, as their table does', async () => {
    const auditUrl = new URL(db.url);
    auditUrl.username = 'auditor_of_partitions';
    auditUrl.password = 'secret';
    await ensureAuditRole(db.url, auditUrl.href);
    await db.database.query(
      'test.later',
      sql`SELECT make_month_partitions('order_events', now() + interval '3 months', now() + interval '3 months')`,
    );
    const partition = partitionOf('order_events', -3);
    const { orderId } = await oldOrder(-3);
    await expect(
      db.database.query(
        'test.rewrite',
        sql.raw(`UPDATE ${partition} SET data = '{}' WHERE order_id = '${orderId}'`),
      ),
    ).rejects.toThrow(InvariantViolatedError);
    const auditor = postgres(auditUrl.href, { max: 1 });
    try {
      expect(await auditor.unsafe(`SELECT FROM ${partition} WHERE order_id = '${orderId}'`)).not.toHaveLength(
        0,
      );
      expect(await auditor.unsafe('SELECT FROM month_partitions')).not.toHaveLength(0);
    } finally {
      await auditor.end();
    }
  });

  test('that nobody made in time lose no row, and the count says so', async () => {
    const before = await db.retention.countOutside('order_events', 1_000);
    const { orderId } = await oldOrder(30);
    const { version } = await viewOf(db, orderId);
    expect(await eventsOf(db, orderId)).toHaveLength(version);
    expect(await db.retention.countOutside('order_events', 1_000)).toBe(before + version);
    expect(await db.retention.countOutside('order_events', 2)).toBe(2);
    // Its month stays where it is, and no other is held up by that.
    const [made] = await db.database.query<{ made: number }>(
      'test.make',
      sql`SELECT make_month_partitions('order_events', ${monthsAgo(30).toISOString()}::timestamptz,
        ${monthsAgo(29).toISOString()}::timestamptz) AS made`,
    );
    expect(made?.made).toBe(1);
    expect(await eventsOf(db, orderId)).toHaveLength(version);
  });
});

describe('a month of events', () => {
  test('stays while an order of it is open, refunded or not published, or something happened lately', async () => {
    const open = await oldOrder(4, 'delivered');
    const ended = await oldOrder(4);
    expect(await drop(4)).toBe('needed');
    await db.orders.recordCompleted(refOf(open));
    // What has just happened to the order is not published, and then is young.
    expect(await drop(4)).toBe('needed');
    await db.database.query('test.published', sql`DELETE FROM outbox`);
    expect(await drop(4)).toBe('needed');
    await placedAt(db, open.orderId, monthsAgo(4).getTime());
    expect(await db.orders.startRefund(refundOf(ended))).toMatchObject({ kind: 'started' });
    await db.database.query('test.published', sql`DELETE FROM outbox`);
    await placedAt(db, ended.orderId, monthsAgo(4).getTime());
    expect(await drop(4)).toBe('needed');
    await db.orders.recordRefunded(refundAnswer(ended, `ref_${ended.orderId}`));
    await db.database.query('test.published', sql`DELETE FROM outbox`);
    await placedAt(db, ended.orderId, monthsAgo(4).getTime());
    expect(await drop(4)).toBe('dropped');
    expect(await viewOf(db, ended.orderId)).toMatchObject({ status: 'completed' });
    expect(await db.orderReads.events(ended.orderId, 0, 100)).toEqual([]);
    await db.database.query(
      'test.model',
      sql`DELETE FROM projections.order_summaries WHERE order_id = ANY (ARRAY[${open.orderId}, ${ended.orderId}])`,
    );
    expect((await rebuild(false)).replaced).toBeGreaterThan(1);
  });

  test('that has not ended for so long is not among those that end, and is not dropped', async () => {
    await oldOrder(0);
    expect(await db.retention.listEnded('order_events', KEPT_DAYS)).not.toContain(
      partitionOf('order_events', 0),
    );
    expect(await drop(0)).toBe('needed');
  });

  test('is given up on when its table is in use, so that orders do not wait', async () => {
    await oldOrder(5);
    const reader = postgres(db.url, { max: 1 });
    try {
      await reader.unsafe('BEGIN; SELECT FROM order_events LIMIT 1');
      expect(await drop(5)).toBe('busy');
      await reader.unsafe('COMMIT');
    } finally {
      await reader.end();
    }
    expect(await drop(5)).toBe('dropped');
  });

  test('that was dropped leaves its orders to the read model, the auditor and later refunds', async () => {
    const orders = [await oldOrder(6), await oldOrder(6), await oldOrder(6)];
    const [wrong, lost, late] = orders;
    if (!wrong || !lost || !late) throw new Error('There are three');
    expect(await rebuild(true)).toMatchObject({ differences: [] });
    const before = await summaries();
    expect(await drop(6)).toBe('dropped');
    await expectNoViolation(db);

    expect(await rebuild(false)).toMatchObject({ differences: [], replaced: 0 });
    await db.database.query(
      'test.break',
      sql`UPDATE projections.order_summaries SET status = 'shipped', captured_minor = 1 WHERE order_id = ${wrong.orderId}`,
    );
    await db.database.query(
      'test.lose',
      sql`DELETE FROM projections.order_summaries WHERE order_id = ${lost.orderId}`,
    );
    const { differences } = await rebuild(false);
    expect(differences).toEqual(
      expect.arrayContaining([
        { orderId: wrong.orderId, kind: 'different', fields: ['status', 'capturedMinor'] },
        { orderId: lost.orderId, kind: 'missing', fields: [] },
      ]),
    );
    expect(await summaries()).toEqual(before);
    const everything = { orderId: null, from: null, to: null, after: null, limit: 1_000 };
    const replayed = (await db.messageRepair.previewReplay(everything)).map(({ orderId }) => orderId);
    expect(replayed).not.toContain(wrong.orderId);

    // Money goes back a year later: the events are kept, published and taken in.
    expect(await db.orders.startRefund(refundOf(late))).toMatchObject({ kind: 'started' });
    await db.orders.recordRefunded(refundAnswer(late, `ref_${late.orderId}`));
    const published = await db.outbox.lease({ relayId: 'a', leaseMs: 60_000, maxOrders: 10, maxEvents: 10 });
    expect(published.map(({ type }) => type)).toEqual([
      'commerce.payment.refund_requested.v1',
      'commerce.payment.refunded.v1',
    ]);
    expect([...(await db.projections.apply(published)).values()]).toEqual(['applied', 'applied']);
    await db.outbox.settle({
      relayId: 'a',
      published: published.map(({ subject, sequence }) => ({ orderId: subject, sequence })),
      leasedOrderIds: [late.orderId],
    });
    expect(await db.projections.find(late.orderId)).toMatchObject({
      refundedMinor: 50,
      paymentStatus: 'partially_refunded',
    });
    expect(await db.retention.countOutside('order_events', 1)).toBe(1);
    expect(await rebuild(true)).toMatchObject({ differences: [] });
    await expectNoViolation(db);
  });
});

describe('a month of webhooks', () => {
  const webhook = (messageId: string, state: string, months: number, settledDaysAgo: number) =>
    db.database.query(
      'test.webhook',
      sql`INSERT INTO webhook_inbox (provider, message_id, order_id, payload, state, received_at, settled_at)
        VALUES ('payments', ${messageId}, 'ord_1', '{}', ${state}, ${monthsAgo(months).toISOString()}::timestamptz,
          CASE WHEN ${state}::text <> 'pending' THEN now() - ${settledDaysAgo} * interval '1 day' END)`,
    );

  test('stays while one is pending, dead or settled lately, and then goes as a whole', async () => {
    await webhook('old', 'delivered', 3, 80);
    await webhook('old too', 'not_needed', 3, 80);
    await webhook('last', 'pending', 3, 0);
    expect(await drop(3, 'webhook_inbox')).toBe('needed');
    await db.database.query(
      'test.dead',
      sql`UPDATE webhook_inbox SET state = 'dead', settled_at = now() - interval '80 days' WHERE message_id = 'last'`,
    );
    expect(await drop(3, 'webhook_inbox')).toBe('needed');
    await db.database.query(
      'test.late',
      sql`UPDATE webhook_inbox SET state = 'delivered', settled_at = now() - interval '29 days' WHERE message_id = 'last'`,
    );
    expect(await drop(3, 'webhook_inbox')).toBe('needed');
    await db.database.query(
      'test.late',
      sql`UPDATE webhook_inbox SET settled_at = now() - interval '31 days' WHERE message_id = 'last'`,
    );
    await webhook('young', 'delivered', 0, 0);
    expect(await db.retention.listEnded('webhook_inbox', KEPT_DAYS)).toContain(
      partitionOf('webhook_inbox', 3),
    );
    expect(await drop(3, 'webhook_inbox')).toBe('dropped');
    const left = await db.database.query('test.left', sql`SELECT message_id AS id FROM webhook_inbox`);
    expect(left).toEqual([{ id: 'young' }]);
  });
});

describe('the job that reaps', () => {
  test('makes months, drops those that are over, and says what is still needed or lies outside', async () => {
    await oldOrder(7);
    await oldOrder(8, 'shipped');
    await db.database.query('test.gone', sql.raw(`DROP TABLE ${partitionOf('webhook_inbox', -2)}`));
    const outside = await db.retention.countOutside('order_events', 1_000);
    const days = { idempotencyRetentionDays: 30, messageRetentionDays: 30, waitingRoomRetentionDays: 30 };
    const settings = {
      ...days,
      stuckGraceMs: 1,
      stuckAfterAttempts: 1,
      driftGraceMs: 0,
      reconcileGraceMs: 0,
      lostOrdersPerRun: 1,
    };
    const reap = (eventRetentionDays: number | null) =>
      reapRecords({
        retention: db.retention,
        settings: { ...settings, eventRetentionDays },
        logger: createLogger('test', 'silent'),
        progress: { alive: () => undefined },
      });
    const before = await db.retention.listEnded('order_events', KEPT_DAYS);
    const webhooks = await db.retention.listEnded('webhook_inbox', KEPT_DAYS);
    expect(await reap(null)).toMatchObject({
      eventMonths: 0,
      webhookMonths: webhooks.length,
      partitionsMade: 1,
      rowsOutsidePartitions: outside,
    });
    expect(await db.retention.listEnded('order_events', KEPT_DAYS)).toEqual(before);
    const done = await reap(KEPT_DAYS);
    expect(done).toMatchObject({ monthsBusy: 0, webhookMonths: 0, partitionsMade: 0 });
    const left = await db.retention.listEnded('order_events', KEPT_DAYS);
    expect(left).toContain(partitionOf('order_events', 8));
    expect(left).not.toContain(partitionOf('order_events', 7));
    expect(done).toMatchObject({ eventMonths: before.length - left.length, monthsStillNeeded: left.length });
  });
});

describe('a waiting room', () => {
  test('goes with its tickets when it has been closed for long enough, and no other', async () => {
    const room = async (id: string, closesAt: Date | null) => {
      const rules = { id, name: id, skus: [sku], admissionsPerSecond: 1, opensAt: null };
      await db.waitingRooms.put({ ...rules, closesAt: null }, null);
      for (const customerId of ['cus_1', 'cus_2'])
        expect(await db.waitingRooms.join({ ticketId: `${id} ${customerId}`, roomId: id, customerId })).toBe(
          'joined',
        );
      await db.waitingRooms.put({ ...rules, closesAt: closesAt?.toISOString() ?? null }, null);
    };
    await room('old', new Date(Date.now() - 31 * DAY_MS));
    await room('recent', new Date(Date.now() - 29 * DAY_MS));
    await room('for ever', null);
    const request = { olderThanDays: KEPT_DAYS, limit: 1 };
    expect(await db.retention.reapWaitingRooms(request)).toBe(0);
    expect(await db.retention.reapTickets(request)).toBe(1);
    expect(await db.retention.reapTickets(request)).toBe(1);
    expect(await db.retention.reapTickets(request)).toBe(0);
    expect(await db.retention.reapWaitingRooms(request)).toBe(1);
    expect(await db.retention.reapWaitingRooms(request)).toBe(0);
    expect((await db.waitingRooms.list()).map(({ id }) => id).toSorted()).toEqual(['for ever', 'recent']);
    expect(await db.waitingRooms.admitAndFind('recent', 'recent cus_1', 1_000)).toMatchObject({ number: 1 });
  });
});
