import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../support/stack.ts';
import { startProgram, type RunningProgram } from '../events/program.ts';
import { runCli } from '../../../src/cli/program.ts';
import { createTemporalClient } from '../../../src/config/temporal.ts';
import { commonVariables, expectStatus, keyOf, newKey, startTestApi, type TestApi } from './test-api.ts';

jest.setTimeout(120_000);

const ORDER = `ord_${'0'.repeat(26)}`;

let api: TestApi;
beforeAll(async () => {
  // The stack of the tests has jobs of its own in the same Temporal server.
  api = await startTestApi({ variables: { MAINTENANCE_TASK_QUEUE: `maintenance-${newKey()}` } });
});
afterAll(() => api?.close());

const side = {
  operation: 'capture',
  orderId: ORDER,
  status: 'succeeded',
  amountMinor: 1110,
  currency: 'GBP',
};

/** Stores a difference as a comparison does. @returns its id */
async function findBreak(operationKey: string, orderId: string = ORDER): Promise<string> {
  await api.repositories.reconciliation.record({
    provider: 'payments',
    comparedKeys: [operationKey],
    seenKeys: [],
    breaks: [{ operationKey, kind: 'missing_here', orderId, ours: null, theirs: { ...side, orderId } }],
  });
  const { items } = await api.repositories.reconciliation.list({ limit: 100 });
  return items.find((item) => item.operationKey === operationKey)?.id ?? '';
}

const get = (path: string) => api.send('GET', path, { as: 'viewer' });
const close = (id: string, action: string, note: string, idempotencyKey = newKey()) =>
  api.send('POST', `/v1/ops/breaks/${id}/${action}`, { as: 'operator', idempotencyKey, body: { note } });

describe('differences with providers', () => {
  it('are listed page by page, by state and by order', async () => {
    const other = `ord_${'1'.repeat(26)}`;
    for (const key of ['a', 'b', 'c']) await findBreak(`list:${key}`, other);
    const first = await expectStatus(200, get(`/v1/ops/breaks?orderId=${other}&limit=2`));
    expect(first.json.items).toHaveLength(2);
    expect(first.json.items[0]).toMatchObject({ state: 'open', kind: 'missing_here', ours: null });
    const { nextCursor } = first.json;
    const second = await expectStatus(
      200,
      get(`/v1/ops/breaks?orderId=${other}&limit=2&cursor=${nextCursor}`),
    );
    expect(second.json.items).toHaveLength(1);
    expect(second.json.nextCursor).toBeNull();
    const settled = await expectStatus(200, get(`/v1/ops/breaks?orderId=${other}&state=settled`));
    expect(settled.json.items).toEqual([]);
    await expectStatus(400, get('/v1/ops/breaks?cursor=nonsense'));
  });

  it('are explained and then settled, once for each key', async () => {
    const id = await findBreak('close:1');
    const key = newKey();
    const explained = await close(id, 'explain', 'made by hand', key);
    expect(explained.json).toMatchObject({ state: 'explained', note: 'made by hand', actor: 'key:operator' });
    const settled = await close(id, 'settle', 'taken back');
    expect(settled.json).toMatchObject({ state: 'settled', note: 'taken back' });
    // A late repetition gets its answer and changes nothing, and a settled break stays settled.
    expect((await close(id, 'explain', 'made by hand', key)).text).toBe(explained.text);
    expect((await close(id, 'explain', 'too late')).json).toMatchObject({
      state: 'settled',
      note: 'taken back',
    });
  });

  it('are opened again when they are found again', async () => {
    const id = await findBreak('again:1');
    await close(id, 'settle', 'gone');
    expect(await findBreak('again:1')).toBe(id);
    const { json } = await expectStatus(200, get(`/v1/ops/breaks?orderId=${ORDER}&state=open`));
    expect(json.items).toContainEqual(
      expect.objectContaining({ id, state: 'open', note: null, settledAt: null }),
    );
  });

  it('of an id that none has are not found', async () => {
    expect((await close(`brk_${'0'.repeat(26)}`, 'settle', 'x')).status).toBe(404);
    expect((await close('nonsense', 'settle', 'x')).status).toBe(404);
  });

  it('can be listed and closed by the tool', async () => {
    const id = await findBreak('tool:1');
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
    const listed = await tool('breaks', 'list', '--state', 'open', '--json');
    expect(listed.exitCode).toBe(0);
    expect(JSON.parse(listed.stdout).items).toContainEqual(expect.objectContaining({ id }));
    const settled = await tool('breaks', 'settle', id, '--note', 'by the tool', '--json');
    expect(JSON.parse(settled.stdout)).toMatchObject({ id, state: 'settled', note: 'by the tool' });
    expect((await tool('breaks', 'settle', `brk_${'0'.repeat(26)}`, '--note', 'x')).exitCode).toBe(1);
    expect((await tool('breaks', 'explain', id)).exitCode).toBe(2);
  });
});

describe('jobs', () => {
  let worker: RunningProgram;
  afterAll(async () => {
    await worker?.stop();
    const { client, close: disconnect } = createTemporalClient(api.environment);
    for await (const { scheduleId } of client.schedule.list()) {
      if (scheduleId.startsWith(api.environment.MAINTENANCE_TASK_QUEUE))
        await client.schedule.getHandle(scheduleId).delete();
    }
    await disconnect();
  });

  it('are run on demand, and tell how it ended', async () => {
    const run = (name: string) =>
      api.send('POST', `/v1/ops/jobs/${name}/runs`, { as: 'operator', idempotencyKey: newKey() });
    expect((await run('reap')).status).toBe(404);
    worker = await startProgram('src/workers/maintenance-worker.main.ts', {
      ...commonVariables(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE),
      MAINTENANCE_TASK_QUEUE: api.environment.MAINTENANCE_TASK_QUEUE,
      PAYMENT_PROVIDER_URL: 'http://127.0.0.1:9',
      PAYMENT_PROVIDER_API_KEY: 'none',
      CARRIER_URL: 'http://127.0.0.1:9',
      CARRIER_API_KEY: 'none',
      // So long that only what is asked for runs.
      FIND_STUCK_INTERVAL_MS: '86400000',
      RECONCILE_INTERVAL_MS: '86400000',
      REPAIR_DRIFT_INTERVAL_MS: '86400000',
      REAP_INTERVAL_MS: '86400000',
    });
    expect((await run('reap')).status).toBe(202);
    expect((await run('nonsense')).status).toBe(404);
    const reap = await waitFor(
      async () => {
        const { json } = await get('/v1/ops/jobs');
        const found = (json.items as { name: string; lastRun: { status: string } | null }[]).find(
          ({ name }) => name === 'reap',
        );
        return found?.lastRun?.status === 'COMPLETED' ? found : null;
      },
      { timeoutMs: 60_000, what: 'the job to run' },
    );
    expect(reap).toMatchObject({
      isPaused: false,
      intervalMs: 86_400_000,
      lastRun: {
        result: { idempotencyAnswers: 0, webhookMonths: 0, eventMonths: 0, rowsOutsidePartitions: 0 },
      },
      nextRunAt: expect.any(String),
    });
    expect(await worker.metric('order_saga_job_result{job="reap",what="webhookMonths"}')).toBe(0);
    expect(await worker.metric('order_saga_job_finished_timestamp_seconds{job="reap"}')).toBeGreaterThan(0);
  });
});
