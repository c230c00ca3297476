/** The one place that constructs adapters for the maintenance worker. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { createDatabase } from '../../db/client.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import type { OpsMail } from '../activities/maintenance/dependencies.ts';
import { createMaintenanceActivities } from '../activities/maintenance/index.ts';
import { createBulkActivities } from '../activities/operations/index.ts';
import { createSmtpMailGateway, type SmtpMailGateway } from '../adapters/notifications/smtp-mail.gateway.ts';
import { attentionMail } from '../adapters/notifications/templates/attention.template.ts';
import { createHttpPaymentGateway } from '../adapters/payments/http-payment.gateway.ts';
import { createHttpCarrierGateway } from '../adapters/shipping/http-carrier.gateway.ts';
import { audit } from '../auditor/audit.ts';
import { auditOptionsOf } from '../auditor/environment.ts';
import type { AuditReport } from '../auditor/report.ts';
import type { MaintenanceWorkerEnvironment } from '../config/env.ts';
import type { Logger } from '../config/logger.ts';
import { observeAttention } from './attention-metrics.ts';
import { createAuditMetrics } from './audit-metrics.ts';
import { createJobObserver, observeBreaks } from './job-metrics.ts';
import { createOperatorDesk } from './operator-desk.ts';
import { createOrderWorkflows } from './order-workflows.ts';
import type { MaintenanceParts } from './run-maintenance-worker.ts';
import type { TemporalWorkerParts } from './temporal-worker.ts';

export function composeMaintenanceWorker(
  environment: MaintenanceWorkerEnvironment,
  temporal: Client,
  logger: Logger,
  decorate: (parts: MaintenanceParts) => MaintenanceParts,
): TemporalWorkerParts {
  const timeoutMs = environment.PROVIDER_TIMEOUT_MS;
  const database = createDatabase({
    url: environment.DATABASE_URL,
    poolSize: environment.DATABASE_POOL_SIZE,
    applicationName: 'order-saga-maintenance',
  });
  const repositories = createRepositories(database);
  const { orders, retention, drift, reconciliation, attention, bulkActions } = repositories;
  observeBreaks(reconciliation, logger);
  observeAttention(attention, logger);
  const mail = mailGatewayOf(environment);
  const parts = decorate({
    orders,
    retention,
    drift,
    reconciliation,
    attention,
    opsMail: mail && opsMailOf(environment, mail),
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
    makeAudit: auditOf(environment),
    logger,
    observe: createJobObserver(),
    settings: {
      stuckGraceMs: environment.STUCK_GRACE_MS,
      stuckAfterAttempts: environment.STUCK_AFTER_ATTEMPTS,
      driftGraceMs: environment.DRIFT_GRACE_MS,
      lostOrdersPerRun: environment.LOST_ORDERS_PER_RUN,
      reconcileGraceMs: environment.RECONCILE_GRACE_MS,
      idempotencyRetentionDays: environment.IDEMPOTENCY_RETENTION_DAYS,
      messageRetentionDays: environment.MESSAGE_RETENTION_DAYS,
      eventRetentionDays: environment.EVENT_RETENTION_DAYS ?? null,
      waitingRoomRetentionDays: environment.WAITING_ROOM_RETENTION_DAYS,
    },
  });
  const desk = createOperatorDesk(temporal, environment.TEMPORAL_TASK_QUEUE, repositories);
  return {
    activities: { ...createMaintenanceActivities(parts), ...createBulkActivities({ bulkActions, desk }) },
    database,
    close: async () => {
      mail?.close();
      await database.close();
    },
  };
}

/** Null where nobody of operations is to be written to. */
function mailGatewayOf(environment: MaintenanceWorkerEnvironment): SmtpMailGateway | null {
  const { OPS_MAIL_TO, SMTP_URL, MAIL_FROM, PROVIDER_TIMEOUT_MS } = environment;
  if (OPS_MAIL_TO === undefined || SMTP_URL === undefined) return null;
  return createSmtpMailGateway({ smtpUrl: SMTP_URL, from: MAIL_FROM, timeoutMs: PROVIDER_TIMEOUT_MS });
}

function opsMailOf(environment: MaintenanceWorkerEnvironment, port: SmtpMailGateway): OpsMail {
  return {
    port,
    newMailId: () => randomUUID(),
    render: (causes, more) => ({
      to: environment.OPS_MAIL_TO ?? '',
      ...attentionMail(causes, more, environment.PUBLIC_URL),
    }),
  };
}

/** An audit with the auditor's own login, told to the metrics. */
function auditOf(
  environment: MaintenanceWorkerEnvironment,
): ((signal: AbortSignal) => Promise<AuditReport>) | null {
  const { AUDIT_DATABASE_URL } = environment;
  if (AUDIT_DATABASE_URL === undefined) return null;
  const tellMetrics = createAuditMetrics();
  const options = auditOptionsOf({ ...environment, AUDIT_DATABASE_URL });
  return async (signal) => {
    const report = await audit({ ...options, signal });
    tellMetrics(report);
    return report;
  };
}
