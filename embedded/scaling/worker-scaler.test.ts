import { afterEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '../wait-for.ts';
import { CLUSTER_RULE, type Observation } from './scaling-rule.ts';
import { WorkerScaler, type WorkerScalerOptions } from './worker-scaler.ts';

let scaler: WorkerScaler;
let isClosed: boolean;
afterEach(async () => {
  await scaler.stop();
  expect(isClosed).toBe(true);
});

/** Looks again and again at what `count` says, at a pool of numbers alone. */
function scale(count: () => number, options: Partial<WorkerScalerOptions> = {}) {
  const notices: string[] = [];
  const looks: Observation[] = [];
  const pool = {
    size: 1,
    pids: () => new Map([['order-worker-1', process.pid]]),
    resize: (size: number) => void (pool.size = size),
  };
  isClosed = false;
  scaler = new WorkerScaler({
    pool,
    waitingTasks: { count: async () => count(), close: async () => void (isClosed = true) },
    coreShares: { since: () => null },
    rule: { ...CLUSTER_RULE, minimum: 1, maximum: 4, up: { ...CLUSTER_RULE.up, periodMs: 20 } },
    intervalMs: 5,
    onNotice: (text) => notices.push(text),
    onObservation: (seen) => looks.push(seen),
    ...options,
  });
  return { notices, looks, pool };
}

const until = (what: string, condition: () => boolean): Promise<boolean> =>
  waitFor(condition, { timeoutMs: 10_000, what, intervalMs: 5 });

describe('the scaler of the order workers', () => {
  test('lets their number follow what waits, and says each number once, with the reason', async () => {
    const { notices, looks, pool } = scale(() => 87);
    await until('the most', () => pool.size === 4);
    const soFar = looks.length;
    await until('some more looks', () => looks.length > soFar + 5);
    expect(notices).toEqual(['2 order workers: 87 tasks wait', '4 order workers, the most: 87 tasks wait']);
  });

  test('says when there are fewer again', async () => {
    const down = { stabilizationMs: 30, percent: 10, periodMs: 10 };
    let waiting = 87;
    const { notices, pool } = scale(() => waiting, {
      rule: { ...CLUSTER_RULE, minimum: 1, maximum: 2, down },
    });
    await until('two', () => pool.size === 2);
    waiting = 0;
    await until('one', () => pool.size === 1);
    expect(notices.at(-1)).toBe('1 order worker: no more were needed for 0 s');
  });

  test('calls one that could not be started again and again, and says so once', async () => {
    let calls = 0;
    const pool = { size: 1, pids: () => new Map<string, number>(), resize: () => void (calls += 1) };
    const { notices } = scale(() => 30, { pool });
    await until('several calls', () => calls > 3);
    expect(notices).toEqual(['2 order workers: 30 tasks wait']);
  });

  test('tells once that Temporal is away, goes on, and tells when it is back', async () => {
    let isAway = true;
    const { notices, looks, pool } = scale(() => {
      if (isAway) throw new Error('14 UNAVAILABLE\nat somewhere');
      return 0;
    });
    pool.size = 3;
    await until('several looks in vain', () => looks.length > 5);
    expect(notices.filter((text) => text.includes('Temporal'))).toEqual([
      'Temporal does not say how many tasks wait (14 UNAVAILABLE); until it does there will be no fewer order workers.',
    ]);
    expect(pool.size).toBe(3);
    isAway = false;
    await until('it to be back', () => notices.includes('Temporal says again how many tasks wait.'));
  });

  test('changes nothing any more once it is stopped, also in the middle of a question', async () => {
    let answer: (count: number) => void = () => undefined;
    let isAsked = false;
    const count = (): Promise<number> => {
      isAsked = true;
      return new Promise((resolve) => (answer = resolve));
    };
    const { notices, pool } = scale(() => 0, {
      waitingTasks: { count, close: async () => void (isClosed = true) },
    });
    await until('a question', () => isAsked);
    const stopped = scaler.stop();
    answer(1_000);
    await stopped;
    expect([pool.size, notices]).toEqual([1, []]);
  });
});
