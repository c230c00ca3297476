import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { backoffMs, startPollingLoop } from './polling-loop.ts';

const logger = pino({ level: 'silent' });

type End = 'again' | 'idle' | Error;

/** Rounds that end one after another as the script says; the one after the script waits until the loop is stopped. */
function scripted(...script: End[]) {
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  let rounds = 0;
  const round = async (signal: AbortSignal): Promise<'again' | 'idle'> => {
    rounds += 1;
    const end = script.shift();
    if (end instanceof Error) throw end;
    if (end !== undefined) return end;
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      finish();
    });
  };
  return { round, finished, rounds: () => rounds };
}

describe('a polling loop', () => {
  test('is not healthy after a round that failed', async () => {
    const { round, finished } = scripted('again', new Error('away'), new Error('away'));
    const loop = startPollingLoop({ name: 'test', logger, idleMs: 1, round });
    expect(loop.isHealthy()).toBe(true);
    await finished;
    expect(loop.isHealthy()).toBe(false);
    await loop.stop();
  });

  test('goes on after errors and is healthy again after the next success', async () => {
    const { round, finished, rounds } = scripted(new Error('away'), new Error('away'), 'idle');
    const loop = startPollingLoop({ name: 'test', logger, idleMs: 1, round });
    await finished;
    expect(loop.isHealthy()).toBe(true);
    expect(rounds()).toBe(4);
    await loop.stop();
  });

  test('a wait that the stop aborts is no error', async () => {
    const { round, finished, rounds } = scripted();
    const loop = startPollingLoop({ name: 'test', logger, idleMs: 1, round });
    await finished;
    await loop.stop();
    expect(loop.isHealthy()).toBe(true);
    expect(rounds()).toBe(1);
  });

  test('stops only after the round under way has ended, and begins no other', async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<'again'>();
    let rounds = 0;
    const round = (): Promise<'again'> => {
      rounds += 1;
      return held;
    };
    const loop = startPollingLoop({ name: 'test', logger, idleMs: 1, round });
    let stopped = false;
    const stopping = loop.stop().then(() => (stopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    letGo('again');
    await stopping;
    expect(rounds).toBe(1);
  });

  test('is not healthy while a round takes too long', async () => {
    const { round, finished } = scripted();
    const loop = startPollingLoop({ name: 'test', logger, idleMs: 1, stalledAfterMs: 0, round });
    await finished;
    expect(loop.isHealthy()).toBe(false);
    await loop.stop();
  });
});

describe('backoffMs', () => {
  test.each([
    [1, 100, 200],
    [2, 200, 400],
    [5, 1600, 3200],
    [6, 2500, 5000],
    [1000, 2500, 5000],
  ])('after %i failures in a row lies between %i and %i', (failures, leastMs, mostMs) => {
    const drawn = Array.from({ length: 200 }, () => backoffMs(failures, 100, 5000));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(leastMs);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(mostMs);
    expect(new Set(drawn).size).toBeGreaterThan(1);
  });
});
