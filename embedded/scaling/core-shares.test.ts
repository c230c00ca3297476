import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { processorTimeOf } from '../processor-time.ts';
import { waitFor } from '../wait-for.ts';
import { CoreShares } from './core-shares.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(script: string): number {
  const child = spawn(process.execPath, ['--eval', script], { stdio: 'ignore' });
  children.push(child);
  return child.pid ?? 0;
}

describe('the use of the processor', () => {
  test('is told exactly where the system keeps figures', () => {
    const shares = new CoreShares().since([process.pid], 0);
    expect(shares).toEqual(existsSync('/proc/self/stat') ? [] : null);
  });
});

describe('the share of a core that a process uses', () => {
  test('is known from the second look on, for those that were there at the first', async () => {
    const busy = run('for (;;);');
    const idle = run('setInterval(() => undefined, 1000)');
    await waitFor(() => (processorTimeOf(busy)?.ownMs ?? 0) > 100, {
      timeoutMs: 20_000,
      what: 'a busy process',
    });
    const shares = new CoreShares();
    expect(shares.since([busy, idle], 1_000)).toEqual([]);
    const before = processorTimeOf(busy)?.ownMs ?? 0;
    await waitFor(() => (processorTimeOf(busy)?.ownMs ?? 0) >= before + 200, {
      timeoutMs: 20_000,
      what: 'a fifth of a second of its time',
    });
    const [share = 0, none = 1, ...more] = shares.since([busy, idle, run('0')], 1_400) ?? [];
    expect(share).toBeGreaterThanOrEqual(0.5);
    expect(none).toBeLessThan(share);
    expect(more).toEqual([]);
  });

  test('is not known of one that has ended', async () => {
    const shares = new CoreShares();
    const ended = run('setInterval(() => undefined, 1000)');
    shares.since([ended, process.pid], 0);
    children[0]?.kill('SIGKILL');
    await waitFor(() => processorTimeOf(ended) === null, { timeoutMs: 20_000, what: 'its end' });
    expect(shares.since([ended, process.pid], 1_000)).toHaveLength(1);
  });
});
