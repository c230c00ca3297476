/** A real shop's orders, as its file has them: how fast they go through, what each line costs, and whether it adds up. */
import { sql } from 'drizzle-orm';
import { waitFor } from '../../embedded/wait-for.ts';
import { createApiClient, type ApiClient } from '../../src/cli/api/api-client.ts';
import { groupInvoices, type RetailPlan } from '../../src/cli/import-retail/group-invoices.ts';
import { parseRetailFile } from '../../src/cli/import-retail/parse-retail-file.ts';
import { isReconciled, reconcile, type Reconciliation } from '../../src/cli/import-retail/reconcile.ts';
import { Replay } from '../../src/cli/import-retail/replay.ts';
import { auditLab } from '../../tests/chaos/support/audit-lab.ts';
import { say, type Course } from '../../tests/chaos/support/campaign-program.ts';
import { BenchShop } from '../support/bench-shop.ts';
import { startEngineForRun } from '../support/engine.ts';
import { percentile } from '../support/numbers.ts';
import { readProcessorTimes, timeBetween } from '../support/processor-time.ts';
import type { Role } from '../support/subject.ts';
import type { Scenario } from './scenario.ts';

/** How long the service may put an order off, or be silent, before that is an error. */
const PATIENCE_MS = 10 * 60_000;
const SETTLE_MS = 10 * 60_000;
const REMARK_EVERY = 100;

interface Replayed {
  /** How many times faster than the shop's clock, or as fast as the service takes them. */
  readonly speed: 'max' | number;
  readonly orders: number;
  readonly lines: number;
  readonly cancellations: number;
  /** From the first order to the last answer. */
  readonly seconds: number;
  readonly answersMs: readonly number[];
  /** Processor milliseconds of everything, cancellations and refunds included; null where the system does not tell. */
  readonly processorMsByRole: Readonly<Record<Role, number>> | null;
  readonly reconciliation: Pick<Reconciliation, 'orders' | 'differenceMinor' | 'cancellations'>;
  readonly isReconciled: boolean;
  readonly violations: readonly string[];
}

export const retailScenario: Scenario = {
  name: 'retail',
  question: 'How fast do the recorded orders of a real shop go through, and do they add up? Needs --file',
  defaults: { rounds: 1, seconds: 240, inFlight: 40 },
  needsFile: true,
  async run({ file, seconds, rounds, inFlight }, course) {
    if (file === undefined) throw new Error('The scenario retail needs --file');
    const { digest, records } = await parseRetailFile(file);
    const plan = groupInvoices(records);
    const times = plan.sales.map(({ occurredAtMs }) => occurredAtMs);
    const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
    if (plan.sales.length === 0 || spanMs === 0)
      throw new Error(
        `${file} has no sales at different times; npm run saga -- import-retail --help says what it should be`,
      );
    const replays: Replayed[] = [];
    for (let round = 1; round <= rounds; round += 1)
      for (const speed of ['max', spanMs / (seconds * 1000)] as const) {
        const replayed = await replay({ plan, digest, speed, inFlight, course });
        say(`round ${round}: ${JSON.stringify({ ...replayed, answersMs: undefined })}`);
        replays.push(replayed);
      }
    const wrong = replays.filter((one) => !one.isReconciled || one.violations.length > 0);
    if (wrong.length > 0)
      throw new Error(
        `The orders do not add up: ${JSON.stringify(wrong.map(({ reconciliation, violations }) => ({ reconciliation, violations })))}`,
      );
    return { data: replays, sections: [sectionOf(replays)] };
  },
};

/** A shop and an engine for each, because there is one order for each invoice, however often it is asked for. */
async function replay(options: {
  readonly plan: RetailPlan;
  readonly digest: string;
  readonly speed: 'max' | number;
  readonly inFlight: number;
  readonly course: Course;
}): Promise<Replayed> {
  const { plan, digest, speed, inFlight, course } = options;
  const { engine } = await startEngineForRun(say, course.stopAtEnd);
  const shop = await BenchShop.start({ engine, skus: 0 });
  const stopShop = course.stopAtEnd(() => shop.stop());
  const answersMs: number[] = [];
  const api = timingOrders(
    createApiClient({
      baseUrl: shop.lab.addresses.apiUrl,
      apiKey: shop.lab.addresses.keys.importer,
      signal: course.stopping,
      busyPatienceMs: PATIENCE_MS,
      silencePatienceMs: PATIENCE_MS,
    }),
    answersMs,
  );
  const run = new Replay({ api, signal: course.stopping, waitMs: PATIENCE_MS }, plan, {
    stock: 'auto',
    digest,
    concurrency: inFlight,
    speed,
  });
  say(`items and stock for ${plan.sales.length} orders`);
  await run.prepareItems(() => undefined);
  const programs = [...shop.programs(), ...engine.programs()];
  const before = readProcessorTimes(programs);
  const beganAt = performance.now();
  await run.placeAndCancel(({ done, total }) => {
    if (done % REMARK_EVERY === 0) say(`${done} of ${total}`);
  });
  const seconds = (performance.now() - beganAt) / 1000;
  await settled(shop);
  const after = readProcessorTimes(programs);
  await run.lookAtOrders(() => undefined);
  const reconciliation = reconcile(run.state(null));
  const violations = await auditLab(shop.lab);
  await stopShop();
  await engine.stop();
  const used = before && after && timeBetween(before, after);
  const { orders, differenceMinor, cancellations } = reconciliation;
  return {
    speed,
    orders: plan.sales.length,
    lines: plan.sales.reduce((sum, { rows }) => sum + rows.length, 0),
    cancellations: cancellations.applied,
    seconds,
    answersMs,
    processorMsByRole: used && sumByRole(programs, used),
    reconciliation: { orders, differenceMinor, cancellations },
    isReconciled: isReconciled(reconciliation),
    violations,
  };
}

/** The same client, which notes how long each order took to be answered, with what it was put off. */
function timingOrders(api: ApiClient, answersMs: number[]): ApiClient {
  return {
    baseUrl: api.baseUrl,
    async call(call, reply) {
      const sentAt = performance.now();
      const answer = await api.call(call, reply);
      if (call.method === 'POST' && call.path === '/v1/orders') answersMs.push(performance.now() - sentAt);
      return answer;
    },
  };
}

/** Every order is charged or ended, and the read model has all of its events. */
async function settled({ lab }: BenchShop): Promise<void> {
  await waitFor(
    async () => {
      const [row] = await lab.database.query<{ open: number }>(
        'bench.retail_open',
        sql`SELECT count(*)::float8 AS open FROM orders
          LEFT JOIN projections.order_summaries AS summary ON summary.order_id = orders.id
          WHERE summary.last_sequence IS DISTINCT FROM orders.version
            OR (summary.captured_minor = 0 AND orders.status NOT IN ('cancelled', 'rejected'))`,
      );
      return row?.open === 0;
    },
    { timeoutMs: SETTLE_MS, intervalMs: 500, what: 'every order to be charged or ended' },
  );
}

function sumByRole(
  programs: ReturnType<BenchShop['programs']>,
  used: ReadonlyMap<string, number>,
): Record<Role, number> {
  const sums: Record<Role, number> = { own: 0, engine: 0, outside: 0, load: 0 };
  for (const { name, role } of programs) sums[role] += used.get(name) ?? 0;
  return sums;
}

function sectionOf(replays: readonly Replayed[]) {
  const ms = (value: number, digits = 0): string => value.toFixed(digits);
  return {
    heading: 'The recorded orders of a shop',
    text:
      'Each order has as many lines as its invoice, and cancellations are applied in between. Processor time is that of our programs and ' +
      'the engine, with what cancellations and refunds cost. Every replay was reconciled to the penny, and the auditor found nothing.',
    table: {
      columns: [
        'times real time',
        'orders',
        'lines',
        'cancellations',
        'orders/s',
        'lines/s',
        'p50 ms',
        'p95 ms',
        'p99 ms',
        'processor ms an order',
        'a line',
      ],
      rows: replays.map((one) => {
        const used = one.processorMsByRole;
        const processorMs = used === null ? Number.NaN : used.own + used.engine;
        return [
          one.speed === 'max' ? 'as fast as it goes' : ms(one.speed),
          one.orders,
          one.lines,
          one.cancellations,
          ms(one.orders / one.seconds, 1),
          ms(one.lines / one.seconds, 1),
          ...[0.5, 0.95, 0.99].map((part) => ms(percentile(one.answersMs, part))),
          ms(processorMs / one.orders),
          ms(processorMs / one.lines, 1),
        ];
      }),
    },
  };
}
