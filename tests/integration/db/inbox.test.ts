import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { InboxMessage, LeasedMessage } from '../../../db/repositories/messages.repository.ts';
import {
  authorization,
  bring,
  newOrder,
  openTestDatabase,
  stockItem,
  type TestDatabase,
} from './fixtures.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterEach(async () => {
  await db.database.query('test.empty', sql`DELETE FROM webhook_inbox`);
});
afterAll(async () => {
  await db.close();
});

let messages = 0;
const message = (changes: Partial<InboxMessage> = {}): InboxMessage => ({
  provider: 'payments',
  messageId: `msg_${(messages += 1)}`,
  orderId: 'ord_before_its_row',
  payload: { status: 'succeeded', nested: [1, 'two', null] },
  ...changes,
});
const store = (given: InboxMessage, operationKey: string | null = null) =>
  db.inbox.store({ ...given, operationKey });
const graceIsOver = () =>
  db.database.query('test.later', sql`UPDATE webhook_inbox SET next_attempt_at = now() WHERE attempts = 0`);
const lease = (limit = 10) => db.inbox.lease({ leaseMs: 60_000, limit });
/** A message that is stored and handed out. */
async function leased(given = message()): Promise<LeasedMessage> {
  await store(given);
  const [first] = await lease(1);
  if (first?.messageId !== given.messageId) throw new Error('Another message was handed out');
  return first;
}

describe('a webhook', () => {
  test('is stored once for each provider, also when its order is not known yet', async () => {
    const first = message();
    expect(await store(first)).toBe('stored');
    expect(await store(first)).toBe('repeated');
    expect(await store({ ...first, provider: 'shipping' })).toBe('stored');
    expect(await db.inbox.lag()).toMatchObject({ waiting: 2 });
  });

  test('that arrives several times at once is stored once', async () => {
    const first = message();
    const answers = await Promise.all(Array.from({ length: 10 }, () => store(first)));
    expect(answers.filter((answer) => answer === 'stored')).toHaveLength(1);
  });

  test('that is delivered again months later, or at the turn of a month, is known', async () => {
    const first = message();
    await store(first);
    // A month has gone by, and its partition is another one.
    await db.database.query(
      'test.age',
      sql`UPDATE webhook_inbox SET received_at = received_at - interval '1 month' WHERE message_id = ${first.messageId}`,
    );
    expect(await store(first)).toBe('repeated');
    const partitions = await db.database.query(
      'test.partitions',
      sql`SELECT tableoid::regclass::text AS partition FROM webhook_inbox`,
    );
    expect(partitions).toEqual([{ partition: 'webhook_inbox_default' }]);

    // Two deliveries at the same moment, of which one is held to belong to the month before.
    const turn = message();
    const sameMoment = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        db.database.query(
          'test.turn',
          sql`INSERT INTO webhook_inbox (provider, message_id, order_id, payload, received_at)
            SELECT 'payments', ${turn.messageId}, 'ord_1', '{}', now() - ${index % 2} * interval '1 month' FROM pg_sleep(0.05)
            RETURNING message_id`,
        ),
      ),
    );
    expect(sameMoment.flat()).toHaveLength(1);
  });

  test('about an operation whose answer is recorded needs no delivery', async () => {
    const sku = await stockItem(db, { main: 5 });
    const order = await bring(db, newOrder([{ sku, quantity: 1 }]), 'fulfilling');
    expect(await store(message({ orderId: order.orderId }), order.authorizationKey)).toBe('stored');
    expect(await lease()).toEqual([]);
    expect(await db.inbox.lag()).toEqual({ waiting: 0, oldestAgeMs: null });

    const capture = message({ orderId: order.orderId });
    expect(await store(capture, `${order.orderId}:capture:1`)).toBe('stored');
    await graceIsOver();
    expect(await lease()).toMatchObject([{ messageId: capture.messageId }]);
  });

  test('about an operation is held back while its answer may be on the way', async () => {
    await store(message(), 'key:unknown:1');
    await store(message({ provider: 'shipping' }));
    expect(await lease()).toMatchObject([{ provider: 'shipping' }]);
    await graceIsOver();
    expect(await lease()).toMatchObject([{ provider: 'payments', attempts: 1 }]);
  });

  test('about an operation whose answer was recorded meanwhile is not delivered any more', async () => {
    const sku = await stockItem(db, { main: 5 });
    const order = await bring(db, newOrder([{ sku, quantity: 1 }]), 'reserved');
    await store(message({ orderId: order.orderId }), order.authorizationKey);
    await db.orders.recordAuthorized(authorization(order));
    await graceIsOver();
    expect(await lease()).toEqual([]);
    expect(await db.inbox.lag()).toMatchObject({ waiting: 0 });
  });

  test('about an operation that was believed never to have been is delivered', async () => {
    const sku = await stockItem(db, { main: 5 });
    const order = await bring(db, newOrder([{ sku, quantity: 1 }]), 'reserved');
    await db.orders.settleNotNeeded({ orderId: order.orderId, key: order.authorizationKey });
    await store(message({ orderId: order.orderId }), order.authorizationKey);
    await graceIsOver();
    expect(await lease()).toHaveLength(1);
  });
});

describe('a lease', () => {
  test('hands messages out in the order of their coming, once', async () => {
    const [first, second] = [message(), message({ provider: 'shipping' })];
    await store(first);
    await store(second);
    const leased = await lease();
    expect(leased).toEqual([
      { ...first, attempts: 1, receivedAt: expect.stringMatching(/Z$/) },
      { ...second, attempts: 1, receivedAt: expect.stringMatching(/Z$/) },
    ]);
    expect(await lease()).toEqual([]);
  });

  test('by two relays at once hands each message to one of them', async () => {
    for (let index = 0; index < 30; index += 1) await store(message());
    const leases = await Promise.all([lease(), lease(), lease(), lease()]);
    const handedOut = leases.flat().map((leased) => leased.messageId);
    expect(new Set(handedOut).size).toBe(handedOut.length);
    expect(handedOut.length).toBeGreaterThan(9);
  });

  test('of a message that is to be tried later comes when it is due, and counts the attempts', async () => {
    const given = await leased();
    await db.inbox.retryLater({ ...given, error: 'Temporal is away', delayMs: 60_000 });
    expect(await lease()).toEqual([]);
    await db.inbox.retryLater({ ...given, error: 'Temporal is away', delayMs: 0 });
    expect(await lease()).toMatchObject([{ messageId: given.messageId, attempts: 2 }]);
  });
});

describe('settling', () => {
  test.each(['delivered', 'not_needed', 'dead'] as const)('as %s is final', async (state) => {
    const given = await leased();
    await db.inbox.settle({ ...given, state, error: state === 'dead' ? 'poison' : undefined });
    await db.inbox.retryLater({ ...given, error: 'late', delayMs: 0 });
    await db.inbox.settle({ ...given, state: 'delivered', error: 'late' });
    expect(await lease()).toEqual([]);
    const rows = await db.database.query(
      'test.state',
      sql`SELECT state, last_error AS error FROM webhook_inbox`,
    );
    expect(rows).toEqual([{ state, error: state === 'dead' ? 'poison' : null }]);
  });
});
