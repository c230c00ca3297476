/** Orders under review over HTTP, decided by a worker and with a scorer that are programs of their own. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { runCli } from '../../../src/cli/program.ts';
import { waitFor } from '../../support/stack.ts';
import { API_KEY, startFraudScore, type Program } from '../simulators/programs.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  addLocations,
  expectStatus,
  keyOf,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type Sent,
  type TestApi,
} from './test-api.ts';

jest.setTimeout(300_000);

let scorer: Program;
let api: TestApi;
let processes: OrderProcesses;
beforeAll(async () => {
  [scorer, api] = await Promise.all([
    startFraudScore(),
    startTestApi({ variables: { FRAUD_SCREENING: 'on', CONFIRMATION_DEADLINE_MS: '30000' } }),
  ]);
  await addLocations(api.databaseUrl);
  processes = await startOrderProcesses(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE, {
    FRAUD_SCORE_URL: scorer.url,
    FRAUD_SCORE_API_KEY: API_KEY,
    FRAUD_WEIGHT_RULES: '0',
    FRAUD_WEIGHT_MODEL: '0',
    FRAUD_WEIGHT_EXTERNAL: '1',
    FRAUD_SCORE_TIMEOUT_MS: '15000',
  });
  await stockItems(api, { LAMP: { amountMinor: 500, onHand: 100 } });
});
afterAll(async () => {
  await processes?.stop();
  await api?.close();
  await scorer?.dispose();
});

/** Places an order whose score is this. */
async function place(score: number, idempotencyKey = newKey()): Promise<Sent> {
  await scorer.send('PUT', '/control/scores', { body: { score } });
  return api.send('POST', '/v1/orders', { as: 'customer', idempotencyKey, body: orderBody() });
}

const get = (path: string) => api.send('GET', path, { as: 'viewer' });
const decide = (orderId: string, decision: string, idempotencyKey = newKey()) =>
  api.send('POST', `/v1/ops/reviews/${orderId}/decisions`, {
    as: 'operator',
    idempotencyKey,
    body: { decision, reason: 'looked at' },
  });
const isInQueue = async (orderId: string): Promise<boolean> =>
  ((await get('/v1/ops/reviews?limit=100')).json.items as { orderId: string }[]).some(
    (item) => item.orderId === orderId,
  );

describe('an order that screening refuses', () => {
  it('is answered 409 with a sentence that says nothing of why, and so is its repetition', async () => {
    const key = newKey();
    const refused = await expectStatus(409, place(0.9, key));
    expect(refused.json).toMatchObject({ code: 'FRAUD_REFUSED', detail: 'The order cannot be accepted' });
    expect(refused.text).not.toMatch(/score|signal|0\.9/i);
    expect((await place(0.1, key)).text).toBe(refused.text);
    expect(await processes.paymentOperations(refused.json.orderId)).toEqual([]);
  });
});

describe('an order under review', () => {
  it('is answered 202, is in the queue, and is explained to the staff alone', async () => {
    const placed = await expectStatus(202, place(0.7));
    const { id } = placed.json;
    expect(placed.json).toMatchObject({
      status: 'in_review',
      paymentStatus: 'none',
      waiting: { for: 'review' },
    });
    expect(await isInQueue(id)).toBe(true);
    const { json } = await expectStatus(200, get(`/v1/ops/orders/${id}/fraud`));
    expect(json).toMatchObject({ score: 0.7, outcome: 'review', degraded: [], review: { state: 'open' } });
    const shares = json.parts.flatMap((part: { signals: { share: number }[] }) => part.signals) as {
      share: number;
    }[];
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(0.7, 9);
    expect((await api.send('GET', `/v1/ops/orders/${id}/fraud`, { as: 'customer' })).status).toBe(403);
    expect((await decide(id, 'reject')).status).toBe(200);
  });

  it('goes on when it is approved: the decision is told once for a key, and the order is confirmed', async () => {
    const orderKey = newKey();
    const { id } = (await expectStatus(202, place(0.7, orderKey))).json;
    const key = newKey();
    const decided = await expectStatus(200, decide(id, 'approve', key));
    expect(decided.json).toMatchObject({ state: 'approved', decidedBy: 'key:operator', reason: 'looked at' });
    expect((await decide(id, 'approve', key)).text).toBe(decided.text);
    const late = await expectStatus(409, decide(id, 'reject'));
    expect(late.json).toMatchObject({ code: 'NOT_IN_REVIEW', review: { state: 'approved' } });
    expect(await isInQueue(id)).toBe(false);
    await waitFor(async () => (await place(0.7, orderKey)).status === 201, {
      timeoutMs: 60_000,
      what: 'the order to be confirmed',
    });
  });

  it('ends when it is rejected, and whoever repeats the request is told', async () => {
    const orderKey = newKey();
    const { id } = (await expectStatus(202, place(0.7, orderKey))).json;
    await expectStatus(200, decide(id, 'reject'));
    const told = await waitFor(
      async () => {
        const sent = await place(0.7, orderKey);
        return sent.status === 409 ? sent : null;
      },
      { timeoutMs: 60_000, what: 'the order to be rejected' },
    );
    expect(told.json).toMatchObject({ code: 'FRAUD_REFUSED', orderId: id });
    expect(await processes.paymentOperations(id)).toEqual([]);
  });

  it('can be cancelled by its customer', async () => {
    const { id } = (await expectStatus(202, place(0.7))).json;
    const cancelled = await api.send('POST', `/v1/orders/${id}/cancel`, {
      as: 'customer',
      idempotencyKey: newKey(),
      body: { reason: 'customer_request' },
    });
    expect(cancelled.status).toBe(200);
    expect((await decide(id, 'approve')).json).toMatchObject({ code: 'NOT_IN_REVIEW' });
  });

  it('is worked on with the tool', async () => {
    const { id } = (await expectStatus(202, place(0.7))).json;
    const tool = async (...words: string[]) => {
      let stdout = '';
      const exitCode = await runCli(words, {
        environment: { ORDER_SAGA_URL: api.url, ORDER_SAGA_API_KEY: keyOf('operator') },
        projectDirectory: import.meta.dirname,
        writeOut: (text) => void (stdout += text),
        remark: () => undefined,
        signal: new AbortController().signal,
      });
      return { exitCode, stdout };
    };
    const assigned = await tool('reviews', 'assign', id, '--to', 'key:operator', '--json');
    expect(JSON.parse(assigned.stdout)).toMatchObject({ orderId: id, assignee: 'key:operator' });
    const listed = await tool('reviews', 'list', '--assignee', 'key:operator', '--json');
    expect(JSON.parse(listed.stdout).items).toContainEqual(
      expect.objectContaining({ orderId: id, score: 0.7 }),
    );
    expect((await tool('reviews', 'show', id)).stdout).toContain('The external scorer gives 0.70.');
    expect((await tool('reviews', 'assign', id)).exitCode).toBe(2);
    expect((await tool('reviews', 'approve', id)).exitCode).toBe(2);
    const rejected = await tool('reviews', 'reject', id, '--reason', 'four names', '--json');
    expect(JSON.parse(rejected.stdout)).toMatchObject({ state: 'rejected', reason: 'four names' });
    expect((await tool('reviews', 'approve', id, '--reason', 'too late')).exitCode).toBe(1);
  });
});

describe('what is not there', () => {
  it('has no assessment and no review', async () => {
    const nobody = `ord_${'0'.repeat(26)}`;
    expect((await get(`/v1/ops/orders/${nobody}/fraud`)).status).toBe(404);
    expect((await decide(nobody, 'approve')).status).toBe(404);
    await expectStatus(400, get('/v1/ops/reviews?cursor=nonsense'));
  });
});
