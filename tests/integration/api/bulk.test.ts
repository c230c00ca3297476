/** The same upon many orders, over HTTP, by the real workers and providers. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../support/stack.ts';
import { startProgram, type RunningProgram } from '../events/program.ts';
import { deriveId, sha256Hex } from '../../../src/api/http/derived-id.ts';
import { createTemporalClient } from '../../../src/config/temporal.ts';
import { EMPTY_TALLY } from '../../../src/domain/operations/bulk-action.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  addLocations,
  expectStatus,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type KeyName,
  type Sent,
  type TestApi,
} from './test-api.ts';

jest.setTimeout(300_000);

const PATIENCE_MS = 120_000;
const NEVER_MS = '86400000';
const LIMIT_MINOR = 10_000;
const MAINTENANCE_QUEUE = `maintenance-api-bulk-${newKey().slice(0, 8)}`;

let api: TestApi;
let processes: OrderProcesses;
let maintenance: RunningProgram;

beforeAll(async () => {
  api = await startTestApi({
    variables: {
      CONFIRMATION_DEADLINE_MS: '4000',
      APPROVAL_LIMIT_MINOR: String(LIMIT_MINOR),
      MAINTENANCE_TASK_QUEUE: MAINTENANCE_QUEUE,
      BULK_MOST_ORDERS: '6',
      BULK_MOST_PER_SECOND: '20',
    },
  });
  await addLocations(api.databaseUrl);
  await stockItems(api, {
    LAMP: { amountMinor: 1000, onHand: 10_000 },
    CORD: { amountMinor: 500, onHand: 10_000 },
    MIRROR: { amountMinor: 6000, onHand: 10_000 },
  });
  processes = await startOrderProcesses(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE);
  maintenance = await startProgram('src/workers/maintenance-worker.main.ts', {
    ...processes.environment,
    MAINTENANCE_TASK_QUEUE: MAINTENANCE_QUEUE,
    REPAIR_DRIFT_INTERVAL_MS: NEVER_MS,
    FIND_STUCK_INTERVAL_MS: NEVER_MS,
    RECONCILE_INTERVAL_MS: NEVER_MS,
    REAP_INTERVAL_MS: NEVER_MS,
    AUDIT_INTERVAL_MS: NEVER_MS,
  });
});
afterAll(async () => {
  await maintenance?.stop();
  const temporal = createTemporalClient(api.environment);
  // The schedules would go on in the server that all tests share.
  for await (const { scheduleId } of temporal.client.schedule.list())
    if (scheduleId.startsWith(MAINTENANCE_QUEUE))
      await temporal.client.schedule.getHandle(scheduleId).delete();
  await temporal.close();
  await processes.stop();
  await api.close();
});

const read = async (id: string): Promise<Sent['json']> =>
  (await expectStatus(200, api.send('GET', `/v1/orders/${id}`, { as: 'viewer' }))).json;

interface PaidOptions {
  readonly sku?: string;
  readonly quantity?: number;
}

/** Orders that are paid for, of as many customers, and whose parcels stay where they are. */
async function paid(
  count: number,
  { sku = 'LAMP', quantity = 1 }: PaidOptions = {},
): Promise<readonly string[]> {
  const placed = await Promise.all(
    Array.from({ length: count }, () => {
      const body = orderBody({ lines: [{ sku, quantity }] });
      return expectStatus(
        201,
        api.send('POST', '/v1/orders', { as: 'customer', idempotencyKey: newKey(), body }),
      );
    }),
  );
  const ids = placed.map(({ json }) => json.id as string);
  for (const id of ids)
    await waitFor(async () => (await read(id)).paymentStatus === 'captured', {
      timeoutMs: PATIENCE_MS,
      what: `the capture of ${id}`,
    });
  return ids;
}

interface SendOptions {
  readonly as?: KeyName;
  readonly idempotencyKey?: string;
}
const start = (
  body: Readonly<Record<string, unknown>>,
  { as = 'operator', idempotencyKey = newKey() }: SendOptions = {},
): Promise<Sent> =>
  api.send('POST', '/v1/ops/bulk', { as, idempotencyKey, body: { reason: 'item recalled', ...body } });

const preview = (body: Readonly<Record<string, unknown>>): Promise<Sent> =>
  api.send('POST', '/v1/ops/bulk?dryRun=true', {
    as: 'operator',
    body: { reason: 'item recalled', ...body },
  });

const show = async (id: string, query = ''): Promise<Sent['json']> =>
  (await expectStatus(200, api.send('GET', `/v1/ops/bulk/${id}${query}`, { as: 'viewer' }))).json;

const steer = (
  id: string,
  command: string,
  { as = 'operator', idempotencyKey = newKey() }: SendOptions = {},
) => api.send('POST', `/v1/ops/bulk/${id}/${command}`, { as, idempotencyKey, body: { reason: 'looked at' } });

const decide = (id: string, decision: 'approve' | 'decline', as: KeyName = 'approver'): Promise<Sent> =>
  api.send('POST', `/v1/ops/bulk/${id}/decisions`, {
    as,
    idempotencyKey: newKey(),
    body: { decision, reason: 'seen' },
  });

const untilState = (id: string, state: string): Promise<Sent['json']> =>
  waitFor(
    async () => {
      const bulk = await show(id);
      return bulk.state === state ? bulk : null;
    },
    { timeoutMs: PATIENCE_MS, what: `${id} to be ${state}` },
  );

const moneyOf = async (id: string): Promise<readonly string[]> =>
  (await processes.paymentOperations(id)).map(({ operation, status }) => `${operation} ${status}`);

describe('a preview of a bulk', () => {
  it('says what then happens, and changes nothing', async () => {
    const ids = await paid(3, { quantity: 2 });
    const [cancelled = '', ...others] = ids;
    await expectStatus(
      200,
      api.send('POST', `/v1/ops/orders/${cancelled}/actions/cancel`, {
        as: 'operator',
        idempotencyKey: newKey(),
        body: { reason: 'asked by the customer' },
      }),
    );
    const body = { action: 'cancel', orderIds: ids };
    const planned = (await expectStatus(200, preview(body))).json;
    expect(planned).toMatchObject({
      dryRun: true,
      orders: 3,
      possible: 2,
      money: [{ kind: 'refund', amount: { amountMinor: 4000, currency: 'GBP' } }],
      unitsFreed: 4,
      mails: 2,
      needsSecondPerson: false,
      first: [
        { orderId: cancelled, possible: false, why: 'status' },
        { orderId: others[0], possible: true, why: null, total: { amountMinor: 2000, currency: 'GBP' } },
        { orderId: others[1], possible: true },
      ],
    });
    expect(planned.refused).toMatchObject([{ why: 'status', orders: 1 }]);
    expect((await read(others[0] ?? '')).status).toBe('fulfilling');
    expect((await expectStatus(200, api.send('GET', '/v1/ops/bulk', { as: 'viewer' }))).json.items).toEqual(
      [],
    );

    const begun = await expectStatus(202, start({ ...body, expectedSet: planned.set }));
    expect(begun.headers.get('location')).toBe(`/v1/ops/bulk/${begun.json.id}`);
    const ended = await untilState(begun.json.id, 'finished');
    expect(ended.money).toEqual(planned.money);
    expect(ended.progress).toMatchObject({ done: 2, refused: 1, failed: 0, left: 0, expectedEndAt: null });
    expect(ended.progress.refusedBy).toEqual(planned.refused);
    expect(ended.notDone.items).toMatchObject([
      { position: 1, orderId: cancelled, outcome: 'refused', why: 'status' },
    ]);
    for (const id of others)
      expect(await moneyOf(id)).toEqual(['authorize succeeded', 'capture succeeded', 'refund succeeded']);
  });

  it('means the orders for which all conditions hold', async () => {
    const since = new Date(Date.now() - 60_000).toISOString();
    const cords = await paid(2, { sku: 'CORD' });
    const [one = '', other = ''] = cords;
    const meant = async (filter: Readonly<Record<string, unknown>>): Promise<readonly string[]> =>
      (await expectStatus(200, preview({ action: 'retry_now', filter }))).json.first.map(
        ({ orderId }: { orderId: string }) => orderId,
      );
    expect((await meant({ sku: 'CORD' })).toSorted()).toEqual([one, other].toSorted());
    expect(await meant({ sku: 'CORD', statuses: ['fulfilling'], createdAfter: since })).toHaveLength(2);
    expect(
      await meant({ sku: 'CORD', customerId: 'cus_1', minTotalMinor: 500, maxTotalMinor: 500 }),
    ).toHaveLength(2);
    for (const nobody of [
      { sku: 'CORD', statuses: ['shipped'] },
      { sku: 'CORD', customerId: 'cus_2' },
      { sku: 'CORD', minTotalMinor: 501 },
      { sku: 'CORD', createdBefore: since },
      { sku: 'CORD', attentionCode: 'CAPTURE_UNRESOLVED' },
      { statuses: ['in_review'] },
    ]) {
      const sent = await expectStatus(409, preview({ action: 'retry_now', filter: nobody }));
      expect(sent.json).toMatchObject({ code: 'BULK_NOT_POSSIBLE', why: 'nothing_selected' });
    }
  });

  it('refuses more orders than a bulk may be about, and says how to narrow it', async () => {
    await paid(7, { sku: 'MIRROR' });
    for (const sending of [
      preview({ action: 'hold', filter: { sku: 'MIRROR' } }),
      start({ action: 'hold', filter: { sku: 'MIRROR' } }),
    ]) {
      const sent = await expectStatus(422, sending);
      expect(sent.json).toMatchObject({ code: 'BULK_TOO_LARGE', mostOrders: 6 });
      expect(sent.json.detail).toMatch(/More than 6 orders.*Narrow it/);
    }
  });

  it('lets nobody begin with other orders than it has shown', async () => {
    const ids = await paid(2);
    const { set } = (await expectStatus(200, preview({ action: 'cancel', orderIds: ids }))).json;
    const sent = await expectStatus(
      409,
      start({ action: 'cancel', orderIds: ids.slice(1), expectedSet: set }),
    );
    expect(sent.json).toMatchObject({ code: 'BULK_NOT_POSSIBLE', why: 'set_changed' });
    // Whatever order they are named in.
    await expectStatus(200, preview({ action: 'cancel', orderIds: ids.toReversed(), expectedSet: set }));
  });
});

describe('a bulk', () => {
  it('is begun once, however often it is asked for with its key', async () => {
    const ids = await paid(2);
    const idempotencyKey = newKey();
    const body = { action: 'refund', orderIds: ids };
    const answers = await Promise.all([start(body, { idempotencyKey }), start(body, { idempotencyKey })]);
    expect(new Set(answers.map(({ status, json }) => `${status} ${json.id}`)).size).toBe(1);
    const id = answers[0]?.json.id;
    await untilState(id, 'finished');
    const again = await expectStatus(202, start(body, { idempotencyKey }));
    expect(again.json).toMatchObject({ id, state: 'finished', progress: { done: 2 } });
    expect((await start({ ...body, action: 'cancel' }, { idempotencyKey })).status).toBe(422);
    for (const order of ids)
      expect((await moneyOf(order)).filter((move) => move.startsWith('refund'))).toEqual([
        'refund succeeded',
      ]);
  });

  it('of which a killed API has left the rows alone is begun by a repetition', async () => {
    const [id = ''] = await paid(1);
    const idempotencyKey = newKey();
    const bulkId = deriveId('blk', 'key:operator', idempotencyKey);
    await api.repositories.bulkActions.ask(
      {
        id: bulkId,
        action: 'cancel',
        actor: 'key:operator',
        role: 'operator',
        reason: 'item recalled',
        requestId: 'the request that was cut short',
        keyDigest: sha256Hex(idempotencyKey),
        input: {},
        selection: null,
        perSecond: 5,
        tally: { ...EMPTY_TALLY, orders: 1, possible: 1 },
        needsSecondPerson: false,
      },
      [{ orderId: id, actionId: deriveId('act', bulkId, id), amountMinor: null }],
    );
    expect((await show(bulkId)).state).toBe('asked');
    const begun = await expectStatus(202, start({ action: 'cancel', orderIds: [id] }, { idempotencyKey }));
    expect(begun.json.id).toBe(bulkId);
    expect((await untilState(bulkId, 'finished')).progress).toMatchObject({ done: 1 });
  });

  it('writes each action down as a single one, with the bulk', async () => {
    const [id = ''] = await paid(1);
    const begun = await expectStatus(
      202,
      start({ action: 'resend_notification', template: 'confirmed', orderIds: [id] }),
    );
    await untilState(begun.json.id, 'finished');
    const ofOrder = (
      await expectStatus(200, api.send('GET', `/v1/ops/orders/${id}/actions`, { as: 'viewer' }))
    ).json;
    expect(ofOrder.items).toMatchObject([
      {
        action: 'resend_notification',
        state: 'done',
        actor: 'key:operator',
        role: 'operator',
        reason: 'item recalled',
        bulkId: begun.json.id,
        input: { template: 'confirmed', subjectId: '1' },
      },
    ]);
    const ofBulk = await expectStatus(
      200,
      api.send('GET', `/v1/ops/actions?bulkId=${begun.json.id}`, { as: 'viewer' }),
    );
    expect(ofBulk.json.items).toEqual(ofOrder.items);
  });

  it('gives back no more than was counted, whatever is left by then', async () => {
    const [id = ''] = await paid(1, { quantity: 3 });
    const begun = await expectStatus(202, start({ action: 'refund', orderIds: [id] }));
    expect(begun.json.money).toEqual([{ kind: 'refund', amount: { amountMinor: 3000, currency: 'GBP' } }]);
    await untilState(begun.json.id, 'finished');
    expect((await read(id)).totals.refunded.amountMinor).toBe(3000);
    const again = (await expectStatus(202, start({ action: 'refund', orderIds: [id] }))).json;
    const ended = await untilState(again.id, 'finished');
    expect(ended.progress.refusedBy).toMatchObject([{ why: 'nothing_to_refund', orders: 1 }]);
  });

  it('tells its orders that were not done a page at a time', async () => {
    const ids = await paid(3);
    const begun = await expectStatus(202, start({ action: 'release', orderIds: ids }));
    const ended = await untilState(begun.json.id, 'finished');
    expect(ended.progress).toMatchObject({ refused: 3, refusedBy: [{ why: 'not_held', orders: 3 }] });
    const first = await show(begun.json.id, '?limit=2');
    const rest = await show(begun.json.id, `?limit=2&cursor=${first.notDone.nextCursor}`);
    const listed = [...first.notDone.items, ...rest.notDone.items].map(({ orderId }) => orderId);
    expect(listed).toEqual(ids);
    expect(rest.notDone.nextCursor).toBeNull();
  });

  it('is paused, resumed and stopped by whoever may act', async () => {
    const ids = await paid(2);
    // It cannot come to its end before it is stopped.
    await processes.misbehave('payments', { operation: 'refund', behaviour: 'maintenance', times: -1 });
    const begun = await expectStatus(202, start({ action: 'refund', orderIds: ids, perSecond: 1 }));
    const { id } = begun.json;
    await untilState(id, 'running');
    const idempotencyKey = newKey();
    const paused = await expectStatus(200, steer(id, 'pause', { idempotencyKey }));
    expect(paused.json.state).toBe('paused');
    expect((await steer(id, 'pause', { idempotencyKey })).text).toBe(paused.text);
    expect((await expectStatus(409, steer(id, 'pause'))).json).toMatchObject({ why: 'paused_already' });
    expect((await expectStatus(200, steer(id, 'resume', { as: 'approver' }))).json.state).toBe('running');
    expect(['stopping', 'stopped']).toContain((await expectStatus(200, steer(id, 'stop'))).json.state);
    const stopped = await untilState(id, 'stopped');
    await processes.calm();
    expect(stopped.steps.map(({ step }: { step: string }) => step)).toEqual([
      'running',
      'paused',
      'resumed',
      'stopping',
      'stopped',
    ]);
    expect(stopped.progress).toMatchObject({ done: 0, left: 2 });
    await expectStatus(200, steer(id, 'stop'));
    expect((await expectStatus(409, steer(id, 'resume'))).json).toMatchObject({
      code: 'BULK_NOT_POSSIBLE',
      why: 'ended',
    });
  });
});

describe('a bulk whose money is above the limit', () => {
  const largeBulk = async (): Promise<{ readonly id: string; readonly orders: readonly string[] }> => {
    const orders = await paid(2, { sku: 'MIRROR' });
    const body = { action: 'cancel', orderIds: orders };
    // Each of them alone is below it.
    expect(
      (await expectStatus(200, preview({ ...body, orderIds: orders.slice(1) }))).json.needsSecondPerson,
    ).toBe(false);
    expect((await expectStatus(200, preview(body))).json.needsSecondPerson).toBe(true);
    const begun = await expectStatus(202, start(body));
    expect(begun.json).toMatchObject({ state: 'pending_approval', needsSecondPerson: true });
    return { id: begun.json.id, orders };
  };

  it('waits for another person before it begins at all', async () => {
    const { id, orders } = await largeBulk();
    expect((await expectStatus(409, steer(id, 'pause'))).json).toMatchObject({ why: 'not_begun' });
    const waiting = await expectStatus(
      200,
      api.send('GET', '/v1/ops/bulk?state=pending_approval', { as: 'viewer' }),
    );
    expect(waiting.json.items.map((bulk: { id: string }) => bulk.id)).toContain(id);
    expect((await decide(id, 'approve', 'operator')).status).toBe(403);
    for (const order of orders) expect((await read(order)).status).toBe('fulfilling');

    await expectStatus(202, decide(id, 'approve'));
    const ended = await untilState(id, 'finished');
    expect(ended.progress).toMatchObject({ done: 2 });
    expect(ended.steps).toMatchObject([
      { step: 'pending_approval', actor: 'key:operator' },
      { step: 'approved', actor: 'key:approver' },
      { step: 'running' },
      { step: 'finished' },
    ]);
    expect((await expectStatus(409, decide(id, 'decline', 'admin'))).json).toMatchObject({
      why: 'decided_already',
    });
  });

  it('is never begun when it is declined', async () => {
    const { id, orders } = await largeBulk();
    await expectStatus(202, decide(id, 'decline'));
    expect((await show(id)).state).toBe('declined');
    expect((await expectStatus(409, steer(id, 'resume'))).json).toMatchObject({ why: 'ended' });
    for (const order of orders) expect((await read(order)).status).toBe('fulfilling');
  });

  it('is withdrawn by who asked for it, and not agreed to by that person', async () => {
    const orders = await paid(2, { sku: 'MIRROR' });
    const begun = await expectStatus(202, start({ action: 'cancel', orderIds: orders }, { as: 'approver' }));
    expect((await expectStatus(403, decide(begun.json.id, 'approve', 'approver'))).json.code).toBe(
      'FORBIDDEN',
    );
    expect((await expectStatus(200, steer(begun.json.id, 'stop', { as: 'approver' }))).json.state).toBe(
      'withdrawn',
    );
    expect((await expectStatus(409, decide(begun.json.id, 'approve', 'admin'))).json).toMatchObject({
      why: 'decided_already',
    });
  });
});
