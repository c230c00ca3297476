/**
 * What an order costs each program, before and after its answer, and how long customers wait at several rates: what
 * `npm run capacity` reckons with, and what it is held against.
 */
import { cpus, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { say } from '../../tests/chaos/support/campaign-program.ts';
import { commit } from '../../tests/chaos/support/report.ts';
import { meanOfRounds, type Measurements } from '../capacity/measurements.ts';
import { BenchShop } from '../support/bench-shop.ts';
import { startEngineForRun, type Engine } from '../support/engine.ts';
import { countTransactions, measure, sizeOfWorkflows } from '../support/measure.ts';
import { percentile } from '../support/numbers.ts';
import { openLoop } from '../support/open-loop.ts';
import { endOldestOrders } from '../support/order-ends.ts';
import { delayProvider } from '../support/provider-delay.ts';
import { timeByThread } from '../support/processor-profile.ts';
import {
  readMachineTime,
  readProcessorTimes,
  timeBetween,
  type ProcessorTimes,
} from '../support/processor-time.ts';
import type { RunningProgram } from '../support/subject.ts';
import type { Scenario } from './scenario.ts';

const RAMP_MS = 8_000;
const IDLE_MS = 15_000;
/** So many orders move in that time that a worker has forgotten one when it moves again (WORKFLOW_CACHE_SIZE). */
const FORGOTTEN_AFTER_SECONDS = 45;
const WORKER = 'order-worker-1';
/** Parts of the maximum rate, and what the payment provider takes there. */
const WAITS = [
  { part: 0.25, providerMs: 0 },
  { part: 0.5, providerMs: 0 },
  { part: 0.7, providerMs: 0 },
  { part: 0.5, providerMs: 150 },
];
/** Nobody has it, so that it is asked for again and again, as orders under way are. */
const NO_ORDER = 'ord_00000000000000000000000000';

export const capacityScenario: Scenario = {
  name: 'capacity',
  question: 'What does an order cost each program, and how long do customers wait? Read by npm run capacity',
  defaults: { rounds: 2, seconds: 60, inFlight: 40 },
  async run({ rounds, seconds, inFlight }, { stopAtEnd, stopping }) {
    const { engine } = await startEngineForRun(say, stopAtEnd);
    const shop = await BenchShop.start({
      engine,
      variables: { RETURN_WINDOW_MS: String(FORGOTTEN_AFTER_SECONDS * 1000) },
    });
    stopAtEnd(() => shop.stop());
    const lab = new CapacityLab(shop, engine, stopping);
    const all: Measurements[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const busy = await lab.busy(inFlight, seconds * 1000);
      say(`round ${round}: the maximum is ${busy.perSecond.toFixed(1)} orders a second`);
      const waits: Measurements['waits'] = [];
      for (const { part, providerMs } of WAITS) {
        const wait = await lab.waits(busy.perSecond * part, seconds, providerMs);
        say(JSON.stringify({ ...wait, processorMsByProgram: undefined }));
        waits.push(wait);
      }
      const alone = await lab.alone(seconds);
      all.push({ ...origin(), busy, alone, waits, end: await lab.end(busy) });
    }
    const data = meanOfRounds(all);
    return { data, sections: sectionsOf(data) };
  },
};

/** What is done to one shop, one after another. */
class CapacityLab {
  readonly #shop: BenchShop;
  readonly #engine: Engine;
  readonly #stopping: AbortSignal;

  constructor(shop: BenchShop, engine: Engine, stopping: AbortSignal) {
    this.#shop = shop;
    this.#engine = engine;
    this.#stopping = stopping;
  }

  #programs(): RunningProgram[] {
    return [...this.#shop.programs(), ...this.#engine.programs()];
  }

  /** Begins to watch what programs use that have nothing to do with it; the function that it gives tells. */
  #watchOthers(): () => number {
    const [beganAt, machine, ours] = [performance.now(), readMachineTime(), this.#times()];
    return () => {
      const used = [...timeBetween(ours, this.#times()).values()].reduce((sum, ms) => sum + ms, 0);
      const all = readMachineTime() - machine;
      return round((all - used) / (performance.now() - beganAt) / cpus().length);
    };
  }

  #times(): ProcessorTimes {
    const times = readProcessorTimes(this.#programs());
    if (times === null)
      throw new Error('This system does not tell who uses the processor (/proc is missing)');
    return times;
  }

  /** As many as can be had, all cores taken. */
  async busy(inFlight: number, measuredMs: number): Promise<Measurements['busy']> {
    const subject = this.#shop.subject('order');
    const options = { inFlight, rampMs: RAMP_MS, temporalAddress: this.#engine.address };
    // Plans and caches are warm before it counts.
    await measure(subject, { ...options, measuredMs: 5_000 });
    const pid = this.#shop.lab.pidOf(WORKER);
    const before = timeByThread(pid);
    const [sizesBefore, placedBefore] = [await this.#databaseBytes(), this.#shop.placed];
    const othersPart = this.#watchOthers();
    const measured = await measure(subject, { ...options, measuredMs });
    const [sizes, placed] = [await this.#databaseBytes(), this.#shop.placed - placedBefore];
    const threads = timeBetween(before, timeByThread(pid));
    const all = [...threads.values()].reduce((sum, ms) => sum + ms, 0);
    return {
      inFlight,
      perSecond: measured.perSecond,
      othersPart: othersPart(),
      processorMsByProgram: { ...measured.processorMsByProgram },
      workerThreadShares: Object.fromEntries([...threads].map(([name, ms]) => [name, ms / all])),
      transactionsByDatabase: { ...measured.transactionsByDatabase },
      databaseBytes: {
        orders: Math.round((sizes.orders - sizesBefore.orders) / placed),
        temporal: Math.round((sizes.temporal - sizesBefore.temporal) / placed),
      },
      historyEvents: measured.historyEvents ?? 0,
      stateTransitions: measured.stateTransitions ?? 0,
    };
  }

  async #databaseBytes(): Promise<{ readonly orders: number; readonly temporal: number }> {
    return {
      orders: await sizeOf(this.#shop.lab.addresses.databaseUrl),
      temporal: await sizeOf(this.#engine.databaseUrl),
    };
  }

  /** Orders that come when they come; each is followed until it is charged, its mail sent and its events consumed. */
  async waits(
    perSecond: number,
    seconds: number,
    providerMs: number,
  ): Promise<Measurements['waits'][number]> {
    await delayProvider(this.#shop, providerMs);
    const others = this.#watchOthers();
    const before = this.#times();
    const wholeMs: Promise<number>[] = [];
    const answers = await openLoop({
      perSecond,
      seconds,
      stopping: this.#stopping,
      send: async () => {
        const sentAt = performance.now();
        const answer = await this.#shop.place();
        if (answer.status === 201 || answer.status === 202)
          wholeMs.push(this.#shop.watch.reached(answer.orderId).then(() => performance.now() - sentAt));
        return answer;
      },
    });
    const whole = await Promise.all(wholeMs);
    const used = timeBetween(before, this.#times());
    const othersPart = others();
    await delayProvider(this.#shop, 0);
    const failed = answers.find(({ answer }) => answer instanceof Error);
    if (failed !== undefined) throw failed.answer;
    const taken = answers.filter(({ answer }) => 'status' in answer && answer.status < 300);
    return {
      perSecond,
      providerMs,
      seconds,
      othersPart,
      requests: answers.length,
      taken: taken.length,
      answerMs: quantiles(taken.map(({ latencyMs }) => latencyMs)),
      wholeMs: quantiles(whole),
      processorMsByProgram: perOrder(used, whole.length),
    };
  }

  /** One order at a time, with nothing else to do: what of it comes before the answer. */
  async alone(orders: number): Promise<Measurements['alone']> {
    const { processorMs: idle } = await this.#idlePerMs();
    const answerMs: number[] = [];
    const wholeMs: number[] = [];
    const othersPart = this.#watchOthers();
    const sums = { beforeAnswer: new Map<string, number>(), whole: new Map<string, number>() };
    for (let order = 0; order < orders; order += 1) {
      this.#stopping.throwIfAborted();
      const before = this.#times();
      const sentAt = performance.now();
      const { orderId, status, text } = await this.#shop.place();
      const answeredAt = performance.now();
      const answered = this.#times();
      if (status !== 201) throw new Error(`An order alone was answered ${status}: ${text}`);
      await this.#shop.watch.reached(orderId);
      const endedAt = performance.now();
      const ended = this.#times();
      answerMs.push(answeredAt - sentAt);
      wholeMs.push(endedAt - sentAt);
      addUsed(sums.beforeAnswer, timeBetween(before, answered), idle, answeredAt - sentAt);
      addUsed(sums.whole, timeBetween(before, ended), idle, endedAt - sentAt);
    }
    return {
      orders,
      othersPart: othersPart(),
      answerMs: quantiles(answerMs),
      wholeMs: quantiles(wholeMs),
      processorMsBeforeAnswerByProgram: perOrder(sums.beforeAnswer, orders),
      processorMsByProgram: perOrder(sums.whole, orders),
      idleProcessorMsPerSecondByProgram: Object.fromEntries(
        [...idle].map(([name, perMs]) => [name, round(perMs * 1000)]),
      ),
    };
  }

  /**
   * The ends of orders that were charged some time ago, as many a second as can be placed. Each of its three wakings finds that the
   * worker has forgotten the order.
   */
  async end({
    perSecond,
    historyEvents,
    stateTransitions,
  }: Measurements['busy']): Promise<Measurements['end']> {
    const idle = await this.#idlePerMs();
    const [beganAt, before, others] = [performance.now(), await this.#used(), this.#watchOthers()];
    const ids = await endOldestOrders(this.#shop, {
      perSecond,
      seconds: FORGOTTEN_AFTER_SECONDS,
      stopping: this.#stopping,
    });
    const [tookMs, othersPart, after] = [performance.now() - beganAt, others(), await this.#used()];
    const each = (name: string, all: number, idlePerMs: number): [string, number] => [
      name,
      round((all - idlePerMs * tookMs) / ids.length),
    ];
    const bytes = (name: 'orders' | 'temporal'): number =>
      Math.round((after.bytes[name] - before.bytes[name]) / ids.length);
    const sizes = await sizeOfWorkflows(this.#engine.address, ids.slice(-20));
    return {
      orders: ids.length,
      othersPart,
      processorMsByProgram: Object.fromEntries(
        [...timeBetween(before.times, after.times)].map(([name, ms]) =>
          each(name, ms, idle.processorMs.get(name) ?? 0),
        ),
      ),
      transactionsByDatabase: Object.fromEntries(
        Object.entries(after.transactions).map(([name, count]) =>
          each(name, count - (before.transactions[name] ?? 0), idle.transactions[name] ?? 0),
        ),
      ),
      databaseBytes: { orders: bytes('orders'), temporal: bytes('temporal') },
      historyEvents: (sizes.historyEvents ?? 0) - historyEvents,
      stateTransitions: (sizes.stateTransitions ?? 0) - stateTransitions,
    };
  }

  async #used(): Promise<{
    readonly times: ProcessorTimes;
    readonly transactions: Readonly<Record<string, number>>;
    readonly bytes: { readonly orders: number; readonly temporal: number };
  }> {
    const transactions = await countTransactions(this.#shop.subject('order').databases);
    return { transactions, bytes: await this.#databaseBytes(), times: this.#times() };
  }

  /** What is used by programs that have nothing to do but look for work; for each millisecond. */
  async #idlePerMs(): Promise<{
    readonly processorMs: ReadonlyMap<string, number>;
    readonly transactions: Readonly<Record<string, number>>;
  }> {
    void this.#shop.watch.reached(NO_ORDER);
    const before = await this.#used();
    await delay(IDLE_MS);
    const after = await this.#used();
    const perMs = (name: string, all: number): [string, number] => [name, all / IDLE_MS];
    return {
      processorMs: new Map([...timeBetween(before.times, after.times)].map(([name, ms]) => perMs(name, ms))),
      transactions: Object.fromEntries(
        Object.entries(after.transactions).map(([name, count]) =>
          perMs(name, count - (before.transactions[name] ?? 0)),
        ),
      ),
    };
  }
}

/** Of a database on disk, bytes. */
async function sizeOf(url: string): Promise<number> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    const [row] = await sql<
      { bytes: number }[]
    >`SELECT pg_database_size(current_database())::float8 AS bytes`;
    return row?.bytes ?? 0;
  } finally {
    await sql.end();
  }
}

function addUsed(
  sums: Map<string, number>,
  used: ReadonlyMap<string, number>,
  idlePerMs: ReadonlyMap<string, number>,
  tookMs: number,
): void {
  for (const [name, ms] of used)
    sums.set(name, (sums.get(name) ?? 0) + ms - (idlePerMs.get(name) ?? 0) * tookMs);
}

function perOrder(used: ReadonlyMap<string, number>, orders: number): Record<string, number> {
  return Object.fromEntries([...used].map(([name, ms]) => [name, round(ms / orders)]));
}

function quantiles(values: readonly number[]): { p50: number; p95: number; p99: number } {
  return {
    p50: round(percentile(values, 0.5)),
    p95: round(percentile(values, 0.95)),
    p99: round(percentile(values, 0.99)),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function origin(): Pick<Measurements, 'measuredAt' | 'commit' | 'machine'> {
  const [processor] = cpus();
  return {
    measuredAt: new Date().toISOString(),
    commit: commit(),
    machine: {
      processor: processor?.model ?? 'unknown',
      cores: cpus().length,
      memoryGib: round(totalmem() / 2 ** 30),
    },
  };
}

function sectionsOf({ busy, alone, waits, end }: Measurements) {
  const programs = Object.keys(busy.processorMsByProgram);
  const ms = (times: Readonly<Record<string, number>>, name: string): string =>
    (times[name] ?? Number.NaN).toFixed(1);
  return [
    {
      heading: 'Processor time of an order, milliseconds',
      text: `Busy: ${busy.inFlight} orders in flight, ${busy.perSecond.toFixed(1)} a second, while other programs used ${percent(busy.othersPart)} of the cores. Alone: one order at a time, less what idle programs use. Its end: parcels leave and arrive and the time for returns passes, of ${end.orders} orders that the worker had forgotten, also less what idle programs use.`,
      table: {
        columns: ['program', 'busy', 'alone', 'of it before the answer', 'its end', 'idle, ms a second'],
        rows: programs.map((name) => [
          name,
          ms(busy.processorMsByProgram, name),
          ms(alone.processorMsByProgram, name),
          ms(alone.processorMsBeforeAnswerByProgram, name),
          ms(end.processorMsByProgram, name),
          ms(alone.idleProcessorMsPerSecondByProgram, name),
        ]),
      },
    },
    {
      heading:
        'Waiting for the answer, and until an order is charged and its events are consumed, milliseconds',
      table: {
        columns: [
          'orders/s',
          'provider takes',
          'requests',
          'taken',
          'p50',
          'p95',
          'p99',
          'whole p50',
          'whole p95',
          'others',
        ],
        rows: [
          [
            'one at a time',
            0,
            alone.orders,
            alone.orders,
            ...cells(alone.answerMs),
            ...cells(alone.wholeMs).slice(0, 2),
            percent(alone.othersPart),
          ],
          ...waits.map((wait) => [
            wait.perSecond.toFixed(1),
            wait.providerMs,
            wait.requests,
            wait.taken,
            ...cells(wait.answerMs),
            ...cells(wait.wholeMs).slice(0, 2),
            percent(wait.othersPart),
          ]),
        ],
      },
    },
  ];
}

function cells({ p50, p95, p99 }: { p50: number; p95: number; p99: number }): string[] {
  return [p50, p95, p99].map((value) => value.toFixed(0));
}

function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`;
}
