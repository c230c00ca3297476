/**
 * The jobs that look after everything that no single order can look after: their names, and how they are started. Only
 * types and constants, so that the API can import it without pulling workflow code in.
 */

/** By the name under which people know a job: the type of its workflow. */
export const MAINTENANCE_JOBS = {
  reconcile: 'reconcileProviders',
  'repair-drift': 'repairDrift',
  'find-stuck': 'findStuck',
  audit: 'auditEverything',
  reap: 'reapRecords',
} as const satisfies Record<string, string>;
export type MaintenanceJob = keyof typeof MAINTENANCE_JOBS;
export const MAINTENANCE_JOB_NAMES = Object.keys(MAINTENANCE_JOBS) as readonly MaintenanceJob[];

/** What a run has done, for people and metrics: how many of what. */
export type JobResult = Readonly<Record<string, number>>;

/**
 * The id of a job's schedule, and of its workflow. The task queue is part of it, so that several services can share a
 * namespace.
 */
export function maintenanceScheduleId(taskQueue: string, job: MaintenanceJob): string {
  return `${taskQueue}-${job}`;
}
