/** One measurement of one subject: its rate, and what one of it costs. */
import { Connection } from '@temporalio/client';
import postgres from 'postgres';
import { closedLoop } from './closed-loop.ts';
import { median } from './numbers.ts';
import { readProcessorTimes, timeBetween, type ProcessorTimes } from './processor-time.ts';
import type { Role, Subject } from './subject.ts';

export interface MeasureOptions {
  readonly inFlight: number;
  readonly rampMs: number;
  readonly measuredMs: number;
  readonly temporalAddress: string;
}

export interface Measurement {
  readonly subject: string;
  readonly perSecond: number;
  readonly done: number;
  readonly durationsMs: readonly number[];
  /** Processor milliseconds for each one that was done, by program; null where the system does not tell. */
  readonly processorMsByProgram: Readonly<Record<string, number>> | null;
  readonly processorMsByRole: Readonly<Record<Role, number>> | null;
  /** Transactions for each one that was done, by database. */
  readonly transactionsByDatabase: Readonly<Record<string, number>>;
  /** Of its workflow; null where there is none in Temporal. */
  readonly historyEvents: number | null;
  readonly stateTransitions: number | null;
}

const RAMP_MS = 8_000;

/** What the service holds: its rate in a closed loop, measured just before what is to be compared with it. */
export async function sustainableRate(
  subject: Subject,
  options: Pick<MeasureOptions, 'inFlight' | 'measuredMs' | 'temporalAddress'>,
): Promise<number> {
  const { perSecond } = await measure(subject, { ...options, rampMs: RAMP_MS });
  return perSecond;
}

interface Reading {
  readonly times: ProcessorTimes | null;
  readonly transactions: Readonly<Record<string, number>>;
}

export async function measure(subject: Subject, options: MeasureOptions): Promise<Measurement> {
  const readings: Reading[] = [];
  const result = await closedLoop({
    inFlight: options.inFlight,
    rampMs: options.rampMs,
    measuredMs: options.measuredMs,
    run: subject.run,
    onMeasure: async () => {
      readings.push({
        times: readProcessorTimes(subject.programs()),
        transactions: await countTransactions(subject.databases),
      });
    },
  });
  const [begin, end] = readings;
  if (begin === undefined || end === undefined) throw new Error('Nothing was measured');
  const { done, seconds, durationsMs } = result;
  if (done === 0) throw new Error(`${subject.name}: none was done in ${seconds.toFixed(0)} s`);
  const processorMsByProgram = perUnit(begin.times, end.times, done);
  return {
    subject: subject.name,
    perSecond: done / seconds,
    done,
    durationsMs,
    processorMsByProgram,
    processorMsByRole: processorMsByProgram && byRole(subject, processorMsByProgram),
    transactionsByDatabase: Object.fromEntries(
      Object.keys(subject.databases).map((name) => [
        name,
        ((end.transactions[name] ?? 0) - (begin.transactions[name] ?? 0)) / done,
      ]),
    ),
    ...(await sizeOfWorkflows(options.temporalAddress, subject.recentWorkflowIds())),
  };
}

function perUnit(
  begin: ProcessorTimes | null,
  end: ProcessorTimes | null,
  done: number,
): Record<string, number> | null {
  if (begin === null || end === null) return null;
  return Object.fromEntries([...timeBetween(begin, end)].map(([name, ms]) => [name, ms / done]));
}

function byRole(subject: Subject, times: Readonly<Record<string, number>>): Record<Role, number> {
  const sums: Record<Role, number> = { own: 0, engine: 0, outside: 0, load: 0 };
  for (const { name, role } of subject.programs()) sums[role] += times[name] ?? 0;
  return sums;
}

/** Every statement of ours is a transaction of its own. */
export async function countTransactions(
  databases: Readonly<Record<string, string>>,
): Promise<Record<string, number>> {
  const counts = await Promise.all(
    Object.entries(databases).map(async ([name, url]) => {
      const sql = postgres(url, { max: 1, onnotice: () => undefined });
      try {
        const [row] = await sql<{ count: number }[]>`
          SELECT (xact_commit + xact_rollback)::float8 AS count FROM pg_stat_database WHERE datname = current_database()`;
        return [name, row?.count ?? 0] as const;
      } finally {
        await sql.end();
      }
    }),
  );
  return Object.fromEntries(counts);
}

/** Medians of how long the histories are and how often the server had to write them. */
export async function sizeOfWorkflows(
  address: string,
  workflowIds: readonly string[],
): Promise<Pick<Measurement, 'historyEvents' | 'stateTransitions'>> {
  if (workflowIds.length === 0) return { historyEvents: null, stateTransitions: null };
  const connection = await Connection.connect({ address });
  try {
    const infos = await Promise.all(
      workflowIds.map(async (workflowId) => {
        const { workflowExecutionInfo } = await connection.workflowService.describeWorkflowExecution({
          namespace: 'default',
          execution: { workflowId },
        });
        return workflowExecutionInfo;
      }),
    );
    return {
      historyEvents: median(infos.map((info) => Number(info?.historyLength ?? 0))),
      stateTransitions: median(infos.map((info) => Number(info?.stateTransitionCount ?? 0))),
    };
  } finally {
    await connection.close();
  }
}
