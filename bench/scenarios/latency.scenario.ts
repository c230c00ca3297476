/** How long a customer waits for the first answer at half of what the machine can do. */
import { say } from '../../tests/chaos/support/campaign-program.ts';
import { BenchShop } from '../support/bench-shop.ts';
import { startEngineForRun } from '../support/engine.ts';
import { sustainableRate } from '../support/measure.ts';
import { percentile } from '../support/numbers.ts';
import { openLoop } from '../support/open-loop.ts';
import { delayProvider } from '../support/provider-delay.ts';
import type { Scenario } from './scenario.ts';

const MAXIMUM_MEASURED_MS = 15_000;
/** What a payment provider takes for one call: at once, and as one does that is far away. */
const PROVIDER_DELAYS_MS = [0, 150];

interface Waited {
  readonly providerDelayMs: number;
  readonly perSecond: number;
  readonly requests: number;
  readonly confirmed: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export const latencyScenario: Scenario = {
  name: 'latency',
  question: 'How long does a customer wait for the answer at half of the maximum rate?',
  defaults: { rounds: 2, seconds: 60, inFlight: 40 },
  async run({ rounds, seconds, inFlight }, { stopAtEnd, stopping }) {
    const { engine } = await startEngineForRun(say, stopAtEnd);
    const shop = await BenchShop.start({ engine });
    stopAtEnd(() => shop.stop());
    const waited: Waited[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      for (const providerDelayMs of PROVIDER_DELAYS_MS) {
        await delayProvider(shop, providerDelayMs);
        const maximum = await sustainableRate(shop.subject('order'), {
          inFlight,
          measuredMs: MAXIMUM_MEASURED_MS,
          temporalAddress: engine.address,
        });
        const perSecond = maximum / 2;
        const result = await waitAt(shop, perSecond, seconds, stopping);
        const line = { providerDelayMs, perSecond, ...result };
        say(`round ${round}: ${JSON.stringify(line)}`);
        waited.push(line);
      }
    }
    return {
      data: waited,
      sections: [
        {
          heading: 'Waiting for the answer at half of the maximum rate',
          text: 'Open loop: requests come as in a Poisson process, whether or not earlier ones are answered, and times count from when each was due. The maximum is measured just before, with as many orders in flight as said.',
          table: {
            columns: [
              'provider takes, ms',
              'orders/s',
              'requests',
              'confirmed',
              'p50 ms',
              'p95 ms',
              'p99 ms',
              'longest ms',
            ],
            rows: waited.map((line) => [
              line.providerDelayMs,
              line.perSecond.toFixed(1),
              line.requests,
              line.confirmed,
              ...[line.p50Ms, line.p95Ms, line.p99Ms, line.maxMs].map((ms) => ms.toFixed(0)),
            ]),
          },
        },
      ],
    };
  },
};

async function waitAt(
  shop: BenchShop,
  perSecond: number,
  seconds: number,
  stopping: AbortSignal,
): Promise<Omit<Waited, 'providerDelayMs' | 'perSecond'>> {
  const answers = await openLoop({ perSecond, seconds, send: () => shop.place(), stopping });
  const failed = answers.find(({ answer }) => answer instanceof Error);
  if (failed !== undefined) throw failed.answer;
  const latencies = answers.map(({ latencyMs }) => latencyMs);
  return {
    requests: answers.length,
    confirmed: answers.filter(({ answer }) => !(answer instanceof Error) && answer.status === 201).length,
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
    p99Ms: percentile(latencies, 0.99),
    maxMs: Math.max(...latencies),
  };
}
