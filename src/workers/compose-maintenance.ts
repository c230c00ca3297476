/** The one place that constructs adapters for the maintenance worker. */
import type { Client } from '@temporalio/client';
import { createDatabase } from '../../db/client.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import { createMaintenanceActivities } from '../activities/maintenance/index.ts';
import { createHttpPaymentGateway } from '../adapters/payments/http-payment.gateway.ts';
import { createHttpCarrierGateway } from '../adapters/shipping/http-carrier.gateway.ts';
import type { MaintenanceWorkerEnvironment } from '../config/env.ts';
import type { Logger } from '../config/logger.ts';
import { createOrderWorkflows } from './order-workflows.ts';
import type { TemporalWorkerParts } from './temporal-worker.ts';

export function composeMaintenanceWorker(
  environment: MaintenanceWorkerEnvironment,
  temporal: Client,
  logger: Logger,
): TemporalWorkerParts {
  const timeoutMs = environment.PROVIDER_TIMEOUT_MS;
  const database = createDatabase({
    url: environment.DATABASE_URL,
    poolSize: environment.DATABASE_POOL_SIZE,
    applicationName: 'order-saga-maintenance',
  });
  const { orders, retention, drift, reconciliation } = createRepositories(database);
  return {
    activities: createMaintenanceActivities({
      orders,
      retention,
      drift,
      reconciliation,
      payments: createHttpPaymentGateway({
        baseUrl: environment.PAYMENT_PROVIDER_URL,
        apiKey: environment.PAYMENT_PROVIDER_API_KEY,
        timeoutMs,
      }),
      carrier: createHttpCarrierGateway({
        baseUrl: environment.CARRIER_URL,
        apiKey: environment.CARRIER_API_KEY,
        timeoutMs,
      }),
      workflows: createOrderWorkflows(
        temporal,
        environment.TEMPORAL_NAMESPACE,
        environment.TEMPORAL_TASK_QUEUE,
      ),
      logger,
      settings: {
        driftGraceMs: environment.DRIFT_GRACE_MS,
        reconcileGraceMs: environment.RECONCILE_GRACE_MS,
        idempotencyRetentionDays: environment.IDEMPOTENCY_RETENTION_DAYS,
        messageRetentionDays: environment.MESSAGE_RETENTION_DAYS,
      },
    }),
    database,
    close: () => database.close(),
  };
}
