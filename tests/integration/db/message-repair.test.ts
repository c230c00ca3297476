import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { QueuedEvent } from '../../../src/domain/events/queued-event.ts';
import { liveMany } from '../events/order-lives.ts';
import { bring, newOrder, openTestDatabase, refOf, stockItem, type TestDatabase } from './fixtures.ts';

let db: TestDatabase;
let sku: string;
beforeAll(async () => {
  db = await openTestDatabase();
  sku = await stockItem(db, { main: 100_000 });
  // What the orders of liveMany are for.
  await stockItem(db, { main: 100_000 }, '85123A');
});
afterAll(async () => {
  await db.close();
});
beforeEach(async () => {
  await db.database.query('test.empty', sql`DELETE FROM outbox`);
});

const lease = (relayId: string): Promise<readonly QueuedEvent[]> =>
  db.outbox.lease({ relayId, leaseMs: 60_000, maxOrders: 1_000, maxEvents: 10_000 });
const settle = (relayId: string, events: readonly QueuedEvent[]): Promise<void> =>
  db.outbox.settle({
    relayId,
    published: events.map(({ subject, sequence }) => ({ orderId: subject, sequence })),
    leasedOrderIds: [...new Set(events.map(({ subject }) => subject))],
  });

describe('a webhook that was given up', () => {
  const dead = async (messageId: string): Promise<void> => {
    await db.inbox.store({
      provider: 'payments',
      messageId,
      orderId: 'ord_1',
      payload: {},
      operationKey: null,
    });
    for (const message of await db.inbox.lease({ leaseMs: 60_000, limit: 1 }))
      await db.inbox.settle({ ...message, state: 'dead', error: 'nobody understands it' });
  };

  test('is listed with its error, page by page, delivered anew when redriven, and kept when given up', async () => {
    for (const messageId of ['evt_1', 'evt_2', 'evt_3']) await dead(messageId);
    const first = await db.messageRepair.listDeadWebhooks({ after: null, limit: 2 });
    expect(first).toMatchObject({
      items: [
        { messageId: 'evt_1', provider: 'payments', orderId: 'ord_1', error: 'nobody understands it' },
        { messageId: 'evt_2' },
      ],
      total: 3,
    });
    const rest = await db.messageRepair.listDeadWebhooks({ after: first.next, limit: 2 });
    expect(rest).toMatchObject({ items: [{ messageId: 'evt_3' }], next: null });

    const messages = [
      { provider: 'payments', messageId: 'evt_2' },
      { provider: 'shipping', messageId: 'evt_3' },
    ] as const;
    const redriven = await db.messageRepair.redriveWebhooks({ messages, limit: 10 });
    expect(redriven).toEqual([{ provider: 'payments', messageId: 'evt_2' }]);
    expect(await db.messageRepair.redriveWebhooks({ messages, limit: 10 })).toEqual([]);
    const due = await db.inbox.lease({ leaseMs: 1_000, limit: 10 });
    expect(due).toMatchObject([{ messageId: 'evt_2', attempts: 1 }]);
    expect(await db.messageRepair.redriveWebhooks({ messages: null, limit: 1 })).toHaveLength(1);
    expect((await db.messageRepair.listDeadWebhooks({ after: null, limit: 9 })).total).toBe(1);

    const given = { messages: [{ provider: 'payments', messageId: 'evt_3' }], note: 'given up' } as const;
    expect(await db.messageRepair.discardWebhooks(given)).toEqual(given.messages);
    expect(await db.messageRepair.discardWebhooks(given)).toEqual([]);
    expect(await db.messageRepair.redriveWebhooks({ messages: null, limit: 9 })).toEqual([]);
    const [row] = await db.database.query<{ state: string; error: string }>(
      'test.given',
      sql`SELECT state, last_error AS error FROM webhook_inbox WHERE message_id = 'evt_3'`,
    );
    expect(row).toEqual({ state: 'not_needed', error: 'given up' });
  });
});

describe('a replay', () => {
  const every = { orderId: null, from: null, to: null, after: null, limit: 1_000 };
  const publishedOrder = async (): Promise<string> => {
    const { orderId } = await bring(db, newOrder([{ sku, quantity: 1 }]), 'reserved');
    await settle('relay', await lease('relay'));
    return orderId;
  };

  test('queues the events of an order in their order, with its own deduplication, and counts from now', async () => {
    const orderId = await publishedOrder();
    const selection = { ...every, orderId };
    expect(await db.messageRepair.previewReplay(selection)).toEqual([{ orderId, events: 2, isQueued: true }]);
    expect(await db.outbox.lag()).toEqual({ waiting: 0, oldestAgeMs: null });
    expect(await db.messageRepair.replay({ ...selection, replayId: 'rpl_1' })).toEqual([
      { orderId, events: 2, isQueued: true },
    ]);
    const events = await lease('a');
    const stored = await db.orderReads.events(orderId, 0, 10);
    expect(events).toEqual(stored.map((event) => ({ ...event, replayId: 'rpl_1' })));
  });

  test('leaves an order alone of which something waits, and what comes later goes out after it', async () => {
    const orderId = await publishedOrder();
    await db.orders.raiseAttention({ ...refOf({ orderId }), code: 'X', message: 'x' });
    const selection = { ...every, orderId, replayId: 'rpl_2' };
    const busy = [{ orderId, events: 0, isQueued: false }];
    expect(await db.messageRepair.replay(selection)).toEqual(busy);
    const third = await lease('a');
    expect(third.map(({ sequence }) => sequence)).toEqual([3]);
    expect(await db.messageRepair.replay(selection)).toEqual(busy);
    await settle('a', third);
    expect(await db.messageRepair.replay(selection)).toEqual([{ orderId, events: 3, isQueued: true }]);
    await db.orders.clearAttention({ ...refOf({ orderId }), code: 'X' });
    const all = await lease('b');
    expect(all.map(({ sequence, replayId }) => [sequence, replayId])).toEqual([
      [1, 'rpl_2'],
      [2, 'rpl_2'],
      [3, 'rpl_2'],
      [4, undefined],
    ]);
  });

  test('of a range of times takes only what happened then, order by order', async () => {
    const ids = [await publishedOrder(), await publishedOrder(), await publishedOrder()].toSorted();
    const [first] = await db.orderReads.events(ids[0] ?? '', 0, 1);
    const range = { ...every, from: first?.time ?? null };
    const early = await db.messageRepair.previewReplay({ ...every, to: '2020-01-01T00:00:00Z' });
    expect(early).toEqual([]);
    const selected = (await db.messageRepair.previewReplay(range)).map(({ orderId }) => orderId);
    const [one] = await db.messageRepair.replay({ ...range, limit: 1, replayId: 'rpl_3' });
    expect(one?.orderId).toBe(selected[0]);
    const others = await db.messageRepair.replay({
      ...range,
      after: one?.orderId ?? null,
      replayId: 'rpl_3',
    });
    expect(others.map(({ orderId }) => orderId)).toEqual(selected.slice(1));
  });

  test('while orders change and relays publish never lets an event be overtaken', async () => {
    const orders = await Promise.all(Array.from({ length: 8 }, () => publishedOrder()));
    const published = new Map<string, number[]>();
    let isWriting = true;
    const relay = async (relayId: string): Promise<void> => {
      for (;;) {
        const wasWriting = isWriting;
        const events = await lease(relayId);
        for (const { subject, sequence } of events)
          published.set(subject, [...(published.get(subject) ?? []), sequence]);
        await settle(relayId, events);
        if (!wasWriting && events.length === 0) return;
      }
    };
    const relays = ['a', 'b', 'c'].map(relay);
    await Promise.all(
      orders.flatMap((orderId) => [
        (async () => {
          for (let round = 0; round < 6; round += 1)
            await db.orders.raiseAttention({
              ...refOf({ orderId }),
              code: `X${round}`,
              message: 'x',
            });
        })(),
        ...['one', 'two'].map(async (name) => {
          for (let round = 0; round < 4; round += 1)
            await db.messageRepair.replay({ ...every, orderId, replayId: `${name}${round}` });
        }),
      ]),
    );
    isWriting = false;
    await Promise.all(relays);
    for (const orderId of orders) {
      const sequences = published.get(orderId) ?? [];
      // A replay begins at 1; anything else follows upon the event before it.
      sequences.forEach((sequence, index) => {
        if (sequence !== 1) expect(sequence).toBe((sequences[index - 1] ?? 2) + 1);
      });
      expect(sequences.at(-1)).toBe(8);
    }
  });
});

describe('the read model made from the events', () => {
  const rebuild = (isCheck: boolean) =>
    db.messageRepair.rebuildSummaries({ after: null, limit: 10_000, isCheck });
  const applyAll = async (orderIds: readonly string[]): Promise<void> => {
    for (const orderId of orderIds)
      for (const event of await db.orderReads.events(orderId, 0, 1_000)) await db.projections.apply([event]);
  };
  const rows = () =>
    db.database.query('test.rows', sql`SELECT * FROM projections.order_summaries ORDER BY order_id`);
  /** Every event happened an hour earlier than it did. */
  const makeOld = async (): Promise<void> => {
    const trigger = (what: 'DISABLE' | 'ENABLE'): Promise<unknown> =>
      db.database.query(
        `test.${what}`,
        sql.raw(`ALTER TABLE order_events ${what} TRIGGER order_events_append_only`),
      );
    await trigger('DISABLE');
    await db.database.query(
      'test.age',
      sql`UPDATE order_events SET occurred_at = occurred_at - interval '1 hour'`,
    );
    await trigger('ENABLE');
  };

  test('is the one that the consumer has made, for every kind of order', async () => {
    await db.database.query('test.none', sql`DELETE FROM projections.order_summaries`);
    const orderIds = await liveMany(db.orders, 'same', 18);
    await applyAll(orderIds);
    const batch = await rebuild(true);
    expect(batch.differences.filter(({ orderId }) => orderIds.includes(orderId))).toEqual([]);
    expect(batch.events).toBeGreaterThan(orderIds.length);
    const live = await rows();
    await db.database.query(
      'test.spoil',
      sql`UPDATE projections.order_summaries SET last_sequence = 1, status = 'wrong', payment_status = 'none',
        customer_id = 'cus_0', total_minor = 0, captured_minor = 0, refunded_minor = 0, attention_code = NULL,
        placed_at = now(), updated_at = now()`,
    );
    expect((await rebuild(false)).replaced).toBe(orderIds.length);
    expect(await rows()).toEqual(live);
  });

  test('names and repairs each way in which it can differ, and --check changes nothing', async () => {
    const ids = await liveMany(db.orders, 'diff', 6);
    await applyAll(ids);
    const [wrong = '', ahead = '', behind = '', fresh = ''] = ids;
    await db.database.query(
      'test.break',
      sql`UPDATE projections.order_summaries SET
          total_minor = CASE WHEN order_id = ${wrong} THEN total_minor + 1 ELSE total_minor END,
          last_sequence = CASE order_id WHEN ${ahead} THEN last_sequence + 5 WHEN ${behind} THEN 1 ELSE last_sequence END,
          status = CASE WHEN order_id = ${behind} THEN 'placed' ELSE status END,
          payment_status = CASE WHEN order_id = ${behind} THEN 'none' ELSE payment_status END,
          captured_minor = CASE WHEN order_id = ${behind} THEN 0 ELSE captured_minor END,
          refunded_minor = CASE WHEN order_id = ${behind} THEN 0 ELSE refunded_minor END,
          attention_code = CASE WHEN order_id = ${behind} THEN NULL ELSE attention_code END,
          updated_at = CASE WHEN order_id = ${behind} THEN placed_at ELSE updated_at END
        WHERE order_id IN (${wrong}, ${ahead}, ${behind})`,
    );
    await db.database.query(
      'test.orphan',
      sql`INSERT INTO projections.order_summaries VALUES
        ('ord_nobody', 1, 'placed', 'none', 'cus_0', 'GBP', 0, 0, 0, NULL, now(), now())`,
    );
    await db.database.query(
      'test.lose',
      sql`DELETE FROM projections.order_summaries WHERE order_id = ${fresh}`,
    );
    const kinds = async (isCheck: boolean) =>
      new Map(
        (await rebuild(isCheck)).differences.map(({ orderId, kind, fields }) => [orderId, [kind, fields]]),
      );
    const young = await kinds(true);
    // Events of a moment ago may be on their way.
    expect(young.has(behind)).toBe(false);
    expect(young.has(fresh)).toBe(false);
    const before = await rows();
    const expected = new Map<string, unknown>([
      [wrong, ['different', ['totalMinor']]],
      [ahead, ['ahead', []]],
      ['ord_nobody', ['orphan', []]],
    ]);
    expect([...expected].map(([orderId]) => [orderId, young.get(orderId)])).toEqual([...expected]);
    expect(await rows()).toEqual(before);

    await rebuild(false);
    expect(await kinds(true)).toEqual(new Map());
  });

  test('sees events that were lost on their way once they are a minute old', async () => {
    const [missing = ''] = await liveMany(db.orders, 'lost', 1);
    expect((await rebuild(true)).differences).toEqual([]);
    await makeOld();
    const { differences } = await rebuild(true);
    expect(differences.find(({ orderId }) => orderId === missing)).toEqual({
      orderId: missing,
      kind: 'missing',
      fields: [],
    });
    await rebuild(false);
    expect((await rebuild(true)).differences).toEqual([]);
  });

  test('while the consumer works never goes backwards, and both end in the same', async () => {
    const ids = await liveMany(db.orders, 'both', 12);
    const applied = new AbortController();
    const seen = new Map<string, number>();
    const watch = async (): Promise<void> => {
      while (!applied.signal.aborted) {
        for (const orderId of ids) {
          const last = (await db.projections.find(orderId))?.lastSequence ?? 0;
          expect(last).toBeGreaterThanOrEqual(seen.get(orderId) ?? 0);
          seen.set(orderId, last);
        }
      }
    };
    const rebuilding = (async () => {
      while (!applied.signal.aborted) await rebuild(false);
    })();
    const watching = watch();
    try {
      await applyAll(ids);
    } finally {
      applied.abort();
      await Promise.all([rebuilding, watching]);
    }
    await rebuild(false);
    expect((await rebuild(true)).differences).toEqual([]);
    for (const orderId of ids) {
      const order = await db.orderReads.find(orderId);
      expect(await db.projections.find(orderId)).toMatchObject({
        lastSequence: order?.view.version,
        status: order?.view.status,
        paymentStatus: order?.view.paymentStatus,
      });
    }
  });

  test('is made batch by batch', async () => {
    const total = (await rebuild(true)).orders;
    let [orders, after] = [0, null as string | null];
    do {
      const batch = await db.messageRepair.rebuildSummaries({ after, limit: 7, isCheck: true });
      orders += batch.orders;
      after = batch.next;
    } while (after !== null);
    expect(orders).toBe(total);
  });
});
