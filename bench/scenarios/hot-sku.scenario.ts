/** Whether orders for one item that everybody wants are held up by each other. */
import { say } from '../../tests/chaos/support/campaign-program.ts';
import { BenchShop } from '../support/bench-shop.ts';
import { startEngineForRun } from '../support/engine.ts';
import { measureByTurns } from '../support/by-turns.ts';
import { median, withSpread } from '../support/numbers.ts';
import type { Scenario } from './scenario.ts';

const RAMP_MS = 6_000;

export const hotSkuScenario: Scenario = {
  name: 'hot-sku',
  question: 'How much slower are orders that all want one item than orders for many items?',
  defaults: { rounds: 3, seconds: 20, inFlight: 40 },
  async run({ rounds, seconds, inFlight }, { stopAtEnd, stopping }) {
    const { engine } = await startEngineForRun(say, stopAtEnd);
    const shop = await BenchShop.start({ engine });
    stopAtEnd(() => shop.stop());
    const one = (index: number) => [{ sku: shop.sku(index), quantity: 1 }];
    const subjects = [
      shop.subject('many items', () => one(Math.floor(Math.random() * shop.skus.length))),
      shop.subject('one item', () => one(0)),
    ];
    const measurements = await measureByTurns(subjects, {
      rounds,
      inFlight,
      stopping,
      rampMs: RAMP_MS,
      measuredMs: seconds * 1000,
      temporalAddress: engine.address,
    });
    const [spread = [], hot = []] = measurements;
    const ratios = hot.map(({ perSecond }, round) => perSecond / (spread[round]?.perSecond ?? Number.NaN));
    return {
      data: { spread, hot, ratios },
      sections: [
        {
          heading: 'One item that everybody wants',
          text: 'Orders of one line each. The ratio is taken within each round.',
          table: {
            columns: ['', 'orders/s', 'median time, ms', 'as a part of many items'],
            rows: subjects.map(({ name }, index) => [
              name,
              withSpread((measurements[index] ?? []).map(({ perSecond }) => perSecond)),
              withSpread(
                (measurements[index] ?? []).map(({ durationsMs }) => median(durationsMs)),
                0,
              ),
              index === 0 ? '1' : withSpread(ratios, 2),
            ]),
          },
        },
      ],
    };
  },
};
