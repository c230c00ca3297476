/** Order workers that come when orders wait and go when they are not needed, as real processes. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CLUSTER_RULE } from '../../../embedded/scaling/scaling-rule.ts';
import { commandLineOf, signalProcess } from '../../../embedded/process-table.ts';
import { ShopLab } from '../../chaos/support/shop-lab.ts';
import { createHome, destroyHome, NpmStart, processesOf } from '../../support/npm-start.ts';
import { waitFor } from '../../support/stack.ts';

const START_TIMEOUT_MS = 150_000;
/** More than one worker may leave waiting, and more than it has asked for already. */
const BURST = 40;
/** All that is different from `npm start`: it looks more often, and does not keep a worker for ten minutes. */
const SCALING = {
  intervalMs: 500,
  rule: {
    ...CLUSTER_RULE,
    maximum: 2,
    // One API that has met slow answers lets four orders be decided at once, and those have to be too many for one worker.
    waitingTasksPerWorker: 2,
    down: { stabilizationMs: 5_000, percent: 10, periodMs: 1_000 },
  },
};

describe('npm start -- --workers auto', () => {
  test(
    'says how many workers there can be, starts with one, and leaves nothing behind',
    async () => {
      const home = await createHome();
      try {
        const start = new NpmStart(home, ['--workers', 'auto']);
        await start.started();
        expect(start.output).toContain(`Order workers, 1 to ${availableParallelism()} by load`);
        const workers = processesOf(home).filter(({ command }) => command.includes('order-worker.main.ts'));
        expect(workers).toHaveLength(1);
        start.signal('SIGINT');
        expect(await start.exited).toBe(0);
        expect(processesOf(home)).toEqual([]);
      } finally {
        destroyHome(home);
      }
    },
    START_TIMEOUT_MS,
  );
});

describe('order workers by load', () => {
  let lab: ShopLab;
  let sku: string;
  const notices: string[] = [];
  beforeAll(async () => {
    lab = await ShopLab.start({
      settings: { ORDER_WORKERS: 'auto' },
      scaling: SCALING,
      onNotice: (text) => notices.push(text),
    });
    sku = await lab.stock({ main: 10 * BURST });
  }, START_TIMEOUT_MS);
  afterAll(() => lab.stop());

  const place = (idempotencyKey: string) => ({
    body: lab.orderBody([{ sku, quantity: 1 }]),
    idempotencyKey,
  });
  /** Orders that all come at once while the first worker stands still: however fast a machine is, they wait. */
  const burst = (): { readonly keys: readonly string[]; readonly answered: Promise<unknown> } => {
    signalProcess(lab.pidOf('order-worker-1'), 'SIGSTOP');
    const keys = Array.from({ length: BURST }, () => randomBytes(12).toString('hex'));
    const requests = keys.map((key) => lab.request('POST', '/v1/orders', place(key)));
    return { keys, answered: Promise.allSettled(requests) };
  };
  const goOn = (): unknown => signalProcess(lab.pidOf('order-worker-1'), 'SIGCONT');
  const saidSince = (count: number, text: RegExp): Promise<string> =>
    waitFor(() => notices.slice(count).find((notice) => text.test(notice)), {
      timeoutMs: 60_000,
      what: `${text} to be said, and not only: ${notices.join(' | ')}`,
    });

  test(
    'get a second one in a burst, which does what the first one leaves, and lose it in the calm',
    async () => {
      const { keys, answered } = burst();
      expect(await saidSince(0, /^2 order workers/)).toMatch(/^2 order workers, the most: \d+ tasks wait$/);
      // At once, for it goes by itself when it has little to do.
      const second = await waitFor(() => lab.findPidOf('order-worker-2'), {
        timeoutMs: START_TIMEOUT_MS,
        what: 'a second order worker',
      });
      const decided = keys.map((key) => lab.insist('POST', '/v1/orders', place(key), START_TIMEOUT_MS));
      // The first one still stands: whatever is decided, the second one has decided.
      expect(await Promise.race(decided)).toMatchObject({ status: 201 });
      goOn();
      for (const { status } of await Promise.all(decided)) expect(status).toBe(201);
      await answered;
      await saidSince(1, /^1 order worker: no more were needed/);
      await waitFor(() => commandLineOf(second) === null, {
        timeoutMs: 60_000,
        what: 'the second to be gone',
      });
      expect(lab.logOf('order-worker-2')).toContain('order-worker has stopped');
      expect(lab.incidents).toEqual([]);
      lab.pidOf('order-worker-1');
    },
    2 * START_TIMEOUT_MS,
  );

  test(
    'leave nothing behind when everything is stopped while one is starting',
    async () => {
      // What the burst before has left may have called the second one back.
      await waitFor(() => notices.at(-1)?.startsWith('1 order worker'), {
        timeoutMs: START_TIMEOUT_MS,
        what: 'a single worker to be enough',
      });
      const soFar = notices.length;
      const { answered } = burst();
      await saidSince(soFar, /^2 order workers/);
      goOn();
      expect(processesOf(lab).length).toBeGreaterThan(5);
      await lab.stop();
      expect(processesOf(lab)).toEqual([]);
      await answered;
    },
    2 * START_TIMEOUT_MS,
  );
});
