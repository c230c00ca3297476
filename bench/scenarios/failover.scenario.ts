/** What customers notice when a process of each kind is killed under load, and how long they do. */
import { setTimeout as delay } from 'node:timers/promises';
import { auditLab } from '../../tests/chaos/support/audit-lab.ts';
import { say } from '../../tests/chaos/support/campaign-program.ts';
import type { ReportSection } from '../../tests/chaos/support/report.ts';
import { BenchShop } from '../support/bench-shop.ts';
import { startEngineForRun } from '../support/engine.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import { sustainableRate } from '../support/measure.ts';
import { percentile } from '../support/numbers.ts';
import { openLoop } from '../support/open-loop.ts';
import type { Scenario } from './scenario.ts';

const PROCESSES = 3;
const MAXIMUM_MEASURED_MS = 20_000;
const LOAD_PART = 0.5;
/** In this order, each after another stretch of the length that is asked for. */
const KILLED = ['api-2', 'order-worker-2', 'relay', 'projections'];
/** Not counted: connections are opened and caches filled. */
const WARM_UP_SECONDS = 10;
/** A second has too few requests for a p95 that means something by itself. */
const WINDOW_SECONDS = 5;
const SHOWN_SECONDS = { before: 5, after: 15 };
/** An order that is not whole by then counts as lost. */
const WHOLE_WITHIN_MS = 120_000;

/** One order, as the customer who placed it saw it. */
interface Seen {
  /** Since the load began, milliseconds. */
  readonly dueMs: number;
  /** From when it was due until it was taken, over all attempts. */
  readonly takenMs: number;
  /** From when it was due until it was charged, its mail sent, and all its events in the read model; null when never. */
  readonly wholeMs: number | null;
  /** What a customer who asks only once would have had to live with; null when the first answer was good. */
  readonly firstFailure: string | null;
}

interface Kill {
  readonly program: string;
  /** Since the load began, milliseconds. */
  readonly atMs: number;
  /** Until the next one was ready, milliseconds. */
  readonly goneMs: number;
}

interface Bin {
  /** Since the kill. */
  readonly second: number;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly wholeP95Ms: number;
  readonly firstFailures: number;
}

interface Failover extends Kill {
  /** Seconds from the kill until five seconds in which answers were as before; null when that was not seen. */
  readonly recoveredAfterSeconds: number | null;
  /** The same, of orders as a whole. */
  readonly wholeRecoveredAfterSeconds: number | null;
  readonly longestTakenMs: number;
  readonly longestWholeMs: number;
  readonly firstFailures: readonly string[];
  readonly bins: readonly Bin[];
}

export const failoverScenario: Scenario = {
  name: 'failover',
  question: 'A process of each kind is killed under load: what do customers notice, and for how long?',
  defaults: { rounds: 1, seconds: 30, inFlight: 40 },
  async run({ seconds, inFlight }, { stopAtEnd, stopping }) {
    const { engine } = await startEngineForRun(say, stopAtEnd);
    const shop = await BenchShop.start({
      engine,
      goal: 'captured',
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
    const lengthSeconds = WARM_UP_SECONDS + seconds * (KILLED.length + 1);
    const beganAt = performance.now();
    const [seen, kills] = await Promise.all([
      placeOrders(shop, { perSecond, seconds: lengthSeconds, stopping, beganAt }),
      killByTurns(shop, seconds, beganAt),
    ]);
    const level = levelsBefore(seen, (WARM_UP_SECONDS + seconds) * 1000);
    const failovers = kills.map((kill, index) =>
      failoverOf(kill, seen, level, kills[index + 1]?.atMs ?? lengthSeconds * 1000),
    );
    const lost = seen.filter(({ wholeMs }) => wholeMs === null).length;
    say(`${seen.length} orders were placed, ${lost} did not become whole; auditing`);
    const violations = await auditLab(shop.lab);
    const data = { maximum, perSecond, level, orders: seen.length, lost, violations, failovers };
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

async function killByTurns(shop: BenchShop, seconds: number, beganAt: number): Promise<readonly Kill[]> {
  const kills: Kill[] = [];
  for (const [index, program] of KILLED.entries()) {
    const dueMs = (WARM_UP_SECONDS + seconds * (index + 1)) * 1000;
    await delay(beganAt + dueMs - performance.now());
    const atMs = performance.now() - beganAt;
    await shop.lab.crash(program);
    const goneMs = performance.now() - beganAt - atMs;
    say(`${program} was killed, and another one was ready after ${goneMs.toFixed(0)} ms`);
    kills.push({ program, atMs, goneMs });
  }
  return kills;
}

interface Levels {
  readonly takenMs: number;
  readonly wholeMs: number;
}

const takenOf = ({ takenMs }: Seen): number => takenMs;
const wholeOf = ({ wholeMs }: Seen): number => wholeMs ?? Number.POSITIVE_INFINITY;

function dueWithin(seen: readonly Seen[], beginMs: number, endMs: number): readonly Seen[] {
  return seen.filter(({ dueMs }) => dueMs >= beginMs && dueMs < endMs);
}

function p95(seen: readonly Seen[], of: (one: Seen) => number): number {
  return percentile(seen.map(of), 0.95);
}

/** The worst five seconds before anything was killed: p95 by itself goes up and down that far. */
function levelsBefore(seen: readonly Seen[], firstKillMs: number): Levels {
  const windows: (readonly Seen[])[] = [];
  for (let beginMs = WARM_UP_SECONDS * 1000; beginMs + WINDOW_SECONDS * 1000 <= firstKillMs; beginMs += 1000)
    windows.push(dueWithin(seen, beginMs, beginMs + WINDOW_SECONDS * 1000));
  return {
    takenMs: Math.max(...windows.map((window) => p95(window, takenOf))),
    wholeMs: Math.max(...windows.map((window) => p95(window, wholeOf))),
  };
}

function failoverOf(kill: Kill, seen: readonly Seen[], level: Levels, endMs: number): Failover {
  const after = dueWithin(seen, kill.atMs, endMs);
  const recovered = (of: (one: Seen) => number, levelMs: number): number | null => {
    for (let second = 0; kill.atMs + (second + WINDOW_SECONDS) * 1000 <= endMs; second += 1) {
      const beginMs = kill.atMs + second * 1000;
      if (p95(dueWithin(seen, beginMs, beginMs + WINDOW_SECONDS * 1000), of) <= levelMs) return second;
    }
    return null;
  };
  const { before, after: later } = SHOWN_SECONDS;
  return {
    ...kill,
    recoveredAfterSeconds: recovered(takenOf, level.takenMs),
    wholeRecoveredAfterSeconds: recovered(wholeOf, level.wholeMs),
    longestTakenMs: Math.max(...after.map(takenOf)),
    longestWholeMs: Math.max(...after.map(wholeOf)),
    firstFailures: after.flatMap(({ firstFailure }) => firstFailure ?? []),
    bins: Array.from({ length: before + later }, (_, index) => binOf(seen, kill.atMs, index - before)),
  };
}

function binOf(seen: readonly Seen[], killMs: number, second: number): Bin {
  const due = dueWithin(seen, killMs + second * 1000, killMs + (second + 1) * 1000);
  return {
    second,
    requests: due.length,
    p50Ms: percentile(due.map(takenOf), 0.5),
    p95Ms: p95(due, takenOf),
    wholeP95Ms: p95(due, wholeOf),
    firstFailures: due.filter(({ firstFailure }) => firstFailure !== null).length,
  };
}

function sectionsOf(data: {
  readonly maximum: number;
  readonly perSecond: number;
  readonly level: Levels;
  readonly orders: number;
  readonly lost: number;
  readonly violations: readonly string[];
  readonly failovers: readonly Failover[];
}): readonly ReportSection[] {
  const { maximum, perSecond, level, orders, lost, violations, failovers } = data;
  return [
    {
      heading: 'A process of each kind killed under load',
      text:
        `${PROCESSES} processes of the API and ${PROCESSES} order workers, ${perSecond.toFixed(1)} orders a second, which is half of ` +
        `what they sustain (${maximum.toFixed(1)}). Before the first kill p95 of the answer was ${show(level.takenMs)} ms at its worst ` +
        `over ${WINDOW_SECONDS} s, of a whole order ${show(level.wholeMs)} ms. Customers repeat what fails with the same key at the next API; ` +
        `"first answer failed" is what those who do not would see. ${orders} orders were placed, ${lost} did not become whole; ` +
        `the auditor found ${violations.length === 0 ? 'nothing' : violations.join('; ')}.`,
      table: {
        columns: [
          'killed',
          'back after, ms',
          'answers as before after, s',
          'longest answer, ms',
          'first answer failed',
          'whole orders as before after, s',
          'longest whole order, ms',
        ],
        rows: failovers.map((one) => [
          one.program,
          show(one.goneMs),
          one.recoveredAfterSeconds ?? 'not seen',
          show(one.longestTakenMs),
          countByText(one.firstFailures),
          one.wholeRecoveredAfterSeconds ?? 'not seen',
          show(one.longestWholeMs),
        ]),
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
