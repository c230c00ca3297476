/** The order workers and what waits for them, as Temporal counts it. */
import type { ApiDependencies } from '../../dependencies.ts';
import { classifyTemporalFailure } from '../../../operations/temporal-errors.ts';

export interface WorkersNow {
  /** Processes that ask for work. */
  readonly processes: number;
  /** Workflow and activity tasks that wait in the queue. Those that a worker gives to itself are not among them. */
  readonly waiting: number;
  /** How long the oldest of them has waited; null when none waits. */
  readonly oldestAgeMs: number | null;
  /** Tasks that were given out in a second, lately. */
  readonly perSecond: number;
}

/** Of `temporal.api.enums.v1.TaskQueueType`. */
const WORKFLOW = 1;
const ACTIVITY = 2;
const TIMEOUT_MS = 1_000;
/** A worker asks for work for a minute at most and then again; one that has not asked for longer is gone. */
const ASKS_AGAIN_WITHIN_MS = 75_000;

/** @returns null when Temporal does not say */
export async function readWorkers(
  { temporal, environment }: Pick<ApiDependencies, 'temporal' | 'environment'>,
  nowMs: number,
): Promise<WorkersNow | null> {
  const describe = (taskQueueType: typeof WORKFLOW | typeof ACTIVITY) =>
    temporal.workflowService.describeTaskQueue({
      namespace: environment.TEMPORAL_NAMESPACE,
      taskQueue: { name: environment.TEMPORAL_TASK_QUEUE },
      taskQueueType,
      reportStats: true,
    });
  try {
    const queues = await temporal.withDeadline(nowMs + TIMEOUT_MS, () =>
      Promise.all([describe(WORKFLOW), describe(ACTIVITY)]),
    );
    const alive = queues
      .flatMap(({ pollers }) => pollers ?? [])
      .filter(({ lastAccessTime }) => nowMs - toMs(lastAccessTime) < ASKS_AGAIN_WITHIN_MS);
    const waiting = sum(queues.map(({ stats }) => Number(stats?.approximateBacklogCount ?? 0)));
    const ages = queues.map(({ stats }) => toMs(stats?.approximateBacklogAge));
    return {
      processes: new Set(alive.map(({ identity }) => identity)).size,
      waiting,
      oldestAgeMs: waiting === 0 ? null : Math.round(Math.max(...ages)),
      perSecond: Math.round(10 * sum(queues.map(({ stats }) => stats?.tasksDispatchRate ?? 0))) / 10,
    };
  } catch (error) {
    if (classifyTemporalFailure(error) === null) throw error;
    return null;
  }
}

interface Seconds {
  readonly seconds?: { toString(): string } | null;
  readonly nanos?: number | null;
}

/** Of a time since 1970, or of a length of time; 0 when there is none. */
function toMs(time: Seconds | null | undefined): number {
  return Number(String(time?.seconds ?? 0)) * 1_000 + (time?.nanos ?? 0) / 1_000_000;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
