import { ScheduleNotFoundError, WorkflowNotFoundError, type ScheduleDescription } from '@temporalio/client';
import type { z } from 'zod';
import {
  maintenanceScheduleId,
  type JobResult,
  type MaintenanceJob,
} from '../../../workflows/maintenance/maintenance.contract.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { unavailable } from '../../http/errors.ts';
import { classifyTemporalFailure } from '../../../operations/temporal-errors.ts';
import type { job } from './job.schema.ts';

/** How long Temporal may take to answer. */
const TIMEOUT_MS = 2_000;

/** A job as its schedule has it; null while no maintenance worker has made one. @throws CatalogueError UNAVAILABLE */
export async function readJob(
  name: MaintenanceJob,
  dependencies: ApiDependencies,
): Promise<z.output<typeof job> | null> {
  const schedule = await askSchedule(name, dependencies, (handle) => handle.describe());
  if (schedule === null) return null;
  const { spec, state, info } = schedule;
  return {
    name,
    isPaused: state.paused,
    intervalMs: spec.intervals?.[0]?.every ?? 0,
    lastRun: await readLastRun(schedule, dependencies),
    nextRunAt: info.nextActionTimes[0]?.toISOString() ?? null,
  };
}

type Handle = ReturnType<ApiDependencies['temporal']['schedule']['getHandle']>;

/** @returns null when there is no such schedule. @throws CatalogueError UNAVAILABLE */
export async function askSchedule<Result>(
  name: MaintenanceJob,
  { temporal, environment }: ApiDependencies,
  ask: (handle: Handle) => Promise<Result>,
): Promise<Result | null> {
  const handle = temporal.schedule.getHandle(maintenanceScheduleId(environment.MAINTENANCE_TASK_QUEUE, name));
  try {
    return await temporal.withDeadline(Date.now() + TIMEOUT_MS, () => ask(handle));
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    if (classifyTemporalFailure(error) === null) throw error;
    throw unavailable('Temporal, which keeps the schedules, cannot be reached at the moment.', error);
  }
}

async function readLastRun({ info }: ScheduleDescription, { temporal }: ApiDependencies) {
  const last = info.recentActions.at(-1);
  if (last === undefined || last.action.type !== 'startWorkflow') return null;
  const { workflowId } = last.action.workflow;
  const handle = temporal.workflow.getHandle(workflowId, last.action.workflow.firstExecutionRunId);
  return temporal.withDeadline(Date.now() + TIMEOUT_MS, async () => {
    try {
      const { status } = await handle.describe();
      const result = status.name === 'COMPLETED' ? ((await handle.result()) as JobResult) : null;
      return { startedAt: last.takenAt.toISOString(), status: status.name, result };
    } catch (error) {
      // Temporal forgets closed workflows some time after they have ended.
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  });
}
