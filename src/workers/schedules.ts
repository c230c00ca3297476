/**
 * When each maintenance job runs. Temporal keeps the schedules, so a run is started once however many workers there are,
 * people see and pause them in Temporal's pages, and a job that is still running is not started a second time.
 */
import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import type { MaintenanceWorkerEnvironment } from '../config/env.ts';
import {
  MAINTENANCE_JOBS,
  MAINTENANCE_JOB_NAMES,
  maintenanceScheduleId,
  type MaintenanceJob,
} from '../workflows/maintenance/maintenance.contract.ts';

/** How long Temporal may take to store one schedule. */
const TIMEOUT_MS = 10_000;

/** How often each job runs, milliseconds. */
export function jobIntervals(
  environment: MaintenanceWorkerEnvironment,
): Readonly<Record<MaintenanceJob, number>> {
  return {
    reconcile: environment.RECONCILE_INTERVAL_MS,
    'repair-drift': environment.REPAIR_DRIFT_INTERVAL_MS,
    'find-stuck': environment.FIND_STUCK_INTERVAL_MS,
    audit: environment.AUDIT_INTERVAL_MS,
    reap: environment.REAP_INTERVAL_MS,
  };
}

/**
 * Creates every schedule, or brings it up to date. Safe to repeat, and from several workers at once; a schedule that a
 * person has paused stays so.
 */
export async function putSchedules(client: Client, environment: MaintenanceWorkerEnvironment): Promise<void> {
  const intervals = jobIntervals(environment);
  for (const job of MAINTENANCE_JOB_NAMES) {
    const schedule = scheduleOf(job, intervals[job], environment.MAINTENANCE_TASK_QUEUE);
    await client.withDeadline(Date.now() + TIMEOUT_MS, () => putSchedule(client, schedule));
  }
}

function scheduleOf(job: MaintenanceJob, intervalMs: number, taskQueue: string) {
  const scheduleId = maintenanceScheduleId(taskQueue, job);
  return {
    scheduleId,
    spec: { intervals: [{ every: intervalMs }] },
    action: {
      type: 'startWorkflow',
      workflowType: MAINTENANCE_JOBS[job],
      workflowId: scheduleId,
      taskQueue,
      args: [],
    },
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      // What was missed while Temporal was away is not made up for: the next run does the same work.
      catchupWindow: '1 minute',
    },
  } as const satisfies ScheduleOptions;
}

async function putSchedule(client: Client, schedule: ReturnType<typeof scheduleOf>): Promise<void> {
  try {
    await client.schedule.create(schedule);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const { spec, action, policies } = schedule;
    await client.schedule
      .getHandle(schedule.scheduleId)
      .update(({ state }) => ({ spec, action, policies, state }));
  }
}
