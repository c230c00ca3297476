/** The rule under a load that was recorded from the whole service: bursts of orders, and the calm after them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { CLUSTER_RULE, decideWorkers, historyFrom, type Observation } from './scaling-rule.ts';

const { about, looks } = z
  .object({
    about: z.object({ cores: z.int(), bursts: z.int(), ordersOfBurst: z.int() }),
    looks: z.array(
      z.object({
        seen: z.object({
          atMs: z.number(),
          workers: z.int(),
          waitingTasks: z.int().nullable(),
          coreShares: z.array(z.number()).nullable(),
        }),
        decided: z.int(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('./recorded-load.json', import.meta.url), 'utf8')));
const seen: readonly Observation[] = looks.map((look) => look.seen);

/** What the rule says at each look, with so many workers at the most. */
function decisions(maximum: number): { workers: number; why: string }[] {
  const rule = { ...CLUSTER_RULE, minimum: 1, maximum };
  let history: readonly Observation[] = [];
  return seen.map((one) => {
    history = historyFrom([...history, one], rule);
    return decideWorkers(history, rule);
  });
}

function steps(numbers: readonly number[]): number[] {
  return numbers.filter((number, index) => index === 0 || number !== numbers[index - 1]);
}

describe('the rule under a recorded load', () => {
  test('is shown a burst that one worker does not keep up with, and ten minutes of calm', () => {
    const busy = seen.filter(({ waitingTasks }) => (waitingTasks ?? 0) > CLUSTER_RULE.waitingTasksPerWorker);
    expect(busy.length).toBeGreaterThan(0);
    const calmMs = (seen.at(-1)?.atMs ?? 0) - (busy.at(-1)?.atMs ?? 0);
    expect(calmMs).toBeGreaterThan(CLUSTER_RULE.down.stabilizationMs);
  });

  test('decides as it did then', () => {
    expect(decisions(about.cores).map(({ workers }) => workers)).toEqual(looks.map(({ decided }) => decided));
  });

  test('calls a second worker once, keeps it through all bursts, and lets it go once', () => {
    const decided = decisions(about.cores);
    expect(steps(decided.map(({ workers }) => workers))).toEqual([1, 2, 1]);
    const [up, down] = [2, 1].map((number, index) =>
      decided.findIndex(({ workers }, at) => workers === number && (index === 0 || at > seen.length / 4)),
    );
    expect(decided[up ?? 0]?.why).toMatch(/^\d+ tasks wait$/);
    expect(decided[down ?? 0]?.why).toBe('no more were needed for 10 minutes');
  });

  test('would never call more than twice as many as there were, nor none', () => {
    for (const [index, { workers }] of decisions(100).entries()) {
      expect(workers).toBeGreaterThanOrEqual(1);
      expect(workers).toBeLessThanOrEqual(2 * (seen[index]?.workers ?? 0));
    }
  });
});
