/** Money above a limit: one person asks, another one decides. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../support/stack.ts';
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

jest.setTimeout(180_000);

let api: TestApi;
let processes: OrderProcesses;

beforeAll(async () => {
  api = await startTestApi({ variables: { CONFIRMATION_DEADLINE_MS: '4000', APPROVAL_LIMIT_MINOR: '2000' } });
  await addLocations(api.databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 1000, onHand: 1_000 } });
  processes = await startOrderProcesses(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE);
});
afterAll(async () => {
  await processes.stop();
  await api.close();
});

const read = async (id: string): Promise<Sent['json']> =>
  (await expectStatus(200, api.send('GET', `/v1/orders/${id}`, { as: 'viewer' }))).json;
const refundedMinor = async (id: string): Promise<number> => (await read(id)).totals.refunded.amountMinor;

/** An order of 50.00 that is paid for. */
async function paid(): Promise<string> {
  const body = orderBody({ lines: [{ sku: 'LAMP', quantity: 5 }] });
  const sent = await expectStatus(
    201,
    api.send('POST', '/v1/orders', { as: 'customer', idempotencyKey: newKey(), body }),
  );
  await waitFor(async () => (await read(sent.json.id)).paymentStatus === 'captured', {
    timeoutMs: 90_000,
    what: 'the capture',
  });
  return sent.json.id;
}

const refund = (
  id: string,
  body: Readonly<Record<string, unknown>>,
  as: KeyName = 'operator',
  idempotencyKey = newKey(),
): Promise<Sent> =>
  api.send('POST', `/v1/orders/${id}/refunds`, { as, idempotencyKey, body: { reason: 'damaged', ...body } });

const decide = (actionId: string, decision: 'approve' | 'decline', as: KeyName = 'approver'): Promise<Sent> =>
  api.send('POST', `/v1/ops/approvals/${actionId}/decisions`, {
    as,
    idempotencyKey: newKey(),
    body: { decision, reason: 'seen' },
  });

const waiting = async (): Promise<string[]> =>
  (await expectStatus(200, api.send('GET', '/v1/ops/approvals', { as: 'viewer' }))).json.items.map(
    ({ id }: { id: string }) => id,
  );

describe('a refund above the limit', () => {
  it('waits for another person, and is made when that one agrees', async () => {
    const id = await paid();
    const key = newKey();
    const asked = await expectStatus(202, refund(id, { amountMinor: 2500 }, 'operator', key));
    expect(asked.json).toMatchObject({ action: 'refund', state: 'pending_approval', actor: 'key:operator' });
    expect((await expectStatus(202, refund(id, { amountMinor: 2500 }, 'operator', key))).json).toEqual(
      asked.json,
    );
    expect(await waiting()).toContain(asked.json.id);
    expect(await refundedMinor(id)).toBe(0);

    expect((await decide(asked.json.id, 'approve', 'operator')).status).toBe(403);
    const approved = await expectStatus(200, decide(asked.json.id, 'approve'));
    expect(approved.json).toMatchObject({
      state: 'done',
      outcomes: [
        { outcome: 'pending_approval', actor: 'key:operator' },
        { outcome: 'approved', actor: 'key:approver', detail: 'seen' },
        { outcome: 'done', actor: 'key:approver' },
      ],
    });
    expect(await refundedMinor(id)).toBe(2500);
    expect(await waiting()).not.toContain(asked.json.id);
    const told = await expectStatus(201, refund(id, { amountMinor: 2500 }, 'operator', key));
    expect(told.json).toMatchObject({ status: 'succeeded', amount: { amountMinor: 2500 } });
    expect((await expectStatus(200, decide(asked.json.id, 'approve', 'admin'))).json.state).toBe('done');
    expect(await refundedMinor(id)).toBe(2500);
  });

  it('is not made when the other person declines, and the first decision counts', async () => {
    const id = await paid();
    const key = newKey();
    const { json } = await expectStatus(
      202,
      refund(id, { lines: [{ lineId: '1', quantity: 3 }] }, 'operator', key),
    );
    await expectStatus(200, decide(json.id, 'decline'));
    const late = await expectStatus(409, decide(json.id, 'approve', 'admin'));
    expect(late.json.why).toBe('decided_already');
    const told = await expectStatus(
      409,
      refund(id, { lines: [{ lineId: '1', quantity: 3 }] }, 'operator', key),
    );
    expect(told.json).toMatchObject({ code: 'ACTION_NOT_POSSIBLE', why: 'declined' });
    expect(await refundedMinor(id)).toBe(0);
  });

  it('is never decided by the one who asked for it', async () => {
    const id = await paid();
    const { json } = await expectStatus(202, refund(id, { amountMinor: 2001 }, 'approver'));
    expect((await decide(json.id, 'approve', 'approver')).status).toBe(403);
    expect(await refundedMinor(id)).toBe(0);
    await expectStatus(200, decide(json.id, 'approve', 'admin'));
    expect(await refundedMinor(id)).toBe(2001);
  });

  it('cannot be had in parts', async () => {
    const id = await paid();
    await expectStatus(201, refund(id, { amountMinor: 1500 }));
    expect((await expectStatus(202, refund(id, { amountMinor: 501 }))).json.state).toBe('pending_approval');
    await expectStatus(201, refund(id, { amountMinor: 500 }));
  });

  it('that is not possible anyhow is refused at once', async () => {
    const id = await paid();
    expect((await expectStatus(409, refund(id, { amountMinor: 5001 }))).json).toMatchObject({
      code: 'NOT_REFUNDABLE',
      reason: 'exceeds_captured',
    });
  });

  it('decided by two people at once is decided once', async () => {
    const id = await paid();
    const { json } = await expectStatus(202, refund(id, { amountMinor: 3000 }));
    const answers = await Promise.all([decide(json.id, 'approve'), decide(json.id, 'decline', 'admin')]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const isApproved = answers[0].status === 200;
    expect(await refundedMinor(id)).toBe(isApproved ? 3000 : 0);
  });

  it('of the importer was decided elsewhere', async () => {
    const id = await paid();
    await expectStatus(201, refund(id, { amountMinor: 4000 }, 'importer'));
  });

  it('says in its dry run that a second person is needed', async () => {
    const id = await paid();
    const sent = await expectStatus(
      200,
      api.send('POST', `/v1/ops/orders/${id}/actions/refund?dryRun=true`, {
        as: 'operator',
        idempotencyKey: newKey(),
        body: { reason: 'damaged' },
      }),
    );
    expect(sent.json).toMatchObject({ needsSecondPerson: true });
  });
});

describe('a decision', () => {
  it('about an action that does not wait for one is refused', async () => {
    const id = await paid();
    const sent = await expectStatus(
      200,
      api.send('POST', `/v1/ops/orders/${id}/actions/refund`, {
        as: 'operator',
        idempotencyKey: newKey(),
        body: { reason: 'damaged', amountMinor: 10 },
      }),
    );
    expect((await expectStatus(409, decide(sent.json.id, 'approve'))).json.why).toBe('not_pending');
  });
});
