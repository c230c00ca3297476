/** The one place that constructs adapters for the maintenance worker. */
import { createDatabase } from '../../db/client.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import { createMaintenanceActivities } from '../activities/maintenance/index.ts';
import type { MaintenanceWorkerEnvironment } from '../config/env.ts';
import type { TemporalWorkerParts } from './temporal-worker.ts';

export function composeMaintenanceWorker(environment: MaintenanceWorkerEnvironment): TemporalWorkerParts {
  const database = createDatabase({
    url: environment.DATABASE_URL,
    poolSize: environment.DATABASE_POOL_SIZE,
    applicationName: 'order-saga-maintenance',
  });
  const { retention } = createRepositories(database);
  return {
    activities: createMaintenanceActivities({
      retention,
      settings: {
        idempotencyRetentionDays: environment.IDEMPOTENCY_RETENTION_DAYS,
        messageRetentionDays: environment.MESSAGE_RETENTION_DAYS,
      },
    }),
    database,
    close: () => database.close(),
  };
}
