/** The same upon many orders, over HTTP, by the real workers and providers. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { deriveId, sha256Hex } from '../../../src/api/http/derived-id.ts';
import { EMPTY_TALLY } from '../../../src/domain/operations/bulk-action.ts';
import { startBulkLab, type BulkLab } from './bulk-lab.ts';
import { expectStatus, newKey } from './test-api.ts';

jest.setTimeout(300_000);

let lab: BulkLab;
beforeAll(async () => {
  lab = await startBulkLab();
});
afterAll(() => lab.stop());

describe('a preview of a bulk', () => {
  it('says what then happens, and changes nothing', async () => {
    const ids = await lab.paidOrders(3, { LAMP: 2 });
    const [cancelled = '', ...others] = ids;
    await expectStatus(
      200,
      lab.api.send('POST', `/v1/ops/orders/${cancelled}/actions/cancel`, {
        as: 'operator',
        idempotencyKey: newKey(),
        body: { reason: 'asked by the customer' },
      }),
    );
    const body = { action: 'cancel', orderIds: ids };
    const planned = (await expectStatus(200, lab.preview(body))).json;
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
    expect((await lab.read(others[0] ?? '')).status).toBe('fulfilling');
    expect(
      (await expectStatus(200, lab.api.send('GET', '/v1/ops/bulk', { as: 'viewer' }))).json.items,
    ).toEqual([]);

    const begun = await expectStatus(202, lab.start({ ...body, expectedSet: planned.set }));
    expect(begun.headers.get('location')).toBe(`/v1/ops/bulk/${begun.json.id}`);
    const ended = await lab.untilState(begun.json.id, 'finished');
    expect(ended.money).toEqual(planned.money);
    expect(ended.progress).toMatchObject({ done: 2, refused: 1, failed: 0, left: 0, expectedEndAt: null });
    expect(ended.progress.refusedBy).toEqual(planned.refused);
    expect(ended.notDone.items).toMatchObject([
      { position: 1, orderId: cancelled, outcome: 'refused', why: 'status' },
    ]);
    for (const id of others)
      expect(await lab.moneyMoves(id)).toEqual([
        'authorize succeeded',
        'capture succeeded',
        'refund succeeded',
      ]);
  });

  it('means the orders for which all conditions hold', async () => {
    const since = new Date(Date.now() - 60_000).toISOString();
    const cords = await lab.paidOrders(2, { CORD: 1 });
    const [one = '', other = ''] = cords;
    const meant = async (filter: Readonly<Record<string, unknown>>): Promise<readonly string[]> =>
      (await expectStatus(200, lab.preview({ action: 'retry_now', filter }))).json.first.map(
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
      const sent = await expectStatus(409, lab.preview({ action: 'retry_now', filter: nobody }));
      expect(sent.json).toMatchObject({ code: 'BULK_NOT_POSSIBLE', why: 'nothing_selected' });
    }
  });

  it('refuses more orders than a bulk may be about, and says how to narrow it', async () => {
    await lab.paidOrders(7, { MIRROR: 1 });
    for (const sending of [
      lab.preview({ action: 'hold', filter: { sku: 'MIRROR' } }),
      lab.start({ action: 'hold', filter: { sku: 'MIRROR' } }),
    ]) {
      const sent = await expectStatus(422, sending);
      expect(sent.json).toMatchObject({ code: 'BULK_TOO_LARGE', mostOrders: 6 });
      expect(sent.json.detail).toMatch(/More than 6 orders.*Narrow it/);
    }
  });

  it('lets nobody begin with other orders than it has shown', async () => {
    const ids = await lab.paidOrders(2);
    const { set } = (await expectStatus(200, lab.preview({ action: 'cancel', orderIds: ids }))).json;
    const sent = await expectStatus(
      409,
      lab.start({ action: 'cancel', orderIds: ids.slice(1), expectedSet: set }),
    );
    expect(sent.json).toMatchObject({ code: 'BULK_NOT_POSSIBLE', why: 'set_changed' });
    // Whatever order they are named in.
    await expectStatus(200, lab.preview({ action: 'cancel', orderIds: ids.toReversed(), expectedSet: set }));
  });
});

describe('a bulk', () => {
  it('is begun once, however often it is asked for with its key', async () => {
    const ids = await lab.paidOrders(2);
    const idempotencyKey = newKey();
    const body = { action: 'refund', orderIds: ids };
    const answers = await Promise.all([
      lab.start(body, { idempotencyKey }),
      lab.start(body, { idempotencyKey }),
    ]);
    expect(new Set(answers.map(({ status, json }) => `${status} ${json.id}`)).size).toBe(1);
    const id = answers[0]?.json.id;
    await lab.untilState(id, 'finished');
    const again = await expectStatus(202, lab.start(body, { idempotencyKey }));
    expect(again.json).toMatchObject({ id, state: 'finished', progress: { done: 2 } });
    expect((await lab.start({ ...body, action: 'cancel' }, { idempotencyKey })).status).toBe(422);
    for (const order of ids)
      expect((await lab.moneyMoves(order)).filter((move) => move.startsWith('refund'))).toEqual([
        'refund succeeded',
      ]);
  });

  it('of which a killed API has left the rows alone is begun by a repetition', async () => {
    const [id = ''] = await lab.paidOrders(1);
    const idempotencyKey = newKey();
    const bulkId = deriveId('blk', 'key:operator', idempotencyKey);
    await lab.api.repositories.bulkActions.ask(
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
    expect((await lab.show(bulkId)).state).toBe('asked');
    const begun = await expectStatus(
      202,
      lab.start({ action: 'cancel', orderIds: [id] }, { idempotencyKey }),
    );
    expect(begun.json.id).toBe(bulkId);
    expect((await lab.untilState(bulkId, 'finished')).progress).toMatchObject({ done: 1 });
  });

  it('writes each action down as a single one, with the bulk', async () => {
    const [id = ''] = await lab.paidOrders(1);
    const begun = await expectStatus(
      202,
      lab.start({ action: 'resend_notification', template: 'confirmed', orderIds: [id] }),
    );
    await lab.untilState(begun.json.id, 'finished');
    const ofOrder = (
      await expectStatus(200, lab.api.send('GET', `/v1/ops/orders/${id}/actions`, { as: 'viewer' }))
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
      lab.api.send('GET', `/v1/ops/actions?bulkId=${begun.json.id}`, { as: 'viewer' }),
    );
    expect(ofBulk.json.items).toEqual(ofOrder.items);
  });

  it('gives back no more than was counted, whatever is left by then', async () => {
    const [id = ''] = await lab.paidOrders(1, { LAMP: 3 });
    const begun = await expectStatus(202, lab.start({ action: 'refund', orderIds: [id] }));
    expect(begun.json.money).toEqual([{ kind: 'refund', amount: { amountMinor: 3000, currency: 'GBP' } }]);
    await lab.untilState(begun.json.id, 'finished');
    expect((await lab.read(id)).totals.refunded.amountMinor).toBe(3000);
    const again = (await expectStatus(202, lab.start({ action: 'refund', orderIds: [id] }))).json;
    const ended = await lab.untilState(again.id, 'finished');
    expect(ended.progress.refusedBy).toMatchObject([{ why: 'nothing_to_refund', orders: 1 }]);
  });

  it('tells its orders that were not done a page at a time', async () => {
    const ids = await lab.paidOrders(3);
    const begun = await expectStatus(202, lab.start({ action: 'release', orderIds: ids }));
    const ended = await lab.untilState(begun.json.id, 'finished');
    expect(ended.progress).toMatchObject({ refused: 3, refusedBy: [{ why: 'not_held', orders: 3 }] });
    const first = await lab.show(begun.json.id, '?limit=2');
    const rest = await lab.show(begun.json.id, `?limit=2&cursor=${first.notDone.nextCursor}`);
    const listed = [...first.notDone.items, ...rest.notDone.items].map(({ orderId }) => orderId);
    expect(listed).toEqual(ids);
    expect(rest.notDone.nextCursor).toBeNull();
  });

  it('is paused, resumed and stopped by whoever may act', async () => {
    const ids = await lab.paidOrders(2);
    // It cannot come to its end before it is stopped.
    await lab.processes.misbehave('payments', { operation: 'refund', behaviour: 'maintenance', times: -1 });
    const begun = await expectStatus(202, lab.start({ action: 'refund', orderIds: ids, perSecond: 1 }));
    const { id } = begun.json;
    await lab.untilState(id, 'running');
    const idempotencyKey = newKey();
    const paused = await expectStatus(200, lab.steer(id, 'pause', { idempotencyKey }));
    expect(paused.json.state).toBe('paused');
    expect((await lab.steer(id, 'pause', { idempotencyKey })).text).toBe(paused.text);
    expect((await expectStatus(409, lab.steer(id, 'pause'))).json).toMatchObject({ why: 'paused_already' });
    expect((await expectStatus(200, lab.steer(id, 'resume', { as: 'approver' }))).json.state).toBe('running');
    expect(['stopping', 'stopped']).toContain((await expectStatus(200, lab.steer(id, 'stop'))).json.state);
    const stopped = await lab.untilState(id, 'stopped');
    await lab.processes.calm();
    expect(stopped.steps.map(({ step }: { step: string }) => step)).toEqual([
      'running',
      'paused',
      'resumed',
      'stopping',
      'stopped',
    ]);
    expect(stopped.progress).toMatchObject({ done: 0, left: 2 });
    await expectStatus(200, lab.steer(id, 'stop'));
    expect((await expectStatus(409, lab.steer(id, 'resume'))).json).toMatchObject({
      code: 'BULK_NOT_POSSIBLE',
      why: 'ended',
    });
  });
});

describe('a bulk whose money is above the limit', () => {
  const largeBulk = async (): Promise<{ readonly id: string; readonly orders: readonly string[] }> => {
    const orders = await lab.paidOrders(2, { MIRROR: 1 });
    const body = { action: 'cancel', orderIds: orders };
    // Each of them alone is below it.
    expect(
      (await expectStatus(200, lab.preview({ ...body, orderIds: orders.slice(1) }))).json.needsSecondPerson,
    ).toBe(false);
    expect((await expectStatus(200, lab.preview(body))).json.needsSecondPerson).toBe(true);
    const begun = await expectStatus(202, lab.start(body));
    expect(begun.json).toMatchObject({ state: 'pending_approval', needsSecondPerson: true });
    return { id: begun.json.id, orders };
  };

  it('waits for another person before it begins at all', async () => {
    const { id, orders } = await largeBulk();
    expect((await expectStatus(409, lab.steer(id, 'pause'))).json).toMatchObject({ why: 'not_begun' });
    const waiting = await expectStatus(
      200,
      lab.api.send('GET', '/v1/ops/bulk?state=pending_approval', { as: 'viewer' }),
    );
    expect(waiting.json.items.map((bulk: { id: string }) => bulk.id)).toContain(id);
    expect((await lab.decide(id, 'approve', 'operator')).status).toBe(403);
    for (const order of orders) expect((await lab.read(order)).status).toBe('fulfilling');

    await expectStatus(202, lab.decide(id, 'approve'));
    const ended = await lab.untilState(id, 'finished');
    expect(ended.progress).toMatchObject({ done: 2 });
    expect(ended.steps).toMatchObject([
      { step: 'pending_approval', actor: 'key:operator' },
      { step: 'approved', actor: 'key:approver' },
      { step: 'running' },
      { step: 'finished' },
    ]);
    expect((await expectStatus(409, lab.decide(id, 'decline', 'admin'))).json).toMatchObject({
      why: 'decided_already',
    });
  });

  it('is never begun when it is declined', async () => {
    const { id, orders } = await largeBulk();
    await expectStatus(202, lab.decide(id, 'decline'));
    expect((await lab.show(id)).state).toBe('declined');
    expect((await expectStatus(409, lab.steer(id, 'resume'))).json).toMatchObject({ why: 'ended' });
    for (const order of orders) expect((await lab.read(order)).status).toBe('fulfilling');
  });

  it('is withdrawn by who asked for it, and not agreed to by that person', async () => {
    const orders = await lab.paidOrders(2, { MIRROR: 1 });
    const begun = await expectStatus(
      202,
      lab.start({ action: 'cancel', orderIds: orders }, { as: 'approver' }),
    );
    expect((await expectStatus(403, lab.decide(begun.json.id, 'approve', 'approver'))).json.code).toBe(
      'FORBIDDEN',
    );
    expect((await expectStatus(200, lab.steer(begun.json.id, 'stop', { as: 'approver' }))).json.state).toBe(
      'withdrawn',
    );
    expect((await expectStatus(409, lab.decide(begun.json.id, 'approve', 'admin'))).json).toMatchObject({
      why: 'decided_already',
    });
  });
});
