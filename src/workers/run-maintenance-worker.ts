/** The maintenance worker as a process, in a form that can be started with other things to act with, as the order worker is. */
import type { MaintenanceDependencies } from '../activities/maintenance/dependencies.ts';
import { readEnvironment, type MaintenanceWorkerEnvironment } from '../config/env.ts';
import { createLogger, type Logger } from '../config/logger.ts';
import { runProcess, type RunningProcess } from '../config/run-process.ts';
import { createTemporalClient } from '../config/temporal.ts';
import { composeMaintenanceWorker } from './compose-maintenance.ts';
import { putSchedules } from './schedules.ts';
import { startTemporalWorker } from './temporal-worker.ts';

export type MaintenanceParts = Omit<MaintenanceDependencies, 'progress'>;

/**
 * Runs until it is told to stop.
 * @param decorate what the jobs act with instead of what it is given @default nothing else
 */
export async function runMaintenanceWorker(
  decorate: (parts: MaintenanceParts) => MaintenanceParts = (parts) => parts,
): Promise<void> {
  const environment = readEnvironment('maintenanceWorker');
  const logger = createLogger('maintenance-worker', environment.LOG_LEVEL);
  await runProcess({
    name: 'maintenance-worker',
    logger,
    health:
      environment.HEALTH_PORT === undefined
        ? undefined
        : { host: environment.HEALTH_HOST, port: environment.HEALTH_PORT },
    start: () => startMaintenanceWorker(environment, logger, decorate),
  });
}

async function startMaintenanceWorker(
  env: MaintenanceWorkerEnvironment,
  log: Logger,
  decorate: (parts: MaintenanceParts) => MaintenanceParts,
): Promise<RunningProcess> {
  const temporal = createTemporalClient(env);
  const worker = await startTemporalWorker({
    serviceName: 'order-saga-maintenance',
    environment: env,
    logger: log,
    taskQueue: env.MAINTENANCE_TASK_QUEUE,
    // Jobs are few and nobody waits for them, so few pollers do. Bulks have room beside every job that takes long.
    limits: {
      workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
      maxConcurrentWorkflowTaskExecutions: 2,
      maxConcurrentActivityTaskExecutions: 16,
    },
    compose: () => composeMaintenanceWorker(env, temporal.client, log, decorate),
  });
  await putSchedules(temporal.client, env);
  return {
    isReady: worker.isReady,
    stop: async () => {
      await worker.stop();
      await temporal.close();
    },
  };
}
