/** What was measured on a machine, as `npm run bench -- --only capacity` leaves it and `npm run capacity` reads it. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const amount = z.number().nonnegative();
/** Corrected for what idle programs use, so it may be a little less than nothing. */
const byProgram = z.record(z.string(), z.number());
/** Part of the cores that programs used that have nothing to do with it, from 0 to 1. */
const othersPart = z.number();
const quantiles = z.object({ p50: amount, p95: amount, p99: amount });

const measurementsSchema = z.object({
  measuredAt: z.iso.datetime(),
  commit: z.string(),
  machine: z.object({
    processor: z.string(),
    /** All programs, the simulated providers and the load share them. */
    cores: z.int().positive(),
    memoryGib: amount,
  }),
  /** As many orders as can be had, so that every core is taken. */
  busy: z.object({
    inFlight: z.int().positive(),
    perSecond: z.number().positive(),
    othersPart,
    /** Processor milliseconds an order. */
    processorMsByProgram: byProgram,
    /** Parts of the order worker's processor time, by the name of the thread; they sum to 1. */
    workerThreadShares: z.record(z.string(), amount),
    /** An order. */
    transactionsByDatabase: z.record(z.string(), amount),
    /** How much the databases grew for an order, bytes. */
    databaseBytes: z.object({ orders: amount, temporal: amount }),
    historyEvents: amount,
    stateTransitions: amount,
  }),
  /** One order at a time, with nothing else to do. Times are milliseconds an order. */
  alone: z.object({
    orders: z.int().positive(),
    othersPart,
    answerMs: quantiles,
    wholeMs: quantiles,
    processorMsBeforeAnswerByProgram: byProgram,
    processorMsByProgram: byProgram,
    idleProcessorMsPerSecondByProgram: byProgram,
  }),
  /** Orders that came as in a Poisson process, at several rates. */
  waits: z.array(
    z.object({
      perSecond: z.number().positive(),
      /** How much longer each call of the payment provider was made to take. */
      providerMs: amount,
      seconds: z.number().positive(),
      othersPart,
      requests: z.int().nonnegative(),
      /** Answered 201 or 202; the others were put off. */
      taken: z.int().nonnegative(),
      /** From when a request was due to its answer. */
      answerMs: quantiles,
      /** From when it was sent until it was charged, its mail sent, and its events consumed. */
      wholeMs: quantiles,
      processorMsByProgram: byProgram,
    }),
  ),
  /**
   * What comes after that, for each order and beyond what idle programs use: its parcels leave and arrive and the time for
   * returns passes, each of it long after the worker has forgotten the order.
   */
  end: z.object({
    orders: z.int().positive(),
    othersPart,
    processorMsByProgram: byProgram,
    transactionsByDatabase: z.record(z.string(), z.number()),
    databaseBytes: z.object({ orders: z.number(), temporal: z.number() }),
    historyEvents: amount,
    stateTransitions: amount,
  }),
});

const HOW_TO_MAKE_ONE = 'Make such a file with: npm run -s bench -- --only capacity --json > FILE';

export type Measurements = z.infer<typeof measurementsSchema>;

/** @throws Error that names the file and every field that is missing or wrong */
export function readMeasurements(file: string): Measurements {
  let parsed: ReturnType<typeof measurementsSchema.safeParse>;
  try {
    // As the program prints it, under the name of its scenario.
    const { capacity } = JSON.parse(readFileSync(file, 'utf8')) as { readonly capacity?: unknown };
    parsed = measurementsSchema.safeParse(capacity);
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}. ${HOW_TO_MAKE_ONE}`, {
      cause: error,
    });
  }
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new Error(`${file} holds no measurements (${problems}). ${HOW_TO_MAKE_ONE}`);
}

/**
 * Of rounds of one measurement each figure's mean, because the longest waits of a minute are a matter of luck; of numbers of things a
 * whole one. Texts are those of the last round.
 * @throws RangeError without any round
 */
export function meanOfRounds(rounds: readonly Measurements[]): Measurements {
  if (rounds.length === 0) throw new RangeError('There is no round to take the mean of');
  return measurementsSchema.parse(mean(rounds));
}

/** What an order takes from the request that places it to its end. */
export function wholeLifeOf({
  busy,
  end,
}: Measurements): Omit<Measurements['end'], 'orders' | 'othersPart' | 'processorMsByProgram'> {
  const names = Object.keys(busy.transactionsByDatabase);
  return {
    transactionsByDatabase: Object.fromEntries(
      names.map((name) => [
        name,
        (busy.transactionsByDatabase[name] ?? 0) + (end.transactionsByDatabase[name] ?? 0),
      ]),
    ),
    databaseBytes: {
      orders: busy.databaseBytes.orders + end.databaseBytes.orders,
      temporal: busy.databaseBytes.temporal + end.databaseBytes.temporal,
    },
    historyEvents: busy.historyEvents + end.historyEvents,
    stateTransitions: busy.stateTransitions + end.stateTransitions,
  };
}

function mean(values: readonly unknown[]): unknown {
  const last = values.at(-1);
  if (typeof last === 'number') {
    const numbers = values as readonly number[];
    const sum = numbers.reduce((all, value) => all + value, 0);
    return numbers.every(Number.isInteger) ? Math.round(sum / numbers.length) : sum / numbers.length;
  }
  if (Array.isArray(last))
    return last.map((_, index) => mean(values.map((value) => (value as unknown[])[index])));
  if (typeof last !== 'object' || last === null) return last;
  const ofName = (name: string): unknown =>
    mean(values.map((value) => (value as Record<string, unknown>)[name]));
  return Object.fromEntries(Object.keys(last).map((name) => [name, ofName(name)]));
}
