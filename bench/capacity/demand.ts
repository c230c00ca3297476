/** What an order asks of each program, from what was measured. */
import type { Measurements } from './measurements.ts';
import { AFTER_ANSWER, BEFORE_ANSWER, type Doer, type Piece } from './order-way.ts';

/** Processor milliseconds of an order. */
export interface Demand {
  readonly beforeMs: number;
  readonly afterMs: number;
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

/**
 * The work is that of a busy machine, which is what is planned for; only how it is divided by the answer, and how much of it
 * is in each other's way, comes from orders alone.
 */
export function demandsFrom({ busy, alone }: Measurements): OrderDemands {
  const of = new Map(
    DOERS.map((doer): [Doer, Demand] => {
      const program = PROGRAM_OF[doer];
      const ms = (busy.processorMsByProgram[program] ?? 0) * threadShare(doer, busy.workerThreadShares);
      const partBefore = has(BEFORE_ANSWER, doer)
        ? partOf(alone.processorMsBeforeAnswerByProgram[program], alone.processorMsByProgram[program])
        : 0;
      const beforeMs = has(AFTER_ANSWER, doer) ? ms * partBefore : ms;
      return [doer, { beforeMs, afterMs: ms - beforeMs }];
    }),
  );
  const sum = (when: keyof Demand): number => [...of.values()].reduce((all, demand) => all + demand[when], 0);
  return {
    of,
    before: paceOf(alone.answerMs.p50, sum('beforeMs'), BEFORE_ANSWER),
    after: paceOf(alone.wholeMs.p50 - alone.answerMs.p50, sum('afterMs'), AFTER_ANSWER),
  };
}

/** Milliseconds of an order, before and after its answer. */
export function totalMs({ of }: OrderDemands, doer: Doer): number {
  const { beforeMs, afterMs } = of.get(doer) ?? { beforeMs: 0, afterMs: 0 };
  return beforeMs + afterMs;
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
