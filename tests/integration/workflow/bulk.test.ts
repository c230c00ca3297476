/** What becomes of the orders of a bulk, whatever becomes of its workflow and its worker. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { waitFor } from '../../support/stack.ts';
import { BulkLab } from './bulk-lab.ts';
import { OrderLab } from './order-lab.ts';

// Long enough for a busy machine, on which workers are killed and start again.
jest.setTimeout(300_000);

const PAID_THEN_REFUNDED = ['authorize succeeded 1110', 'capture succeeded 1110', 'refund succeeded 1110'];
const PAID = PAID_THEN_REFUNDED.slice(0, 2);

let lab: OrderLab;
let bulks: BulkLab;
beforeAll(async () => {
  lab = await OrderLab.start();
  bulks = await BulkLab.start(lab);
});
afterEach(async () => {
  expect(await lab.violations()).toEqual([]);
});
afterAll(async () => {
  await bulks?.stop();
  await lab?.stop();
});

/** Every order was given back once, by the records of the provider, and has one action, which is done. */
async function expectCancelledOnce(bulkId: string, orderIds: readonly string[]): Promise<void> {
  for (const orderId of orderIds) {
    await lab.until(orderId, 'cancelled', ({ status }) => status === 'cancelled', 120_000);
    expect(await lab.moneyMoves(orderId)).toEqual(PAID_THEN_REFUNDED);
  }
  const actions = await bulks.actions(bulkId);
  expect(actions.map(({ orderId }) => orderId).toSorted()).toEqual([...orderIds].toSorted());
  for (const action of actions) {
    expect(action).toMatchObject({ bulkId, action: 'cancel', actor: 'key:lab', reason: 'item_recalled' });
    expect(action.outcomes.map(({ outcome }) => outcome)).toEqual(['done']);
  }
}

describe('a bulk', () => {
  test('does every order once when its worker is killed in the middle, again and again', async () => {
    const orderIds = await bulks.paidOrders(9);
    const bulkId = await bulks.begin(orderIds, { perSecond: 2 });
    for (const ended of [2, 5]) {
      await bulks.untilEnded(bulkId, ended);
      await bulks.crashWorker();
    }
    expect(await bulks.result(bulkId)).toEqual({ end: 'finished', done: 9, refused: 0, failed: 0, left: 0 });
    await expectCancelledOnce(bulkId, orderIds);
  });

  test('does every order once when the worker of the orders is killed meanwhile', async () => {
    const orderIds = await bulks.paidOrders(6);
    const bulkId = await bulks.begin(orderIds, { perSecond: 3 });
    await bulks.untilEnded(bulkId, 1);
    await lab.crashWorker();
    expect(await bulks.result(bulkId)).toMatchObject({ end: 'finished', done: 6 });
    await expectCancelledOnce(bulkId, orderIds);
  });

  test('goes on in another run before its history is long', async () => {
    const orderIds = await bulks.paidOrders(5);
    const bulkId = await bulks.begin(orderIds, { perSecond: 2, ordersPerRun: 2 });
    expect(await bulks.result(bulkId)).toEqual({ end: 'finished', done: 5, refused: 0, failed: 0, left: 0 });
    await expectCancelledOnce(bulkId, orderIds);
    const last = await lab.temporal.client.workflow.getHandle(bulkId).describe();
    expect(last.runId).not.toBe(bulks.firstRunIds.get(bulkId));
    const { steps } = await bulks.bulk(bulkId);
    expect(steps.map(({ step }) => step)).toEqual(['running', 'finished']);
  });

  test('tells how far it is, and what it was refused for', async () => {
    const orderIds = await bulks.paidOrders(2);
    const [first = ''] = orderIds;
    await lab.cancel(first);
    const bulkId = await bulks.begin(orderIds);
    expect(await bulks.result(bulkId)).toMatchObject({ done: 1, refused: 1 });
    expect(await bulks.progress(bulkId)).toMatchObject({
      done: 1,
      refusedBy: { status: 1 },
      left: 0,
      underWay: 0,
    });
    expect((await bulks.bulk(bulkId)).counts).toEqual({
      done: 1,
      refused: 1,
      failed: 0,
      refusedBy: { status: 1 },
    });
    const { items } = await lab.repositories.bulkActions.listNotDone(bulkId, { limit: 10 });
    expect(items).toMatchObject([{ position: 1, orderId: first, outcome: 'refused', why: 'status' }]);
  });
});

describe('an operator', () => {
  test('pauses a bulk, lets it go on, and stops it', async () => {
    // So many that none of this can come too late, and refused, so that they are quickly at an end.
    const orderIds = await bulks.rejectedOrders(100);
    const bulkId = await bulks.begin(orderIds, { perSecond: 1 });
    await bulks.untilEnded(bulkId, 1);
    expect(await bulks.steer(bulkId, 'pause')).toEqual({ kind: 'taken' });
    expect(await bulks.steer(bulkId, 'pause')).toEqual({ kind: 'refused', why: 'paused_already' });
    await waitFor(async () => (await bulks.progress(bulkId)).underWay === 0, {
      timeoutMs: 60_000,
      what: 'what was under way to come to its end',
    });
    const paused = await bulks.progress(bulkId);
    expect(paused).toMatchObject({ state: 'paused', ratePerSecond: 0, expectedEndAt: null });
    expect(await bulks.state(bulkId)).toBe('paused');
    // A paused bulk does not begin with another order while its worker starts anew, which takes longer than a tick.
    await bulks.crashWorker();
    expect((await bulks.progress(bulkId)).left).toBe(paused.left);

    expect(await bulks.steer(bulkId, 'resume')).toEqual({ kind: 'taken' });
    expect(await bulks.steer(bulkId, 'resume')).toEqual({ kind: 'refused', why: 'not_paused' });
    await bulks.untilEnded(bulkId, orderIds.length - paused.left + 1);
    await bulks.steer(bulkId, 'stop');
    const result = await bulks.result(bulkId);
    expect(result).toMatchObject({ end: 'stopped', done: 0, failed: 0 });
    expect(result.refused + result.left).toBe(100);
    expect(result.left).toBeGreaterThan(0);
    const { steps, counts } = await bulks.bulk(bulkId);
    expect(steps.map(({ step }) => step)).toEqual(['running', 'paused', 'resumed', 'stopping', 'stopped']);
    expect(counts.refused).toBe(result.refused);
    // Those that were not taken have no action.
    expect(await bulks.actions(bulkId)).toHaveLength(result.refused);
  });

  test('stops a bulk through Temporal as well', async () => {
    const bulkId = await bulks.begin(await bulks.rejectedOrders(100), { perSecond: 1 });
    await bulks.untilEnded(bulkId, 1);
    await lab.temporal.client.workflow.getHandle(bulkId).cancel();
    expect(await bulks.result(bulkId)).toMatchObject({ end: 'stopped', done: 0 });
    expect(await bulks.state(bulkId)).toBe('stopped');
  });
});

describe('an order that is not answered for', () => {
  test('holds no other up, and comes to its end when the provider is back', async () => {
    const orderIds = await bulks.paidOrders(3);
    const [away = '', ...others] = orderIds;
    await lab.faults(lab.payments, [
      { operation: 'refund', orderId: away, times: -1, behaviour: 'maintenance' },
    ]);
    const bulkId = await bulks.begin(orderIds, { action: 'refund', amountMinor: 500 });
    await waitFor(async () => (await bulks.progress(bulkId)).done === others.length, {
      timeoutMs: 120_000,
      what: 'the others to be done',
    });
    expect(await bulks.progress(bulkId)).toMatchObject({ done: 2, left: 1, underWay: 1 });
    await lab.liftFaults(lab.payments, away);
    expect(await bulks.result(bulkId)).toMatchObject({ end: 'finished', done: 3 });
    for (const orderId of orderIds)
      expect(await lab.moneyMoves(orderId)).toEqual([...PAID, 'refund succeeded 500']);
  });

  test('is given up when the bulk is stopped, and is not begun with again', async () => {
    const orderIds = await bulks.paidOrders(2);
    const [away = ''] = orderIds;
    await lab.faults(lab.payments, [
      { operation: 'refund', orderId: away, times: -1, behaviour: 'maintenance' },
    ]);
    const bulkId = await bulks.begin(orderIds, { action: 'refund', amountMinor: 500 });
    await bulks.untilEnded(bulkId, 1);
    await bulks.steer(bulkId, 'stop');
    expect(await bulks.result(bulkId)).toEqual({ end: 'stopped', done: 1, refused: 0, failed: 0, left: 1 });
    // The refund was promised by the order's own workflow, which makes it whatever becomes of the bulk.
    await lab.liftFaults(lab.payments, away);
    await lab.untilMoved(away, [...PAID, 'refund succeeded 500']);
  });
});
