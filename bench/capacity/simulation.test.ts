/** The simulation against what queueing theory knows exactly. Seeds are fixed, so each run sees the same chance. */
import { describe, expect, test } from '@jest/globals';
import { Seeded } from '../../tests/chaos/support/seeded.ts';
import { exponential } from '../support/numbers.ts';
import { Simulation, Station, type Process } from './simulation.ts';

const CUSTOMERS = 200_000;

interface Observed {
  readonly meanWaitMs: number;
  /** Part of those who had to wait at all. */
  readonly waitedPart: number;
  readonly utilisation: number;
}

/** Customers who come as in a Poisson process to one station. */
function observe(servers: number, perMs: number, serviceMs: (chance: Seeded) => number): Observed {
  const simulation = new Simulation();
  const station = new Station(simulation, 'station', servers);
  const chance = new Seeded(1);
  const warmUp = CUSTOMERS / 10;
  const waitsMs: number[] = [];
  let utilisation = 0;
  function* customer(number: number): Process {
    const cameMs = simulation.nowMs;
    yield station.take();
    if (number >= warmUp) waitsMs.push(simulation.nowMs - cameMs);
    yield simulation.wait(serviceMs(chance));
    station.give();
  }
  function* come(): Process {
    for (let number = 0; number < CUSTOMERS; number += 1) {
      yield simulation.wait(exponential(chance.fraction(), 1 / perMs));
      if (number === warmUp) station.mark();
      simulation.start(customer(number));
    }
    utilisation = station.utilisation();
  }
  simulation.start(come());
  simulation.run();
  return {
    meanWaitMs: waitsMs.reduce((sum, ms) => sum + ms, 0) / waitsMs.length,
    waitedPart: waitsMs.filter((ms) => ms > 0).length / waitsMs.length,
    utilisation,
  };
}

/** Probability that one who comes has to wait, in M/M/c: Erlang C, by the recursion for Erlang B. */
function erlangC(servers: number, offered: number): number {
  let blocking = 1;
  for (let count = 1; count <= servers; count += 1)
    blocking = (offered * blocking) / (count + offered * blocking);
  const utilisation = offered / servers;
  return blocking / (1 - utilisation + utilisation * blocking);
}

const within = (value: number, percent: number): [number, number] => [
  value * (1 - percent / 100),
  value * (1 + percent / 100),
];

function expectWithin(value: number, [low, high]: [number, number]): void {
  expect(value).toBeGreaterThan(low);
  expect(value).toBeLessThan(high);
}

describe('a station', () => {
  const SERVICE_MS = 10;

  test.each([0.3, 0.6, 0.8])('is M/M/1 at a utilisation of %d', (utilisation) => {
    const seen = observe(1, utilisation / SERVICE_MS, (chance) => exponential(chance.fraction(), SERVICE_MS));
    expectWithin(seen.meanWaitMs, within((SERVICE_MS * utilisation) / (1 - utilisation), 6));
    expectWithin(seen.waitedPart, within(utilisation, 2));
    expectWithin(seen.utilisation, within(utilisation, 2));
  });

  test.each([0.3, 0.6, 0.8])('is M/D/1 at a utilisation of %d (Pollaczek and Khinchine)', (utilisation) => {
    const seen = observe(1, utilisation / SERVICE_MS, () => SERVICE_MS);
    expectWithin(seen.meanWaitMs, within((SERVICE_MS * utilisation) / (2 * (1 - utilisation)), 4));
    expectWithin(seen.utilisation, within(utilisation, 2));
  });

  test.each([
    [2, 0.7],
    [4, 0.8],
    [16, 0.9],
  ])('with %d servers is M/M/c at a utilisation of %d (Erlang C)', (servers, utilisation) => {
    const offered = servers * utilisation;
    const seen = observe(servers, offered / SERVICE_MS, (chance) =>
      exponential(chance.fraction(), SERVICE_MS),
    );
    const waits = erlangC(servers, offered);
    expectWithin(seen.waitedPart, within(waits, 4));
    expectWithin(seen.meanWaitMs, within((waits * SERVICE_MS) / (servers - offered), 8));
    expectWithin(seen.utilisation, within(utilisation, 2));
  });

  test('of infinitely many servers makes nobody wait', () => {
    const seen = observe(Number.POSITIVE_INFINITY, 1, (chance) => exponential(chance.fraction(), SERVICE_MS));
    expect(seen).toMatchObject({ meanWaitMs: 0, waitedPart: 0, utilisation: 0 });
  });

  test('in a closed loop does exactly as much as its servers can, however many are in it', () => {
    const simulation = new Simulation();
    const first = new Station(simulation, 'first', 3);
    const second = new Station(simulation, 'second', 2);
    let done = 0;
    function* customer(): Process {
      for (;;) {
        yield* first.serve(20);
        yield* second.serve(20);
        done += 1;
      }
    }
    for (let number = 0; number < 40; number += 1) simulation.start(customer());
    simulation.run(1_000);
    first.mark();
    second.mark();
    const before = done;
    simulation.run(11_000);
    // Two servers at 20 ms each: 100 a second for ten seconds; those of the other one are busy for 100 × 20 ms of 3 s a second.
    expect(done - before).toBe(1_000);
    expect(second.utilisation()).toBe(1);
    expect(first.utilisation()).toBeCloseTo(2 / 3, 10);
  });
});

describe('a simulation', () => {
  test('lets what is due at the same moment happen in the order in which it was made', () => {
    const simulation = new Simulation();
    const seen: number[] = [];
    for (const number of [1, 2, 3, 4, 5]) simulation.after(7, () => seen.push(number));
    simulation.after(3, () => seen.push(0));
    simulation.run();
    expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
    expect(simulation.nowMs).toBe(7);
  });

  test('gives the same for the same seed', () => {
    const look = (): Observed => observe(2, 0.1, (chance) => exponential(chance.fraction(), 10));
    expect(look()).toEqual(look());
  });
});
