import { describe, expect, test } from '@jest/globals';
import { calibrate, TOLERANCE } from './calibration.ts';
import { demandsAt, demandsUnder, DOERS, totalMs } from './demand.ts';
import { exampleMeasurements } from './example-measurements.ts';
import { meanOfRounds, wholeLifeOf, type Measurements } from './measurements.ts';
import { coresFor, limitsOf } from './plan.ts';
import { COMPONENT_NAMES, onOneMachine, onOwnMachines } from './placement.ts';
import { simulate, type SimulateOptions } from './simulate.ts';

const demands = demandsAt(exampleMeasurements(), 1);
const base: SimulateOptions = {
  demands,
  placement: onOneMachine(2),
  perSecond: 0.1,
  providerMs: 0,
  orders: 2_000,
  seed: 1,
};
/** At one rate, for as much work as is measured of a busy machine. */
const waitsOf = (wait: Partial<Measurements['waits'][number]>): Measurements['waits'] => [
  {
    perSecond: 10,
    providerMs: 0,
    seconds: 60,
    othersPart: 0,
    requests: 600,
    taken: 600,
    answerMs: { p50: 60, p95: 80, p99: 90 },
    wholeMs: { p50: 160, p95: 200, p99: 220 },
    processorMsByProgram: exampleMeasurements().busy.processorMsByProgram,
    ...wait,
  },
];
const taken = (options: SimulateOptions, name: string): number =>
  simulate(options).stations.find((station) => station.name === name)?.utilisation ?? Number.NaN;

describe('the demands of an order', () => {
  test('are those that were measured, divided by the answer as those of an order alone', () => {
    expect(demands.of.get('temporal')).toEqual({ beforeMs: 5, afterMs: 5, endMs: 0 });
    expect(demands.of.get('worker-activities')).toEqual({ beforeMs: 10, afterMs: 10, endMs: 0 });
    expect(demands.of.get('worker-workflows')).toEqual({ beforeMs: 5, afterMs: 5, endMs: 0 });
    // Nothing on the way to the answer waits for these.
    expect(demands.of.get('relay')).toEqual({ beforeMs: 0, afterMs: 5, endMs: 0 });
    expect(DOERS.reduce((sum, doer) => sum + totalMs(demands, doer), 0)).toBeCloseTo(100, 10);
  });

  test('let an order that takes longer than its work wait for the rest at its statements', () => {
    // 45 ms of work before the answer, 60 ms until it, six statements on the way and two of Temporal.
    expect(demands.before).toEqual({ serialPart: 1, waitMs: 15 / 8 });
  });

  test('let the part of the work that an order does not wait for be done beside it', () => {
    const fast = exampleMeasurements();
    const alone = { ...fast.alone, answerMs: { p50: 36, p95: 40, p99: 44 } };
    expect(demandsAt({ ...fast, alone }, 1).before).toEqual({ serialPart: 0.8, waitMs: 0 });
  });

  test('lie between those of the rates that were measured, by how busy the cores were', () => {
    const all = demandsAt(exampleMeasurements(), 0.5);
    expect(totalMs(all, 'temporal')).toBe(10);
    const atHalf = Object.entries(exampleMeasurements().busy.processorMsByProgram).map(([name, ms]) => [
      name,
      2 * ms,
    ]);
    // 200 ms an order, 5 a second: half of two cores.
    const waits = waitsOf({ perSecond: 5, processorMsByProgram: Object.fromEntries(atHalf) });
    const measurements = { ...exampleMeasurements(), waits };
    const temporalMs = [0, 0.5, 0.75, 1, 2].map((part) => totalMs(demandsAt(measurements, part), 'temporal'));
    expect(temporalMs).toEqual([20, 20, 15, 10, 10]);
    // 10 a second on two cores: with 150 ms each they are busy to three quarters, where an order asks that much.
    expect(totalMs(demandsUnder(measurements, onOneMachine(2), 10), 'temporal')).toBeCloseTo(15, 1);
    expect(totalMs(demandsUnder(measurements, onOneMachine(2), 1_000), 'temporal')).toBe(10);
  });
});

describe('the simulated service', () => {
  test('answers an order alone after as long as was measured', () => {
    const { answerMs, wholeMs, shedPart } = simulate(base);
    expect(Math.abs(answerMs.p50 / 60 - 1)).toBeLessThan(0.05);
    expect(Math.abs(wholeMs.p50 / 160 - 1)).toBeLessThan(0.05);
    expect(shedPart).toBe(0);
  });

  test('adds what the payment provider takes, once before the answer and once after it', () => {
    const [near, far] = [simulate(base), simulate({ ...base, providerMs: 150 })];
    expect(far.answerMs.p50 - near.answerMs.p50).toBeCloseTo(150, 0);
    expect(far.wholeMs.p50 - near.wholeMs.p50).toBeCloseTo(300, 0);
  });

  test('takes as much of its cores as arithmetic says', () => {
    // 100 ms an order on two cores at 12 orders a second.
    expect(taken({ ...base, perSecond: 12 }, 'the machine: cores')).toBeCloseTo(0.6, 1);
    const placement = onOwnMachines(coresFor(demands, 100, 0.6), 0.5);
    const options = { ...base, placement, perSecond: 100 };
    expect(taken(options, 'temporal: cores')).toBeCloseTo((100 * 0.01) / 2, 1);
    expect(taken(options, 'api: threads')).toBeCloseTo((100 * 0.01) / 2, 1);
  });

  test('carries no more than its cores can, and puts the others off', () => {
    const { perSecond, shedPart, stations } = simulate({ ...base, perSecond: 60 });
    const cores = stations.find(({ name }) => name === 'the machine: cores');
    expect(cores?.utilisation).toBeGreaterThan(0.99);
    expect(shedPart).toBeGreaterThan(0.3);
    // Work after the answer falls behind while orders come, so fewer than 20 a second are whole by then, and never more.
    expect(perSecond).toBeLessThan(20.5);
  });

  test('makes customers wait longer the busier it is', () => {
    const p95 = [2, 10, 15].map((perSecond) => simulate({ ...base, perSecond }).answerMs.p95);
    expect(p95).toEqual(p95.toSorted((one, other) => one - other));
  });

  test('gives the same for the same seed, and something else for another', () => {
    expect(simulate({ ...base, perSecond: 10 })).toEqual(simulate({ ...base, perSecond: 10 }));
    expect(simulate({ ...base, perSecond: 10 })).not.toEqual(simulate({ ...base, perSecond: 10, seed: 2 }));
  });
});

describe('what idle programs use', () => {
  const plain = exampleMeasurements();
  const looking: Measurements = {
    ...plain,
    alone: { ...plain.alone, idleProcessorMsPerSecondByProgram: { temporal: 100, relay: 200 } },
  };
  const work = demandsAt(looking, 1);

  test('is no work of an order, and never makes it less than nothing', () => {
    // 100 and 200 ms a second at 20 orders a second, of 10 and 5 ms an order.
    expect([totalMs(work, 'temporal'), totalMs(work, 'relay')]).toEqual([5, 0]);
    expect(work.idleMsPerSecond.get('temporal')).toBe(100);
  });

  test('takes cores whether or not orders come', () => {
    expect(taken({ ...base, demands: work, orders: 200 }, 'the machine: cores')).toBeCloseTo(0.15, 1);
    const placement = onOwnMachines({ ...coresFor(work, 10, 0.6), relay: 3 }, 0);
    expect(taken({ ...base, demands: work, orders: 200, placement }, 'relay: cores')).toBeCloseTo(0.2, 1);
  });

  test('leaves less of every core for orders', () => {
    // 5 ms an order at 400 a second: two cores, of which each has 500 of 600 ms for them.
    expect(coresFor(work, 400, 0.6).temporal).toBe(4);
    expect(limitsOf(work, onOwnMachines(coresFor(work, 400, 0.6), 0))).toContainEqual({
      name: 'temporal: cores',
      servers: 4,
      demandMs: 5,
      saturatesPerSecond: 720,
    });
    expect(() => coresFor(work, 400, 0.1)).toThrow(
      'An idle temporal uses 10.0 % of a core; raise the ceiling',
    );
  });
});

describe('the end of an order', () => {
  const plain = exampleMeasurements();
  const ending: Measurements = {
    ...plain,
    end: { ...plain.end, processorMsByProgram: { 'order-worker-1': 40, temporal: 10, relay: -1 } },
  };
  const whole = demandsAt(ending, 1);

  test('asks what was measured of it, by the threads of the worker, and never less than nothing', () => {
    expect(whole.of.get('worker-activities')).toEqual({ beforeMs: 10, afterMs: 10, endMs: 20 });
    expect(totalMs(whole, 'temporal')).toBe(20);
    expect(totalMs(whole, 'relay')).toBe(5);
  });

  test('counts for cores, and takes nothing of the time until an order is charged', () => {
    expect(coresFor(whole, 100, 0.5)).toEqual({
      ...coresFor(demands, 100, 0.5),
      'order-worker': 16,
      temporal: 4,
    });
    expect(taken({ ...base, demands: whole, perSecond: 9 }, 'the machine: cores')).toBeCloseTo(0.68, 1);
    const alone = simulate({ ...base, demands: whole });
    expect(Math.abs(alone.wholeMs.p50 / 160 - 1)).toBeLessThan(0.05);
  });

  test('is not in what waits are held against, because no order ended meanwhile', () => {
    const waits = waitsOf({});
    expect(calibrate({ ...ending, waits }, 500, 1)).toEqual(calibrate({ ...plain, waits }, 500, 1));
  });

  test('adds to what is stored and written for an order', () => {
    expect(wholeLifeOf(ending)).toEqual({
      transactionsByDatabase: { orders: 30, temporal: 30 },
      databaseBytes: { orders: 25_000, temporal: 35_000 },
      historyEvents: 39,
      stateTransitions: 14,
    });
  });
});

describe('a plan', () => {
  test('keeps every component at or below the ceiling, with no core too many', () => {
    for (const perSecond of [1, 200, 500]) {
      const cores = coresFor(demands, perSecond, 0.6);
      for (const { name, servers, demandMs } of limitsOf(demands, onOwnMachines(cores, 0))) {
        expect([name, (perSecond * demandMs) / 1000 / servers <= 0.6]).toEqual([name, true]);
        if (name.endsWith(': cores') && servers > 1)
          expect((perSecond * demandMs) / 1000 / (servers - 1)).toBeGreaterThan(0.6);
      }
    }
  });

  test('tells what is first at its end, and at which rate', () => {
    const cores = Object.fromEntries(COMPONENT_NAMES.map((name) => [name, 4])) as ReturnType<typeof coresFor>;
    // 40 ms an order in the worker: 4 cores carry 100 a second. Its busiest thread has 20 ms: 4 processes carry 200.
    const limits = limitsOf(demands, onOwnMachines(cores, 0));
    expect(limits[0]).toEqual({
      name: 'order-worker: cores',
      servers: 4,
      demandMs: 40,
      saturatesPerSecond: 100,
    });
    expect(limits.find(({ name }) => name === 'worker-activities: threads')?.saturatesPerSecond).toBe(200);
    expect(limitsOf(demands, onOneMachine(2))[0]).toMatchObject({ saturatesPerSecond: 20 });
  });
});

describe('several rounds', () => {
  test('count as the mean of each figure', () => {
    const [one, other] = [10, 20].map((perSecond) => ({
      ...exampleMeasurements(),
      waits: waitsOf({ perSecond }),
    }));
    if (one === undefined || other === undefined) throw new Error('There are two');
    const slower = {
      ...other,
      alone: { ...other.alone, orders: 103, answerMs: { p50: 70, p95: 90.5, p99: 90 } },
    };
    expect(meanOfRounds([one, slower])).toEqual({
      ...one,
      alone: { ...one.alone, orders: 102, answerMs: { p50: 65, p95: 85.25, p99: 90 } },
      waits: waitsOf({ perSecond: 15 }),
    });
    expect(() => meanOfRounds([])).toThrow(RangeError);
  });
});

describe('the comparison with what was measured', () => {
  const simulated = simulate({ ...base, perSecond: 10 }).answerMs;
  const waits = (times: number): Measurements['waits'] =>
    waitsOf({
      perSecond: 10,
      answerMs: { p50: simulated.p50, p95: simulated.p95 * times, p99: simulated.p99 },
    });

  test('holds when both are equal', () => {
    const same = calibrate({ ...exampleMeasurements(), waits: waits(1) }, base.orders, base.seed);
    expect(same).toMatchObject({ refusals: [], lines: [{ difference: 0 }] });
  });

  test.each([1 + 2 * TOLERANCE, 1 - 2 * TOLERANCE])(
    'fails when one of them is %d times the other',
    (times) => {
      const apart = calibrate({ ...exampleMeasurements(), waits: waits(times) }, base.orders, base.seed);
      expect(apart.refusals).toEqual([expect.stringMatching(/^What is simulated is up to \d+ % from/)]);
    },
  );

  test('fails when other programs used the machine meanwhile, and when nothing was measured', () => {
    const { alone, ...rest } = exampleMeasurements();
    const disturbed = { ...rest, alone: { ...alone, othersPart: 0.3 }, waits: waits(1) };
    expect(calibrate(disturbed, base.orders, base.seed).refusals).toEqual([
      expect.stringMatching(/^Other programs used 30 % of the cores/),
    ]);
    expect(calibrate(exampleMeasurements(), base.orders, base.seed).refusals).toHaveLength(1);
  });
});
