/** What an order of many lines costs, and whether each line costs the same. */
import { say } from '../../tests/chaos/support/campaign-program.ts';
import { BenchShop } from '../support/bench-shop.ts';
import { startEngineForRun } from '../support/engine.ts';
import { measureByTurns } from '../support/by-turns.ts';
import { median, withSpread } from '../support/numbers.ts';
import type { Scenario } from './scenario.ts';

/** The last is the longest invoice of the retail data. */
const LINES = [1, 75, 225, 675];
const RAMP_MS = 4_000;

export const bigOrderScenario: Scenario = {
  name: 'big-order',
  question: 'Does the cost of an order grow with its lines and no faster?',
  defaults: { rounds: 3, seconds: 20, inFlight: 4 },
  async run({ rounds, seconds, inFlight }, { stopAtEnd, stopping }) {
    const { engine } = await startEngineForRun(say, stopAtEnd);
    const shop = await BenchShop.start({ engine, skus: Math.max(...LINES) });
    stopAtEnd(() => shop.stop());
    const subjects = LINES.map((count) => {
      const lines = Array.from({ length: count }, (_, index) => ({ sku: shop.sku(index), quantity: 1 }));
      return shop.subject(`${count} lines`, () => lines);
    });
    const measurements = await measureByTurns(subjects, {
      rounds,
      inFlight,
      stopping,
      rampMs: RAMP_MS,
      measuredMs: seconds * 1000,
      temporalAddress: engine.address,
    });
    const of = new Map(LINES.map((count, index) => [count, measurements[index] ?? []]));
    const processorMs = (count: number): number[] =>
      (of.get(count) ?? []).map(
        ({ processorMsByRole }) => (processorMsByRole?.own ?? Number.NaN) + (processorMsByRole?.engine ?? 0),
      );
    const base = processorMs(LINES[0] ?? 1);
    return {
      data: Object.fromEntries(of),
      sections: [
        {
          heading: 'Orders of many lines',
          text: 'Processor time of our programs and the engine. The last column is what each further line costs; it stays the same when the cost grows with the lines.',
          table: {
            columns: [
              'lines',
              'orders/s',
              'median time, ms',
              'processor ms',
              'processor ms for each further line',
            ],
            rows: LINES.map((count) => [
              count,
              withSpread((of.get(count) ?? []).map(({ perSecond }) => perSecond)),
              withSpread(
                (of.get(count) ?? []).map(({ durationsMs }) => median(durationsMs)),
                0,
              ),
              withSpread(processorMs(count), 0),
              count === 1
                ? ''
                : withSpread(
                    processorMs(count).map((ms, round) => (ms - (base[round] ?? Number.NaN)) / (count - 1)),
                    2,
                  ),
            ]),
          },
        },
      ],
    };
  },
};
