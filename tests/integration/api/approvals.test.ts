/** Money above a limit: one person asks, another one decides. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCheckoutLab, type CheckoutLab } from './checkout-lab.ts';
import { expectStatus, newKey, type KeyName, type Sent, type TestApi } from './test-api.ts';

jest.setTimeout(180_000);

let lab: CheckoutLab;
let api: TestApi;

beforeAll(async () => {
  lab = await startCheckoutLab({ api: { APPROVAL_LIMIT_MINOR: '2000' } });
  ({ api } = lab);
});
afterAll(() => lab.stop());

const refundedMinor = async (id: string): Promise<number> => (await lab.read(id)).totals.refunded.amountMinor;

/** An order of 50.00 that is paid for. */
const paid = (): Promise<string> => lab.paid({ units: { LAMP: 5 } });

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
