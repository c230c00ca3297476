/** Loads over time, made up where no recording could show them in a short time, and the number of workers that follows. */
import { describe, expect, test } from '@jest/globals';
import {
  CLUSTER_RULE,
  decideWorkers,
  historyFrom,
  LOOK_INTERVAL_MS,
  type Observation,
  type ScalingRule,
} from './scaling-rule.ts';

const MINUTE_MS = 60_000;
const ONE_MACHINE: ScalingRule = { ...CLUSTER_RULE, minimum: 1, maximum: 8 };
const CLUSTER: ScalingRule = { ...CLUSTER_RULE, minimum: 10, maximum: 100 };
const IDLE = 0.02;

/** What is seen at a moment with so many workers, where it is not calm. */
type Load = (atMs: number, workers: number) => Partial<Pick<Observation, 'waitingTasks' | 'coreShares'>>;

interface Moment {
  readonly atMs: number;
  readonly workers: number;
  readonly why: string;
}

/** Lets the rule follow a load, as the scaler does: what is decided is there at the next look. */
function follow(rule: ScalingRule, durationMs: number, load: Load, begin = rule.minimum): Moment[] {
  const moments: Moment[] = [];
  let history: readonly Observation[] = [];
  let workers = begin;
  for (let atMs = 0; atMs <= durationMs; atMs += LOOK_INTERVAL_MS) {
    const quiet = { waitingTasks: 0, coreShares: Array.from({ length: workers }, () => IDLE) };
    const seen: Observation = { atMs, workers, ...quiet, ...load(atMs, workers) };
    history = historyFrom([...history, seen], rule);
    const decision = decideWorkers(history, rule);
    ({ workers } = decision);
    moments.push({ atMs, ...decision });
  }
  return moments;
}

/** The numbers one after another, each once. */
function steps(moments: readonly Moment[]): number[] {
  const numbers = moments.map(({ workers }) => workers);
  return numbers.filter((number, index) => index === 0 || number !== numbers[index - 1]);
}

function decideOnce(seen: Partial<Observation>, rule = ONE_MACHINE): { workers: number; why: string } {
  const now: Observation = { atMs: 0, workers: 1, waitingTasks: 0, coreShares: [IDLE], ...seen };
  // After long calm nothing but what is seen now decides.
  return decideWorkers([{ ...now, atMs: -10 * MINUTE_MS, waitingTasks: 0, coreShares: [IDLE] }, now], rule);
}

describe('the number of workers at one moment', () => {
  test('is what the queue asks for, twenty for each, at the most twice as many as there were', () => {
    expect(decideOnce({ waitingTasks: 87 })).toEqual({ workers: 2, why: '87 tasks wait' });
    const four = { workers: 4, coreShares: [IDLE, IDLE, IDLE, IDLE] };
    expect(decideOnce({ ...four, waitingTasks: 101 })).toEqual({ workers: 6, why: '101 tasks wait' });
    expect(decideOnce({ ...four, waitingTasks: 10_000 }).workers).toBe(8);
  });

  test('is what their busyness asks for, seventy percent of a core for each', () => {
    expect(decideOnce({ workers: 2, coreShares: [0.95, 0.85] })).toEqual({
      workers: 3,
      why: 'the workers use 90 % of a core each',
    });
  });

  test('is the larger of both', () => {
    expect(decideOnce({ workers: 2, waitingTasks: 70, coreShares: [0.9, 0.9] }).workers).toBe(4);
    expect(decideOnce({ workers: 2, waitingTasks: 50, coreShares: [1.3, 1.3] }).workers).toBe(4);
  });

  test('stays where it is within a tenth of what should be', () => {
    expect(decideOnce({ workers: 2, coreShares: [IDLE, IDLE], waitingTasks: 43 }).workers).toBe(2);
    expect(decideOnce({ workers: 2, coreShares: [IDLE, IDLE], waitingTasks: 45 }).workers).toBe(3);
    expect(decideOnce({ workers: 2, coreShares: [0.76, 0.76] }).workers).toBe(2);
    expect(decideOnce({ workers: 2, coreShares: [0.78, 0.78] }).workers).toBe(3);
  });

  test('does not take a worker that is starting for a busy one, nor for a needless one', () => {
    // 140 % of a core by the one that is known, nothing by the other: just enough.
    expect(decideOnce({ workers: 2, coreShares: [1.4] }).workers).toBe(2);
    expect(decideOnce({ workers: 2, coreShares: [1.8] }).workers).toBe(3);
    const calm: Load = (_, workers) => ({ coreShares: workers === 2 ? [IDLE] : [IDLE, IDLE] });
    expect(steps(follow(ONE_MACHINE, 60 * MINUTE_MS, calm, 2))).toEqual([2]);
  });

  test('follows the queue alone where the system tells no busyness', () => {
    expect(decideOnce({ coreShares: null, waitingTasks: 30 }).workers).toBe(2);
    const calm: Load = () => ({ coreShares: null });
    expect(steps(follow(ONE_MACHINE, 20 * MINUTE_MS, calm, 3))).toEqual([3, 2, 1]);
  });

  test('needs an observation', () => {
    expect(() => decideWorkers([], ONE_MACHINE)).toThrow(RangeError);
  });
});

describe('the number of workers over time', () => {
  test('is the minimum through an hour of calm, never none', () => {
    expect(steps(follow(ONE_MACHINE, 60 * MINUTE_MS, () => ({})))).toEqual([1]);
    expect(steps(follow(CLUSTER, 60 * MINUTE_MS, () => ({})))).toEqual([10]);
    expect(steps(follow({ ...ONE_MACHINE, minimum: 0 }, 60 * MINUTE_MS, () => ({}), 1))).toEqual([1]);
  });

  test('goes from 10 to 100 in a minute and a half in a rush, and no further', () => {
    const moments = follow(CLUSTER, 10 * MINUTE_MS, () => ({ waitingTasks: 50_000 }));
    expect(steps(moments)).toEqual([20, 40, 80, 100]);
    expect(moments.find(({ workers }) => workers === 100)?.atMs).toBe(90_000);
    expect(moments.map(({ atMs, workers }) => [atMs, workers]).slice(0, 8)).toEqual([
      [0, 20],
      [15_000, 20],
      [30_000, 40],
      [45_000, 40],
      [60_000, 80],
      [75_000, 80],
      [90_000, 100],
      [105_000, 100],
    ]);
  });

  test('falls after ten minutes of calm, a tenth a minute, to the minimum', () => {
    const rushEndsMs = 5 * MINUTE_MS;
    const moments = follow(CLUSTER, 60 * MINUTE_MS, (atMs) =>
      atMs < rushEndsMs ? { waitingTasks: 50_000 } : {},
    );
    const fewer = moments.filter(({ atMs, workers }) => atMs >= rushEndsMs && workers < 100);
    // The last look of the rush was 15 s before its end.
    expect(fewer[0]).toEqual({
      atMs: rushEndsMs + 10 * MINUTE_MS - LOOK_INTERVAL_MS,
      workers: 90,
      why: 'no more were needed for 10 minutes',
    });
    const down = steps(fewer);
    expect(down).toEqual([90, 81, 72, 64, 57, 51, 45, 40, 36, 32, 28, 25, 22, 19, 17, 15, 13, 11, 10]);
    const times = down.map((number) => fewer.find(({ workers }) => workers === number)?.atMs ?? 0);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...pauses)).toBe(MINUTE_MS);
  });

  test('takes one at a time where a tenth is less than one', () => {
    const moments = follow(ONE_MACHINE, 20 * MINUTE_MS, () => ({}), 4);
    expect(steps(moments)).toEqual([4, 3, 2, 1]);
    const firstAt = (number: number): number | undefined =>
      moments.find(({ workers }) => workers === number)?.atMs;
    expect([firstAt(3), firstAt(2), firstAt(1)]).toEqual([600_000, 660_000, 720_000]);
  });

  test.each([30, 60, 150, 300])('does not flap under a load that comes and goes every %i s', (seconds) => {
    const moments = follow(ONE_MACHINE, 60 * MINUTE_MS, (atMs, workers) =>
      Math.floor(atMs / 1000 / seconds) % 2 === 0 ? { waitingTasks: 45 * workers } : {},
    );
    // Up to what the load asks for, and then it stays there, because the most of ten minutes counts.
    const numbers = steps(moments);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    expect(numbers.at(-1)).toBe(8);
  });

  test('does not flap around the number that is just enough', () => {
    // 1.8 cores of work, shared by however many there are: two are too few, three have 60 % each.
    const moments = follow(ONE_MACHINE, 120 * MINUTE_MS, (_, workers) => ({
      coreShares: Array.from({ length: workers }, () => 1.8 / workers),
    }));
    expect(steps(moments)).toEqual([2, 3]);
  });

  test('does not fall while Temporal does not answer, nor soon after, and may grow meanwhile', () => {
    const awayFrom = 5 * MINUTE_MS;
    const awayTo = 65 * MINUTE_MS;
    const load: Load = (atMs, workers) => {
      if (atMs < MINUTE_MS) return { waitingTasks: 80 };
      if (atMs < awayFrom || atMs >= awayTo) return {};
      const busy = atMs > 30 * MINUTE_MS && atMs < 31 * MINUTE_MS;
      return {
        waitingTasks: null,
        ...(busy ? { coreShares: Array.from({ length: workers }, () => 1) } : {}),
      };
    };
    const moments = follow(ONE_MACHINE, 90 * MINUTE_MS, load);
    const between = (from: number, to: number): number[] =>
      steps(moments.filter(({ atMs }) => atMs >= from && atMs < to));
    expect(between(0, awayFrom)).toEqual([2, 4]);
    expect(between(awayFrom, 30 * MINUTE_MS)).toEqual([4]);
    expect(between(30 * MINUTE_MS, awayTo)).toEqual([4, 6, 8]);
    expect(between(awayTo, awayTo + 9 * MINUTE_MS)).toEqual([8]);
    expect(moments.at(-1)?.workers).toBe(1);
  });

  test('stays when nothing at all is known', () => {
    const unknown: Load = () => ({ waitingTasks: null, coreShares: [] });
    expect(steps(follow(ONE_MACHINE, 60 * MINUTE_MS, unknown, 5))).toEqual([5]);
  });

  test('comes back within its bounds at once', () => {
    expect(decideOnce({ workers: 12 }).workers).toBe(8);
    expect(decideOnce({ workers: 3 }, CLUSTER).workers).toBe(10);
  });

  test('changes no faster than the rule says and keeps its bounds, whatever happens', () => {
    // A load without any order, the same each time.
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const moments = follow(CLUSTER, 600 * MINUTE_MS, (_, workers) => ({
      waitingTasks: random() < 0.2 ? null : Math.floor(random() ** 8 * 3_000),
      coreShares: Array.from({ length: Math.floor(random() * workers) }, () => random()),
    }));
    expect(new Set(moments.map(({ workers }) => workers)).size).toBeGreaterThan(5);
    for (const [index, { atMs, workers }] of moments.entries()) {
      expect(workers).toBeGreaterThanOrEqual(10);
      expect(workers).toBeLessThanOrEqual(100);
      const within = (periodMs: number): number[] =>
        moments
          .slice(0, index)
          .filter((one) => one.atMs >= atMs - periodMs)
          .map((one) => one.workers);
      expect(workers).toBeLessThanOrEqual(2 * Math.min(...within(30_000), 100));
      expect(workers).toBeGreaterThanOrEqual(Math.floor(0.9 * Math.max(...within(45_000), 0)));
    }
  });
});

describe('the history that a decision needs', () => {
  test('is that of the longest time of the rule, and one look more', () => {
    const everySecond = Array.from({ length: 2_000 }, (_, second) => ({
      atMs: second * 1000,
      workers: 1,
      waitingTasks: 0,
      coreShares: null,
    }));
    const kept = historyFrom(everySecond, ONE_MACHINE);
    expect([kept[0]?.atMs, kept.at(-1)?.atMs]).toEqual([1_399_000, 1_999_000]);
    expect(historyFrom(everySecond.slice(0, 10), ONE_MACHINE)).toHaveLength(10);
  });
});
