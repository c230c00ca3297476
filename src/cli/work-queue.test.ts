import { describe, expect, test } from '@jest/globals';
import { workThrough } from './work-queue.ts';

const NEVER = new AbortController().signal;
const entries = Array.from({ length: 10 }, (_, index) => ({ index }));

describe('a list of work', () => {
  test('begins entries in their order and never more at once than allowed', async () => {
    const begun: number[] = [];
    let underWay = 0;
    let most = 0;
    await workThrough(entries, { concurrency: 3, signal: NEVER }, async ({ index }) => {
      begun.push(index);
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
    });
    expect(begun).toEqual(entries.map(({ index }) => index));
    expect(most).toBe(3);
  });

  test('throws the first error, begins nothing more, and lets what is under way end', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const work = workThrough(entries, { concurrency: 2, signal: NEVER }, async ({ index }) => {
      begun.push(index);
      if (index === 2) throw new Error('third');
      await new Promise((resolve) => setImmediate(resolve));
      ended.push(index);
    });
    await expect(work).rejects.toThrow('third');
    expect(begun.length).toBeLessThanOrEqual(4);
    expect(ended).toEqual(begun.filter((index) => index !== 2));
  });

  test('tells the work under way when another entry fails', async () => {
    const reasons: unknown[] = [];
    const work = workThrough(entries, { concurrency: 2, signal: NEVER }, async ({ index }, signal) => {
      if (index === 1) throw new Error('second');
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      reasons.push(signal.reason);
    });
    await expect(work).rejects.toThrow('second');
    expect(reasons).toEqual([new Error('second')]);
  });

  test('ends with the reason when it is stopped', async () => {
    const stop = new AbortController();
    const begun: number[] = [];
    const work = workThrough(entries, { concurrency: 1, signal: stop.signal }, async ({ index }) => {
      begun.push(index);
      if (index === 1) stop.abort(new Error('Stopped by Ctrl+C.'));
    });
    await expect(work).rejects.toThrow('Stopped by Ctrl+C.');
    expect(begun).toEqual([0, 1]);
  });

  test('begins no entry before it is due, and stops while it waits', async () => {
    const stop = new AbortController();
    const startedAtMs = performance.now();
    const begunAfterMs: number[] = [];
    const work = workThrough(
      entries,
      {
        concurrency: 4,
        signal: stop.signal,
        startedAtMs,
        dueAfterMs: ({ index }) => (index < 5 ? index * 20 : 60_000),
      },
      async ({ index }) => {
        begunAfterMs.push(performance.now() - startedAtMs);
        if (index === 4) stop.abort(new Error('Stopped by Ctrl+C.'));
      },
    );
    await expect(work).rejects.toThrow('Stopped by Ctrl+C.');
    expect(begunAfterMs).toHaveLength(5);
    // A thousandth for the rounding of sums.
    for (const [index, afterMs] of begunAfterMs.entries())
      expect(afterMs).toBeGreaterThanOrEqual(index * 20 - 0.001);
  });
});
