/**
 * All activities of the maintenance worker by the names under which Temporal knows them, bound to what they act with.
 */
import { Context } from '@temporalio/activity';
import { asActivity } from '../shared/failures.ts';
import type { MaintenanceDependencies, Progress } from './dependencies.ts';
import { auditEverything } from './audit-everything.activity.ts';
import { findStuck } from './find-stuck.activity.ts';
import { reapRecords } from './reap-records.activity.ts';
import { reconcileProviders } from './reconcile-providers.activity.ts';
import { repairDrift } from './repair-drift.activity.ts';
import type { JobResult, MaintenanceJob } from '../../workflows/maintenance/maintenance.contract.ts';

const progress: Progress = {
  alive() {
    const context = Context.current();
    context.heartbeat();
    context.cancellationSignal.throwIfAborted();
  },
};

/** Made once for a worker. */
export function createMaintenanceActivities(parts: Omit<MaintenanceDependencies, 'progress'>) {
  const deps: MaintenanceDependencies = { ...parts, progress };
  const bind = (name: MaintenanceJob, job: (deps: MaintenanceDependencies) => Promise<JobResult>) => {
    const run = asActivity(async () => {
      const result = await job(deps);
      deps.observe(name, result);
      return result;
    });
    return () => run(undefined);
  };

  return {
    reconcileProviders: bind('reconcile', reconcileProviders),
    repairDrift: bind('repair-drift', repairDrift),
    findStuck: bind('find-stuck', findStuck),
    auditEverything: bind('audit', auditEverything),
    reapRecords: bind('reap', reapRecords),
  };
}

export type MaintenanceActivities = ReturnType<typeof createMaintenanceActivities>;
