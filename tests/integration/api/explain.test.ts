import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { runCli } from '../../../src/cli/program.ts';
import { createTemporalClient, type TemporalClient } from '../../../src/config/temporal.ts';
import { paymentOperationKey } from '../../../src/domain/ids.ts';
import { waitFor } from '../../support/stack.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  addLocations,
  expectStatus,
  keyOf,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type TestApi,
} from './test-api.ts';

jest.setTimeout(180_000);

/** A part of the answer, as an operator's program reads it. */
interface Told {
  readonly headline: string;
  readonly sentences: readonly string[];
  readonly waiting: { readonly for: string; readonly overdue: boolean } | null;
  readonly lastFailure: {
    readonly activity: string;
    readonly failures: number;
    readonly message: string;
  } | null;
  readonly nextTryAt: string | null;
  readonly actions: readonly { readonly name: string; readonly helps: boolean }[];
  readonly causes: readonly { readonly code: string; readonly runbook: string }[];
  readonly facts: {
    readonly workflow: { readonly state: string; readonly taskFailure: { readonly attempts: number } | null };
  };
  readonly links: { readonly temporal: string };
}

let api: TestApi;
let processes: OrderProcesses;
let temporal: TemporalClient;
beforeAll(async () => {
  api = await startTestApi();
  await addLocations(api.databaseUrl);
  processes = await startOrderProcesses(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE);
  temporal = createTemporalClient(api.environment);
  await stockItems(api, { LAMP: { amountMinor: 2495, onHand: 1000 } });
});
afterEach(() => processes.calm());
afterAll(async () => {
  await temporal?.close();
  await processes?.stop();
  await api?.close();
});

const handle = (orderId: string) => temporal.client.workflow.getHandle(orderId);

/** Places an order of 49.90 GBP until it is decided. @returns its id */
async function place(): Promise<string> {
  const idempotencyKey = newKey();
  const { json } = await waitFor(
    async () => {
      const sent = await api.send('POST', '/v1/orders', {
        as: 'operator',
        idempotencyKey,
        body: orderBody(),
      });
      return sent.status === 201 ? sent : null;
    },
    { timeoutMs: 60_000, what: 'the order to be confirmed' },
  );
  return json.id as string;
}

async function explain(orderId: string, at: TestApi = api): Promise<Told> {
  const { json } = await expectStatus(
    200,
    at.send('GET', `/v1/ops/orders/${orderId}/explain`, { as: 'viewer' }),
  );
  return json as Told;
}

/** Asks until the answer is as `is` says. */
const until = (orderId: string, what: string, is: (told: Told) => boolean): Promise<Told> =>
  waitFor(
    async () => {
      const told = await explain(orderId);
      return is(told) ? told : null;
    },
    { timeoutMs: 60_000, what: `the explanation to tell ${what}` },
  );

const isWaitingForTheWarehouse = ({ waiting }: Told): boolean => waiting?.for === 'hand_over';

async function tool(...words: string[]) {
  let stdout = '';
  const exitCode = await runCli(words, {
    environment: { ORDER_SAGA_URL: api.url, ORDER_SAGA_API_KEY: keyOf('viewer') },
    projectDirectory: import.meta.dirname,
    writeOut: (text) => void (stdout += text),
    remark: () => undefined,
    signal: new AbortController().signal,
  });
  return { exitCode, stdout };
}

describe('the explanation of an order', () => {
  it('whose charge fails tells what failed, why, when it is tried next, and what can be done', async () => {
    await processes.misbehave('payments', { operation: 'capture', times: -1, behaviour: 'maintenance' });
    const orderId = await place();
    const told = await until(orderId, 'three failures', ({ lastFailure, nextTryAt }) => {
      return (lastFailure?.failures ?? 0) >= 3 && nextTryAt !== null;
    });
    expect(told.headline).toMatch(
      /^Capturing 49\.90 GBP failed \d+ times since \d\d:\d\d, last: POST .+ of the payment provider answered 503 \(maintenance\); (?:next try \d\d:\d\d|a worker is about to try it)\.$/,
    );
    expect(told.sentences).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^Waiting for the payment provider to charge 49\.90 GBP since .+, until .+; the payment provider has to move\.$/,
        ),
        expect.stringMatching(/^The money is still held until .+\.$/),
        expect.stringMatching(/^You can: retry now/),
      ]),
    );
    expect(told.lastFailure).toMatchObject({
      activity: 'capturePayment',
      step: 'Capturing 49.90 GBP',
      type: 'PROVIDER_UNAVAILABLE',
    });
    expect(told.actions.filter(({ helps }) => helps).map(({ name }) => name)).toEqual(['retry_now', 'wait']);
    expect(told.links.temporal).toContain(`/namespaces/default/workflows/${orderId}`);
  });

  it('whose charge cannot be looked up tells which operation it is about', async () => {
    await processes.misbehave(
      'payments',
      { operation: 'capture', times: 1, behaviour: 'lost_reply' },
      { operation: 'lookup', times: -1, behaviour: 'maintenance' },
    );
    const orderId = await place();
    const told = await until(orderId, 'the lost answer', ({ waiting }) => waiting?.for === 'capture_outcome');
    expect(told.sentences).toContainEqual(
      expect.stringContaining(
        `What became of ${paymentOperationKey(orderId, 'capture')} over 49.90 GBP is not known since`,
      ),
    );
    expect(told.actions.map(({ name }) => name)).toContain('resolve_outcome');
  });

  it('that waits for the carrier with nothing wrong says so, and that nothing needs to be done', async () => {
    const orderId = await place();
    const next = 'What happens next by itself: Every parcel shipped by now';
    // The row says so a moment before the run has its timer.
    const told = await until(orderId, 'the timer', ({ sentences }) =>
      sentences.some((sentence) => sentence.startsWith(next)),
    );
    expect(told.headline).toMatch(
      /^Waiting for the warehouse to hand over 1 parcel since .+, until .+; the warehouse has to move\.$/,
    );
    expect(told.sentences.at(-1)).toMatch(/^Nothing needs to be done; possible: cancel/);
    expect(told).toMatchObject({ lastFailure: null, causes: [], nextTryAt: expect.any(String) });
  });

  it('whose workflow was terminated says so, and that it is taken up', async () => {
    const orderId = await place();
    await until(orderId, 'the warehouse', isWaitingForTheWarehouse);
    await handle(orderId).terminate('by hand');
    expect((await explain(orderId)).headline).toMatch(
      /^The workflow of the order is closed \(TERMINATED since .+\), and the order is not at its end; the job repair-drift takes it up/,
    );
  });

  it('whose workflow code fails tells the failure and how often it was run', async () => {
    const orderId = await place();
    await until(orderId, 'the warehouse', isWaitingForTheWarehouse);
    await handle(orderId).terminate('by hand');
    // A type that this version of the worker does not have, as after a rollout that took it away.
    await temporal.client.workflow.start('processOrderOfLater', {
      workflowId: orderId,
      taskQueue: api.environment.TEMPORAL_TASK_QUEUE,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
    const told = await until(
      orderId,
      'the failure',
      ({ facts }) => (facts.workflow.taskFailure?.attempts ?? 0) >= 2,
    );
    expect(told.headline).toMatch(
      /^The workflow code fails: .*processOrderOfLater.*; attempt \d+ since .+; it is run again by itself\.$/,
    );
    await handle(orderId).terminate('by hand');
  });

  it('is made of what is recorded while Temporal does not answer', async () => {
    const orderId = await place();
    await until(orderId, 'the warehouse', isWaitingForTheWarehouse);
    const alone = await startTestApi({
      databaseUrl: api.databaseUrl,
      variables: { TEMPORAL_ADDRESS: '127.0.0.1:9' },
    });
    try {
      const told = await explain(orderId, alone);
      expect(told.headline).toMatch(/^Waiting for the warehouse/);
      expect(told.sentences[0]).toBe('Temporal does not answer, so it is not known what is under way.');
      expect(told.facts.workflow.state).toBe('unreachable');
    } finally {
      await alone.close();
    }
  });

  it('at its end says how it ended', async () => {
    const body = orderBody({ payment: { method: 'card', token: 'tok_declined_expired_card' } });
    const answer = await waitFor(
      async () => {
        const sent = await api.send('POST', '/v1/orders', {
          as: 'operator',
          idempotencyKey: 'declined',
          body,
        });
        return sent.status === 402 ? sent : null;
      },
      { timeoutMs: 60_000, what: 'the order to be declined' },
    );
    const told = await explain(answer.json.orderId as string);
    expect(told.headline).toMatch(/^The order is at its end: rejected, .+\.$/);
    expect(told).toMatchObject({ waiting: null, nextTryAt: null, lastFailure: null });
    expect(told.sentences.at(-1)).toBe('Nothing needs to be done.');
  });

  it('is not given of an order that is not there', async () => {
    await expectStatus(
      404,
      api.send('GET', `/v1/ops/orders/ord_${'0'.repeat(26)}/explain`, { as: 'viewer' }),
    );
    await expectStatus(
      403,
      api.send('GET', `/v1/ops/orders/ord_${'0'.repeat(26)}/explain`, { as: 'customer' }),
    );
  });

  it('is read by the tool', async () => {
    const orderId = await place();
    const told = await until(orderId, 'the warehouse', isWaitingForTheWarehouse);
    const text = await tool('orders', 'explain', orderId);
    expect(text.exitCode).toBe(0);
    expect(text.stdout).toContain(told.headline);
    expect(text.stdout).toContain(told.links.temporal);
    const json = await tool('orders', 'explain', orderId, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ orderId, headline: told.headline });
    expect((await tool('orders', 'explain', `ord_${'0'.repeat(26)}`)).exitCode).toBe(1);
    expect((await tool('orders', 'explain')).exitCode).toBe(2);
  });
});

describe('the queue of what calls a person', () => {
  const raise = (orderId: string, code: string) =>
    api.repositories.orders.raiseAttention({
      orderId,
      code,
      message: `About ${code}.`,
      cause: { correlationId: 'test', causationId: 'test' },
      raisedBy: 'job:test',
    });
  const list = async (query = '') => {
    const { json } = await expectStatus(200, api.send('GET', `/v1/ops/attention${query}`, { as: 'viewer' }));
    return json as { items: Record<string, unknown>[]; nextCursor: string | null };
  };
  let orderId: string;
  beforeAll(async () => {
    orderId = await place();
    await until(orderId, 'the warehouse', isWaitingForTheWarehouse);
    for (const code of ['DELIVERY_LATE', 'AUDIT_VIOLATION', 'REFUND_FAILED']) await raise(orderId, code);
  });

  it('tells how bad it is, who has to act by when, what can be done, and where that is written', async () => {
    const { items } = await list('?severity=critical');
    expect(items).toContainEqual({
      orderId,
      code: 'AUDIT_VIOLATION',
      severity: 'critical',
      owner: 'engineer',
      message: 'About AUDIT_VIOLATION.',
      since: expect.any(String),
      deadline: expect.any(String),
      overdue: false,
      status: 'fulfilling',
      total: { amountMinor: 4990, currency: 'GBP' },
      actions: [],
      clearsByItself: false,
      runbook: '/docs/runbooks#AUDIT_VIOLATION',
    });
  });

  it('comes in pages, the worst first', async () => {
    const first = await list('?limit=2');
    expect(first.items.map(({ code }) => code)).toEqual(['AUDIT_VIOLATION', 'REFUND_FAILED']);
    const second = await list(`?limit=2&cursor=${first.nextCursor}`);
    expect(second.items.map(({ code }) => code)).toEqual(['DELIVERY_LATE']);
    expect(second.nextCursor).toBeNull();
    await expectStatus(400, api.send('GET', '/v1/ops/attention?cursor=nonsense', { as: 'viewer' }));
    await expectStatus(400, api.send('GET', '/v1/ops/attention?severity=bad', { as: 'viewer' }));
  });

  it('is listed by the tool, narrowed as one likes', async () => {
    const table = await tool('attention', 'list');
    expect(table.exitCode).toBe(0);
    expect(table.stdout).toContain('AUDIT_VIOLATION');
    const json = await tool('attention', 'list', '--severity', 'medium', '--json');
    expect(JSON.parse(json.stdout).items).toEqual([
      expect.objectContaining({ orderId, code: 'DELIVERY_LATE' }),
    ]);
    expect((await tool('attention', 'list', '--code', 'NOTHING_SUCH')).stdout).toContain(
      'Nothing calls a person.',
    );
    expect((await tool('attention', 'list', '--severity', 'bad')).exitCode).toBe(2);
  });
});
