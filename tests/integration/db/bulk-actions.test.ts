/** How a bulk is written down, which orders a selection means, and where a bulk stands by its rows. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AskedBulk } from '../../../db/repositories/bulk-actions.repository.ts';
import {
  EMPTY_TALLY,
  stateOfBulk,
  type BulkStep,
  type OrderSelection,
} from '../../../src/domain/operations/bulk-action.ts';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import { sql } from 'drizzle-orm';
import { bring, newOrder, openTestDatabase, stockItem, type TestDatabase } from './fixtures.ts';

let db: TestDatabase;
let lamp: string;
let cord: string;
beforeAll(async () => {
  db = await openTestDatabase();
  lamp = await stockItem(db, { main: 1_000 });
  cord = await stockItem(db, { main: 1_000 });
});
afterAll(async () => {
  await db.close();
});

let counter = 0;
function askedBulk(changes: Partial<AskedBulk> = {}): AskedBulk {
  counter += 1;
  return {
    id: `blk_${String(counter).padStart(26, '0')}`,
    action: 'hold',
    actor: 'key:operator',
    role: 'operator',
    reason: 'item recalled',
    requestId: 'req_1',
    keyDigest: 'digest',
    input: {},
    selection: null,
    perSecond: 5,
    tally: EMPTY_TALLY,
    needsSecondPerson: false,
    ...changes,
  };
}

async function asked(orderIds: readonly string[], changes: Partial<AskedBulk> = {}): Promise<string> {
  const bulk = askedBulk(changes);
  const fixed = orderIds.map((orderId, index) => ({
    orderId,
    actionId: `act_${bulk.id}_${index}`,
    amountMinor: null,
  }));
  await db.bulkActions.ask(bulk, fixed);
  return bulk.id;
}

const by = { actor: 'key:operator', role: 'operator', detail: 'x' };
const take = (bulkId: string, step: BulkStep, key: string = step): Promise<void> =>
  db.bulkActions.record({ ...by, bulkId, step, key });
const stepsOf = async (bulkId: string): Promise<readonly BulkStep[]> =>
  ((await db.bulkActions.find(bulkId))?.steps ?? []).map(({ step }) => step);

describe('a selection', () => {
  const select = async (selection: OrderSelection, limit = 100): Promise<readonly string[]> =>
    (await db.bulkActions.select(selection, limit)).map(({ orderId }) => orderId);

  test('means the orders for which everything holds, the newest first', async () => {
    const line = { sku: lamp, quantity: 2 };
    const older = await bring(db, newOrder([line], { customerId: 'cus_sel' }), 'reserved');
    const newer = await bring(
      db,
      newOrder([line, { sku: cord, quantity: 1 }], { customerId: 'cus_sel' }),
      'reserved',
    );
    const confirmed = await bring(db, newOrder([line], { customerId: 'cus_sel' }), 'confirmed');
    const other = await bring(db, newOrder([line], { customerId: 'cus_other' }), 'reserved');
    await db.orders.raiseAttention({
      orderId: older.orderId,
      cause: { correlationId: 'req_1', causationId: 'req_1' },
      code: 'SHIPMENT_LATE',
      message: 'late',
      raisedBy: 'test',
    });
    const customer = { customerId: 'cus_sel' };
    expect(await select(customer)).toEqual([confirmed.orderId, newer.orderId, older.orderId]);
    expect(await select({ ...customer, statuses: ['reserved'] })).toEqual([newer.orderId, older.orderId]);
    expect(await select({ statuses: ['reserved', 'confirmed'] })).toEqual([
      other.orderId,
      confirmed.orderId,
      newer.orderId,
      older.orderId,
    ]);
    expect(await select({ sku: cord })).toEqual([newer.orderId]);
    expect(await select({ attentionCode: 'SHIPMENT_LATE' })).toEqual([older.orderId]);
    expect(await select({ ...customer, minTotalMinor: 201 })).toEqual([newer.orderId]);
    expect(await select({ ...customer, maxTotalMinor: 200 })).toEqual([confirmed.orderId, older.orderId]);
    expect(await select({ statuses: ['reserved'] }, 1)).toEqual([other.orderId]);
    expect(await select({ createdAfter: '2100-01-01T00:00:00Z' })).toEqual([]);
    expect(await select({ statuses: ['reserved'], createdBefore: '2000-01-01T00:00:00Z' })).toEqual([]);
    expect(await select({})).toEqual([]);
  });

  test('of named orders keeps their order, and leaves out what there is not', async () => {
    const one = await bring(db, newOrder([{ sku: lamp, quantity: 1 }]), 'reserved');
    const other = await bring(db, newOrder([{ sku: lamp, quantity: 1 }]), 'confirmed');
    const named = [other.orderId, 'ord_nobody', one.orderId];
    expect(await db.bulkActions.selectNamed(named)).toEqual([
      { orderId: other.orderId, status: 'confirmed' },
      { orderId: one.orderId, status: 'reserved' },
    ]);
    const planned = await db.bulkActions.readForPlanning(named);
    expect(planned.map(({ order }) => order.id)).toEqual([other.orderId, one.orderId]);
    for (const { order, facts } of planned) {
      expect(order).toEqual((await db.orderReads.find(order.id))?.view);
      expect(facts).toEqual(await db.operatorActions.readFacts(order.id));
    }
  });
});

describe('a bulk', () => {
  test('is written once with its orders, however often it is asked for', async () => {
    const { orderId } = await bring(db, newOrder([{ sku: lamp, quantity: 1 }]), 'reserved');
    const bulk = askedBulk({ selection: { sku: lamp }, needsSecondPerson: true });
    const fixed = [{ orderId, actionId: `act_${bulk.id}`, amountMinor: 120 }];
    await Promise.all([db.bulkActions.ask(bulk, fixed), db.bulkActions.ask(bulk, fixed)]);
    await db.bulkActions.ask({ ...bulk, reason: 'another' }, fixed);
    expect(await db.bulkActions.find(bulk.id)).toMatchObject({
      ...bulk,
      orders: 1,
      steps: [{ step: 'pending_approval', actor: 'key:operator' }],
      counts: { done: 0, refused: 0, failed: 0, refusedBy: {} },
      recent: { orders: 0, overMs: 0 },
    });
    expect(await db.bulkActions.findOrder(bulk.id, 1)).toMatchObject({
      orderId,
      amountMinor: 120,
      bulk: { action: 'hold' },
    });
    expect(await db.bulkActions.findOrder(bulk.id, 2)).toBeNull();
  });

  test('is not written with an order twice, and not at all then', async () => {
    const { orderId } = await bring(db, newOrder([{ sku: lamp, quantity: 1 }]), 'reserved');
    const bulk = askedBulk();
    const twice = ['a', 'b'].map((name) => ({
      orderId,
      actionId: `act_${bulk.id}_${name}`,
      amountMinor: null,
    }));
    await expect(db.bulkActions.ask(bulk, twice)).rejects.toThrow(InvariantViolatedError);
    expect(await db.bulkActions.find(bulk.id)).toBeNull();
  });

  test('stands in the list where its steps say', async () => {
    const { orderId } = await bring(db, newOrder([{ sku: lamp, quantity: 1 }]), 'reserved');
    const stories: readonly (readonly BulkStep[])[] = [
      [],
      ['running'],
      ['running', 'paused'],
      ['running', 'paused', 'resumed'],
      ['running', 'stopping', 'paused'],
      ['running', 'stopping', 'stopped'],
      ['running', 'finished'],
    ];
    for (const story of stories) {
      const bulkId = await asked([orderId]);
      for (const step of story) await take(bulkId, step);
      expect(await stepsOf(bulkId)).toEqual(story);
      const listed = await db.bulkActions.list({ state: stateOfBulk(story), limit: 100 });
      expect(listed.items.map(({ id }) => id)).toContain(bulkId);
      const others = await db.bulkActions.list({
        state: story.length === 0 ? 'running' : 'asked',
        limit: 100,
      });
      expect(others.items.map(({ id }) => id)).not.toContain(bulkId);
    }
  });

  test('is listed page by page, the newest first, and never by a cursor of another kind', async () => {
    const { orderId } = await bring(db, newOrder([{ sku: lamp, quantity: 1 }]), 'reserved');
    const ids = [await asked([orderId]), await asked([orderId]), await asked([orderId])];
    const first = await db.bulkActions.list({ limit: 2 });
    const second = await db.bulkActions.list({ limit: 1, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.toReversed());
    await expect(db.bulkActions.list({ limit: 1, cursor: 'x' })).rejects.toThrow(RangeError);
    await expect(db.bulkActions.listNotDone(ids[0] ?? '', { limit: 1, cursor: 'x' })).rejects.toThrow(
      RangeError,
    );
  });

  test('takes each step once, ends once, and is decided about once and by another person', async () => {
    const { orderId } = await bring(db, newOrder([{ sku: lamp, quantity: 1 }]), 'reserved');
    const bulkId = await asked([orderId], { needsSecondPerson: true });
    const decide = (step: 'approved' | 'declined' | 'withdrawn', actor: string): Promise<void> =>
      db.bulkActions.decide({ bulkId, step, actor, role: 'approver', detail: 'seen' });
    await decide('approved', 'key:operator');
    expect(await stepsOf(bulkId)).toEqual(['pending_approval']);
    await decide('approved', 'key:approver');
    await decide('declined', 'key:admin');
    await decide('withdrawn', 'key:operator');
    for (const step of ['running', 'running'] as const) await take(bulkId, step);
    for (const key of ['cmd_1', 'cmd_1', 'cmd_2']) await take(bulkId, 'paused', key);
    await take(bulkId, 'stopped');
    await take(bulkId, 'finished');
    expect(await stepsOf(bulkId)).toEqual([
      'pending_approval',
      'approved',
      'running',
      'paused',
      'paused',
      'stopped',
    ]);
  });

  test('counts what became of its orders, also when it has ended', async () => {
    const orders = [];
    for (let count = 0; count < 3; count += 1)
      orders.push((await bring(db, newOrder([{ sku: lamp, quantity: 1 }]), 'reserved')).orderId);
    const bulkId = await asked(orders);
    const outcomes = [
      { outcome: 'done' },
      { outcome: 'refused', why: 'status' },
      { outcome: 'failed' },
    ] as const;
    for (const [index, outcome] of outcomes.entries()) {
      const actionId = `act_${bulkId}_${index}`;
      const action = {
        id: actionId,
        orderId: orders[index] ?? '',
        action: 'hold',
        bulkId,
        input: {},
      } as const;
      await db.operatorActions.ask({ ...by, ...action, reason: 'r', requestId: 'q', keyDigest: 'k' });
      await db.operatorActions.conclude({ ...by, actionId, ...outcome });
    }
    const counts = { done: 1, refused: 1, failed: 1, refusedBy: { status: 1 } };
    expect(await db.bulkActions.find(bulkId)).toMatchObject({ counts, recent: { orders: 3 } });
    await take(bulkId, 'finished');
    expect(await db.bulkActions.find(bulkId)).toMatchObject({ counts });
    const { items } = await db.bulkActions.listNotDone(bulkId, { limit: 10 });
    expect(items).toMatchObject([
      { position: 2, orderId: orders[1], outcome: 'refused', why: 'status' },
      { position: 3, orderId: orders[2], outcome: 'failed', why: null },
    ]);
  });

  test.each(['bulk_actions', 'bulk_action_orders', 'bulk_action_steps'])(
    'is never changed in %s',
    async (table) => {
      const { orderId } = await bring(db, newOrder([{ sku: lamp, quantity: 1 }]), 'reserved');
      await take(await asked([orderId]), 'running');
      await expect(db.database.query('test.remove', sql`DELETE FROM ${sql.raw(table)}`)).rejects.toThrow(
        /would break 23000/,
      );
    },
  );
});
