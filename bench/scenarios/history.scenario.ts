/** Whether the orders of the past make those of today slower. */
import { sql } from 'drizzle-orm';
import { waitFor } from '../../embedded/wait-for.ts';
import { say } from '../../tests/chaos/support/campaign-program.ts';
import { historySku, loadHistory } from '../../tests/support/history.ts';
import { withOfflineDatabase } from '../../tests/support/offline-database.ts';
import { BenchShop, type Line } from '../support/bench-shop.ts';
import { startEngineForRun } from '../support/engine.ts';
import { measure, type Measurement } from '../support/measure.ts';
import { median, withSpread } from '../support/numbers.ts';
import type { Scenario } from './scenario.ts';

const ORDERS = 1_000_000;
const SKUS = 100_000;
/** After which every order of the past is at its end, as the simulated providers and Temporal know nothing of them. */
const ENDS_DAYS_AGO = 40;
const RAMP_MS = 8_000;
const COPY = 'history_copy';
const NEVER_MS = '86400000';
/** Jobs that would hold the past against providers and Temporal, or tidy it up in the middle of a measurement. */
const WITHOUT_JOBS = {
  AUDIT_INTERVAL_MS: NEVER_MS,
  RECONCILE_INTERVAL_MS: NEVER_MS,
  REAP_INTERVAL_MS: NEVER_MS,
};

export const historyScenario: Scenario = {
  name: 'history',
  question:
    'How much slower are orders beside a million stored ones and 100,000 items than in an empty database?',
  defaults: { rounds: 3, seconds: 30, inFlight: 40 },
  async run({ rounds, seconds, inFlight }, { stopAtEnd, stopping }) {
    const { engine } = await startEngineForRun(say, stopAtEnd);
    const open = async (name: string): Promise<BenchShop> => {
      // Both on one Temporal server, each with queues of its own.
      const variables = {
        ...WITHOUT_JOBS,
        TEMPORAL_TASK_QUEUE: `orders-${name}`,
        MAINTENANCE_TASK_QUEUE: `maintenance-${name}`,
      };
      const shop = await BenchShop.start({ engine, variables });
      stopAtEnd(() => shop.stop());
      return shop;
    };
    const [empty, full] = [await open('empty'), await open('full')];
    await fill(full);
    const anyTwo = (): Line[] => {
      const first = Math.floor(Math.random() * SKUS);
      return [first, (first + 1) % SKUS].map((index) => ({ sku: historySku(index), quantity: 1 }));
    };
    const subjects = [empty.subject('an empty database'), full.subject('a million orders', anyTwo)];
    const measurements: Measurement[][] = [[], []];
    for (let round = 1; round <= rounds; round += 1)
      for (const [index, subject] of subjects.entries()) {
        stopping.throwIfAborted();
        const measurement = await measure(subject, {
          inFlight,
          rampMs: RAMP_MS,
          measuredMs: seconds * 1000,
          temporalAddress: engine.address,
        });
        say(`round ${round}: ${subject.name} ${measurement.perSecond.toFixed(1)}/s`);
        measurements[index]?.push(measurement);
      }
    const [without = [], beside = []] = measurements;
    const ratios = beside.map(
      ({ perSecond }, round) => perSecond / (without[round]?.perSecond ?? Number.NaN),
    );
    const outboxes = await Promise.all([empty, full].map(outboxOf));
    return {
      data: { empty: without, history: beside, ratios, outboxes },
      sections: [
        {
          heading: 'Beside a million stored orders',
          text: `Orders of two lines each, by turns; the ratio is taken within each round. The past: ${ORDERS.toLocaleString('en')} orders over a year, all at their end, with all their rows, and ${SKUS.toLocaleString('en')} items, over which today's orders are spread too. The outbox is what its table takes up after all rounds, and how many events went through it.`,
          table: {
            columns: [
              '',
              'orders/s',
              'as a part of an empty database',
              'median time, ms',
              'PostgreSQL, ms an order',
              'outbox, kB',
              'events',
            ],
            rows: subjects.map(({ name }, index) => {
              const of = measurements[index] ?? [];
              return [
                name,
                withSpread(of.map(({ perSecond }) => perSecond)),
                index === 0 ? '1' : withSpread(ratios, 2),
                withSpread(
                  of.map(({ durationsMs }) => median(durationsMs)),
                  0,
                ),
                withSpread(
                  of.map(({ processorMsByProgram }) => processorMsByProgram?.['postgres'] ?? Number.NaN),
                ),
                outboxes[index]?.kilobytes ?? '',
                outboxes[index]?.events ?? '',
              ];
            }),
          },
        },
      ],
    };
  },
};

/** Fills a copy of the shop's database, where nobody is at work, and puts it in its place. */
async function fill({ lab }: BenchShop): Promise<void> {
  const { postgresAdminUrl, databaseUrl } = lab.addresses;
  const whileAway = (work: Parameters<typeof withOfflineDatabase>[2]): Promise<void> =>
    withOfflineDatabase(postgresAdminUrl, databaseUrl, work);
  await whileAway((admin, name) => admin.unsafe(`CREATE DATABASE ${COPY} TEMPLATE ${name}`));
  await loadHistory(databaseUrl.replace(/[^/]+$/, COPY), {
    orders: ORDERS,
    skus: SKUS,
    endsDaysAgo: ENDS_DAYS_AGO,
    say: (text) => say(`loading a million orders: ${text}`),
  });
  await whileAway(async (admin, name) => {
    await admin.unsafe(`DROP DATABASE ${name}`);
    await admin.unsafe(`ALTER DATABASE ${COPY} RENAME TO ${name}`);
  });
  await waitFor(async () => (await fetch(`${lab.apiUrls[0]}/readyz`)).ok, {
    timeoutMs: 60_000,
    what: 'the API to find its database',
  });
}

/** Rows come and go all the time, so its size tells whether what they leave behind is used again. */
async function outboxOf({
  lab,
}: BenchShop): Promise<{ readonly kilobytes: number; readonly events: number }> {
  const [outbox] = await lab.database.query<{ kilobytes: number; events: number }>(
    'bench.outbox',
    sql`SELECT (pg_total_relation_size('outbox') / 1024)::bigint AS kilobytes, n_tup_ins AS events
      FROM pg_stat_user_tables WHERE relname = 'outbox'`,
  );
  if (outbox === undefined) throw new Error('There is an outbox');
  return outbox;
}
