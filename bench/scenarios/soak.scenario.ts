/** Whether memory stays where it is over a long time at half of the maximum rate. */
import { say } from '../../tests/chaos/support/campaign-program.ts';
import { BenchShop } from '../support/bench-shop.ts';
import { startEngineForRun } from '../support/engine.ts';
import { sustainableRate } from '../support/measure.ts';
import { openLoop } from '../support/open-loop.ts';
import { residentBytes } from '../support/processor-time.ts';
import type { Scenario } from './scenario.ts';

const MAXIMUM_MEASURED_MS = 20_000;
const SAMPLE_EVERY_MS = 10_000;
const MEBIBYTE = 2 ** 20;
/** A shop's orders stay open for days, far more of them than a worker remembers; here each is open for this long. */
const RETURN_WINDOW_MS = 600_000;
const PARCEL_SPEED = { shippedAfterMs: 1_000, deliveredAfterMs: 1_000 };

interface Sample {
  readonly minutes: number;
  readonly bytesByProgram: Readonly<Record<string, number>>;
}

export const soakScenario: Scenario = {
  name: 'soak',
  question: 'Does memory stay where it is over an hour at half of the maximum rate?',
  defaults: { rounds: 1, seconds: 3600, inFlight: 40 },
  async run({ seconds, inFlight }, { stopAtEnd, stopping }) {
    const { engine } = await startEngineForRun(say, stopAtEnd);
    const shop = await BenchShop.start({
      engine,
      variables: { RETURN_WINDOW_MS: String(RETURN_WINDOW_MS) },
    });
    stopAtEnd(() => shop.stop());
    await shop.lab.control('carrier', 'PUT', 'speed', PARCEL_SPEED);
    const maximum = await sustainableRate(shop.subject('order'), {
      inFlight,
      measuredMs: MAXIMUM_MEASURED_MS,
      temporalAddress: engine.address,
    });
    const perSecond = maximum / 2;
    say(`${perSecond.toFixed(1)} orders a second for ${seconds} s`);
    const programs = shop
      .programs()
      .filter(({ role, hasChildren }) => role === 'own' && hasChildren !== true);
    const samples: Sample[] = [];
    const beganAt = performance.now();
    const sampling = setInterval(() => {
      const bytes = programs.map(({ name, pid }) => [name, residentBytes(pid) ?? 0] as const);
      samples.push({
        minutes: (performance.now() - beganAt) / 60_000,
        bytesByProgram: Object.fromEntries(bytes),
      });
    }, SAMPLE_EVERY_MS);
    const answers = await openLoop({ perSecond, seconds, send: () => shop.place(), stopping }).finally(() =>
      clearInterval(sampling),
    );
    const notTaken = answers.filter(({ answer }) => answer instanceof Error || answer.status >= 500);
    const minutes = [...new Set(notTaken.map(({ dueMs }) => Math.ceil(dueMs / 60_000)))];
    const when = minutes.length === 0 ? '' : ` (in minute ${minutes.join(', ')})`;
    const rows = programs.map(({ name }) => {
      const points = samples.map(
        ({ minutes, bytesByProgram }) => [minutes, bytesByProgram[name] ?? 0] as const,
      );
      // The first part is warming up.
      const settled = points.slice(Math.floor(points.length / 4));
      return [
        name,
        ((points.at(-1)?.[1] ?? 0) / MEBIBYTE).toFixed(0),
        (Math.max(...points.map(([, bytes]) => bytes)) / MEBIBYTE).toFixed(0),
        ((slope(settled) * 60) / MEBIBYTE).toFixed(1),
      ];
    });
    return {
      data: {
        perSecond,
        requests: answers.length,
        notTakenMs: notTaken.map(({ dueMs }) => Math.round(dueMs)),
        samples,
      },
      sections: [
        {
          heading: 'Memory over time at half of the maximum rate',
          text: `${answers.length} orders, each open for ${RETURN_WINDOW_MS / 60_000} minutes, ${perSecond.toFixed(1)} a second over ${seconds} s; ${notTaken.length} were not taken${when}. Resident memory; the slope is that of a line through the last three quarters.`,
          table: {
            columns: ['program', 'at the end, MiB', 'most, MiB', 'slope, MiB an hour'],
            rows,
          },
        },
      ],
    };
  },
};

/** Of the line through the points with the least squares, for each unit of the first. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (index: 0 | 1): number => points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}
