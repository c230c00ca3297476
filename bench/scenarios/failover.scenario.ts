/** What customers notice when a process of each kind is killed under load, and how long they do. */
import { setTimeout as delay } from 'node:timers/promises';
import { auditLab } from '../../tests/chaos/support/audit-lab.ts';
import { say } from '../../tests/chaos/support/campaign-program.ts';
import type { ReportSection } from '../../tests/chaos/support/report.ts';
import { BenchShop } from '../support/bench-shop.ts';
import { startEngineForRun } from '../support/engine.ts';
import {
  failoverOf,
  levelsBefore,
  NORMAL_TIMES,
  STRETCHES,
  WINDOW_SECONDS,
  type Failover,
  type Kill,
  type Levels,
  type Seen,
} from '../support/failover.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import { sustainableRate } from '../support/measure.ts';
import { openLoop } from '../support/open-loop.ts';
import { readProcessorTimes, timeBetween } from '../support/processor-time.ts';
import type { Scenario } from './scenario.ts';

const PROCESSES = 3;
const MAXIMUM_MEASURED_MS = 20_000;
const LOAD_PART = 0.5;
/** In this order, each after another stretch of the length that is asked for. */
const KILLED = ['api-2', 'order-worker-2', 'relay', 'projections'];
/** What is normal is watched for longer than what follows upon a kill. */
const STRETCHES_BEFORE = 2;
/** Not counted: connections are opened and caches filled. */
const WARM_UP_SECONDS = 10;
/** An order that is not whole by then counts as lost. */
const WHOLE_WITHIN_MS = 120_000;

export const failoverScenario: Scenario = {
  name: 'failover',
  question: 'A process of each kind is killed under load: what do customers notice, and for how long?',
  defaults: { rounds: 1, seconds: 30, inFlight: 40 },
  async run({ seconds, inFlight }, { stopAtEnd, stopping }) {
    const { engine } = await startEngineForRun(say, stopAtEnd);
    const shop = await BenchShop.start({
      engine,
      apis: PROCESSES,
      orderWorkers: PROCESSES,
    });
    stopAtEnd(() => shop.stop());
    const maximum = await sustainableRate(shop.subject('order'), {
      inFlight,
      measuredMs: MAXIMUM_MEASURED_MS,
      temporalAddress: engine.address,
    });
    const perSecond = maximum * LOAD_PART;
    say(`the sustainable rate is ${maximum.toFixed(1)} orders a second; half of it is placed`);
    const firstKillSeconds = WARM_UP_SECONDS + seconds * STRETCHES_BEFORE;
    const lengthSeconds = firstKillSeconds + seconds * KILLED.length;
    const beganAt = performance.now();
    const [seen, kills, shares] = await Promise.all([
      placeOrders(shop, { perSecond, seconds: lengthSeconds, stopping, beganAt }),
      killByTurns(shop, { firstSeconds: firstKillSeconds, everySeconds: seconds, beganAt }),
      sharesUntil(shop, beganAt + (firstKillSeconds - 1) * 1000),
    ]);
    const level = levelsBefore(seen, WARM_UP_SECONDS * 1000, firstKillSeconds * 1000);
    const failovers = kills.map((kill, index) =>
      failoverOf(kill, seen, level, kills[index + 1]?.atMs ?? lengthSeconds * 1000),
    );
    const lost = seen.filter(({ wholeMs }) => wholeMs === null).length;
    say(`${seen.length} orders were placed, ${lost} did not become whole; auditing`);
    const violations = await auditLab(shop.lab);
    const data = { maximum, perSecond, shares, level, orders: seen.length, lost, violations, failovers };
    say(JSON.stringify({ ...data, failovers: undefined }));
    return { data, sections: sectionsOf(data) };
  },
};

/** Customers who repeat what fails, with the same key and at the next API. */
async function placeOrders(
  shop: BenchShop,
  load: { perSecond: number; seconds: number; stopping: AbortSignal; beganAt: number },
): Promise<readonly Seen[]> {
  const wholeAt = new Map<string, number>();
  const whole: Promise<void>[] = [];
  const answers = await openLoop({
    ...load,
    send: async () => {
      const failures: string[] = [];
      const orderId = await shop.placeCarefully(shop.twoLines(), (failure) => {
        failures.push(describeFailure(failure));
      });
      whole.push(shop.watch.reached(orderId).then(() => void wholeAt.set(orderId, performance.now())));
      return { orderId, firstFailure: failures[0] ?? null };
    },
  });
  await Promise.race([Promise.all(whole), delay(WHOLE_WITHIN_MS)]);
  return answers.map(({ dueMs, latencyMs, answer }) => {
    if (answer instanceof Error) throw answer;
    const at = wholeAt.get(answer.orderId);
    return {
      dueMs,
      takenMs: latencyMs,
      wholeMs: at === undefined ? null : at - load.beganAt - dueMs,
      firstFailure: answer.firstFailure,
    };
  });
}

/** @throws Error for an answer that a repetition does not change */
function describeFailure(failure: HttpAnswer | Error): string {
  if (failure instanceof Error) return (failure as NodeJS.ErrnoException).code ?? failure.message;
  const code = /"code":"(\w+)"/.exec(failure.text)?.[1] ?? '';
  if (failure.status < 500 && code !== 'REQUEST_IN_PROGRESS')
    throw new Error(`An order was answered ${failure.status}: ${failure.text}`);
  return `${failure.status} ${code}`;
}

async function killByTurns(
  shop: BenchShop,
  times: { firstSeconds: number; everySeconds: number; beganAt: number },
): Promise<readonly Kill[]> {
  const { firstSeconds, everySeconds, beganAt } = times;
  const kills: Kill[] = [];
  for (const [index, program] of KILLED.entries()) {
    const dueMs = (firstSeconds + everySeconds * index) * 1000;
    await delay(beganAt + dueMs - performance.now());
    const atMs = performance.now() - beganAt;
    await shop.lab.crash(program);
    const goneMs = performance.now() - beganAt - atMs;
    say(`${program} was killed, and another one was ready after ${goneMs.toFixed(0)} ms`);
    kills.push({ program, atMs, goneMs });
  }
  return kills;
}

/** Milliseconds of processor time that each process of the API and each order worker uses from now on; null where nobody counts. */
async function sharesUntil(shop: BenchShop, atMs: number): Promise<Readonly<Record<string, number>> | null> {
  const programs = shop.programs().filter(({ name }) => /^(api|order-worker)/.test(name));
  const before = readProcessorTimes(programs);
  await delay(atMs - performance.now());
  const after = readProcessorTimes(programs);
  return before && after && Object.fromEntries(timeBetween(before, after));
}

function sectionsOf(data: {
  readonly maximum: number;
  readonly perSecond: number;
  readonly shares: Readonly<Record<string, number>> | null;
  readonly level: Levels;
  readonly orders: number;
  readonly lost: number;
  readonly violations: readonly string[];
  readonly failovers: readonly Failover[];
}): readonly ReportSection[] {
  const { maximum, perSecond, shares, level, orders, lost, violations, failovers } = data;
  return [
    {
      heading: 'A process of each kind killed under load',
      text:
        `${PROCESSES} processes of the API and ${PROCESSES} order workers, ${perSecond.toFixed(1)} orders a second, which is half of ` +
        `what they sustain (${maximum.toFixed(1)}). Before the first kill p95 of the answer was ${show(level.p95Ms)} ms, ${show(level.takenMs)} ms at its worst ` +
        `over ${WINDOW_SECONDS} s, and of whole orders ${show(level.wholeP95Ms)} ms. Answers are "as before" from when on no ` +
        `${WINDOW_SECONDS} s are worse than ${NORMAL_TIMES} times the worst. Customers repeat what fails with the same key at the next API; ` +
        `"first answer failed" is what those who do not would see. ${orders} orders were placed and in the end taken, ${lost} did not become ` +
        `whole; the auditor found ${violations.length === 0 ? 'nothing' : violations.join('; ')}.`,
      table: {
        columns: [
          'killed',
          'back after, ms',
          ...STRETCHES.map((name) => `p95 ${name} s after, ms`),
          'answers as before after, s',
          'longest answer, ms',
          'first answer failed',
          'longest whole order, ms',
        ],
        rows: failovers.map((one) => [
          one.program,
          show(one.goneMs),
          ...STRETCHES.map((name) => show(one.p95MsBySeconds[name] ?? Number.NaN)),
          one.recoveredAfterSeconds ?? 'not seen',
          show(one.longestTakenMs),
          countByText(one.firstFailures),
          show(one.longestWholeMs),
        ]),
      },
    },
    {
      heading: 'How they shared the work before the first kill',
      table: {
        columns: ['process', 'processor time, ms'],
        rows: Object.entries(shares ?? {}).map(([name, ms]) => [name, show(ms)]),
      },
    },
    ...failovers.map(({ program, bins }) => ({
      heading: `Around the kill of ${program}, by the second in which orders were due`,
      table: {
        columns: ['second', 'orders', 'p50, ms', 'p95, ms', 'p95 of whole orders, ms', 'first answer failed'],
        rows: bins.map((bin) => [
          bin.second,
          bin.requests,
          show(bin.p50Ms),
          show(bin.p95Ms),
          show(bin.wholeP95Ms),
          bin.firstFailures,
        ]),
      },
    })),
  ];
}

/** `12 ECONNREFUSED, 1 ECONNRESET`. */
function countByText(texts: readonly string[]): string {
  const counts = Map.groupBy(texts, (text) => text);
  return [...counts].map(([text, all]) => `${all.length} ${text}`).join(', ') || 'none';
}

function show(ms: number): string {
  return Number.isNaN(ms) ? '' : ms.toFixed(0);
}
