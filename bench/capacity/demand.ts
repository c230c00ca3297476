/** What an order asks of each program, from what was measured. */
import type { Measurements } from './measurements.ts';
import { processesOf, type Placement } from './placement.ts';
import { AFTER_ANSWER, BEFORE_ANSWER, type Doer, type Piece } from './order-way.ts';

/** Processor milliseconds of an order. */
export interface Demand {
  readonly beforeMs: number;
  readonly afterMs: number;
  /** For its end, long after; 0 where orders were measured of which none came to its end. */
  readonly endMs: number;
}

/** How an order's own time follows from its work: fitted to orders alone, with nobody else in their way. */
export interface Pace {
  /** Part of the work that is done one after the other; the rest is done beside it, and nobody waits for it. */
  readonly serialPart: number;
  /** What no processor is used for: the disk, timers, looks that come a little later. For each statement, milliseconds. */
  readonly waitMs: number;
}

export interface OrderDemands {
  readonly of: ReadonlyMap<Doer, Demand>;
  readonly before: Pace;
  readonly after: Pace;
  /** What a process of each uses whether or not orders come, processor milliseconds a second. */
  readonly idleMsPerSecond: ReadonlyMap<Doer, number>;
}

/** The programs as they are measured, by who does a piece. The order worker has three kinds of threads. */
const PROGRAM_OF: Readonly<Record<Doer, string>> = {
  api: 'api',
  'worker-native': 'order-worker-1',
  'worker-workflows': 'order-worker-1',
  'worker-activities': 'order-worker-1',
  temporal: 'temporal',
  'temporal-postgres': 'temporal-postgres',
  postgres: 'postgres',
  relay: 'relay',
  projections: 'projections',
  'maintenance-worker': 'maintenance-worker',
  'payment-provider': 'payment-provider',
  carrier: 'carrier',
  mail: 'mail',
  aws: 'aws',
  load: 'load',
};
export const DOERS = Object.keys(PROGRAM_OF) as readonly Doer[];

/** Names of Linux for the threads of a worker: JavaScript of the program, and of workflows; the others are native. */
const ACTIVITIES_THREAD = 'main thread';
const WORKFLOWS_THREAD = 'WorkerThread';
/** Until it is known to a thousandth how busy cores are. */
const HALVINGS = 10;

/**
 * What an order asks where cores are busy to that part. Less busy programs take more for each order: they find less to do at
 * once, and sleep and wake in between. So the work is drawn by straight lines between the rates that were measured.
 * @param utilisation part of the cores that is busy, from 0 to 1
 */
export function demandsAt(measurements: Measurements, utilisation: number): OrderDemands {
  const points = measuredWork(measurements);
  const from = points.findLast((point) => point.utilisation < utilisation) ?? points[0];
  const to = points.find((point) => point.utilisation >= utilisation) ?? points.at(-1);
  if (from === undefined || to === undefined) throw new Error('There is no rate that was measured');
  // Beyond the first and the last one nothing is known, so they hold there too.
  const part = from === to ? 0 : (utilisation - from.utilisation) / (to.utilisation - from.utilisation);
  const between = Object.entries(to.msByProgram).map(([name, ms]): [string, number] => {
    const fromMs = from.msByProgram[name] ?? ms;
    return [name, part <= 0 ? fromMs : fromMs + part * (ms - fromMs)];
  });
  return demandsOf(measurements, Object.fromEntries(between), measurements.end.processorMsByProgram);
}

/** What an order asks where so many come to so many cores: the more come, the busier they are, and the less each asks. */
export function demandsUnder(
  measurements: Measurements,
  placement: Placement,
  perSecond: number,
): OrderDemands {
  const { machines } = placement;
  const cores = machines.reduce((sum, machine) => sum + machine.cores, 0);
  const doers = machines.flatMap((machine) => machine.doers);
  const wants = (demands: OrderDemands): number =>
    doers.reduce((sum, doer) => {
      const idleMs = (demands.idleMsPerSecond.get(doer) ?? 0) * processesOf(placement, doer);
      return sum + totalMs(demands, doer) * perSecond + idleMs;
    }, 0) /
    (1000 * cores);
  let [low, high] = [0, 1];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (wants(demandsAt(measurements, middle)) > middle) low = middle;
    else high = middle;
  }
  return demandsAt(measurements, high);
}

interface MeasuredWork {
  readonly utilisation: number;
  readonly msByProgram: Readonly<Record<string, number>>;
}

/** By how busy the machine was; never none. */
function measuredWork(measurements: Measurements): readonly MeasuredWork[] {
  const { busy, waits, machine } = measurements;
  return [...waits.filter(({ providerMs }) => providerMs === 0), busy]
    .map((measured) => ({
      utilisation: (sumOf(measured.processorMsByProgram) * measured.perSecond) / 1000 / machine.cores,
      msByProgram: orderWorkOf(measurements, measured),
    }))
    .toSorted((one, other) => one.utilisation - other.utilisation);
}

/**
 * Processor milliseconds an order by program, without what programs use that only look for work: nobody waits for that, and it is
 * the same however many orders come.
 */
export function orderWorkOf(
  { alone }: Measurements,
  { perSecond, processorMsByProgram }: Pick<Measurements['busy'], 'perSecond' | 'processorMsByProgram'>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(processorMsByProgram).map(([name, ms]) => [
      name,
      Math.max(0, ms - (alone.idleProcessorMsPerSecondByProgram[name] ?? 0) / perSecond),
    ]),
  );
}

/**
 * What an order asks when programs take so much for one. How that is divided by the answer, and how much of it is in each
 * other's way, comes from orders alone.
 * @param msByProgram processor milliseconds an order, until it is charged and its events are consumed
 * @param endMsByProgram those of its end
 */
export function demandsOf(
  measurements: Measurements,
  msByProgram: Readonly<Record<string, number>>,
  endMsByProgram: Readonly<Record<string, number>> = {},
): OrderDemands {
  const { busy, alone } = measurements;
  const stretch = stretchOf(measurements);
  const of = new Map(
    DOERS.map((doer): [Doer, Demand] => {
      const program = PROGRAM_OF[doer];
      const part = stretch * threadShare(doer, busy.workerThreadShares);
      const ms = part * (msByProgram[program] ?? 0);
      const partBefore = has(BEFORE_ANSWER, doer)
        ? partOf(alone.processorMsBeforeAnswerByProgram[program], alone.processorMsByProgram[program])
        : 0;
      const beforeMs = has(AFTER_ANSWER, doer) ? ms * partBefore : ms;
      const endMs = part * Math.max(0, endMsByProgram[program] ?? 0);
      return [doer, { beforeMs, afterMs: ms - beforeMs, endMs }];
    }),
  );
  const idleMsPerSecond = new Map(
    DOERS.map((doer): [Doer, number] => {
      const idleMs = alone.idleProcessorMsPerSecondByProgram[PROGRAM_OF[doer]] ?? 0;
      return [doer, stretch * threadShare(doer, busy.workerThreadShares) * idleMs];
    }),
  );
  const onTheWay = new Set(BEFORE_ANSWER.map(({ by }) => PROGRAM_OF[by]));
  const beforeMs = sumOf(alone.processorMsBeforeAnswerByProgram, (program) => onTheWay.has(program));
  const afterMs = sumOf(alone.processorMsByProgram) - beforeMs;
  return {
    of,
    idleMsPerSecond,
    before: paceOf(alone.answerMs.p50, beforeMs, BEFORE_ANSWER),
    after: paceOf(alone.wholeMs.p50 - alone.answerMs.p50, afterMs, AFTER_ANSWER),
  };
}

/**
 * How much longer cores are taken than processes are charged for, at least 1. At the maximum everybody waits for cores, and still a
 * part of them stands idle: waking, changing over and what one waits for another take it.
 */
function stretchOf({ busy, machine }: Measurements): number {
  return Math.max(1, (machine.cores * 1000) / (busy.perSecond * sumOf(busy.processorMsByProgram)));
}

/** Milliseconds of an order, from its beginning to its end. */
export function totalMs({ of }: OrderDemands, doer: Doer): number {
  const { beforeMs, afterMs, endMs } = of.get(doer) ?? { beforeMs: 0, afterMs: 0, endMs: 0 };
  return beforeMs + afterMs + endMs;
}

export function isStatement({ by }: Piece): boolean {
  return by === 'postgres' || by === 'temporal-postgres';
}

function threadShare(doer: Doer, shares: Readonly<Record<string, number>>): number {
  const activities = shares[ACTIVITIES_THREAD] ?? 0;
  const workflows = shares[WORKFLOWS_THREAD] ?? 0;
  if (doer === 'worker-activities') return activities;
  if (doer === 'worker-workflows') return workflows;
  return doer === 'worker-native' ? 1 - activities - workflows : 1;
}

function has(way: readonly Piece[], doer: Doer): boolean {
  return way.some(({ by }) => by === doer);
}

function partOf(part = 0, whole = 0): number {
  return whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole));
}

function paceOf(tookMs: number, workMs: number, way: readonly Piece[]): Pace {
  if (tookMs <= workMs) return { serialPart: tookMs / workMs, waitMs: 0 };
  return { serialPart: 1, waitMs: (tookMs - workMs) / way.filter(isStatement).length };
}

function sumOf(
  msByProgram: Readonly<Record<string, number>>,
  isMeant: (program: string) => boolean = () => true,
): number {
  return Object.entries(msByProgram).reduce((sum, [program, ms]) => sum + (isMeant(program) ? ms : 0), 0);
}
