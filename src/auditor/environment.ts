import type { AuditEnvironment } from '../config/env.ts';
import type { AuditOptions } from './audit.ts';

/** Where everything is, from the environment: nothing is left out of such an audit. */
export function auditOptionsOf(environment: AuditEnvironment): AuditOptions {
  return {
    databaseUrl: environment.AUDIT_DATABASE_URL,
    payments: { url: environment.PAYMENT_PROVIDER_URL, apiKey: environment.PAYMENT_PROVIDER_API_KEY },
    carrier: { url: environment.CARRIER_URL, apiKey: environment.CARRIER_API_KEY },
    temporal: {
      address: environment.TEMPORAL_ADDRESS,
      namespace: environment.TEMPORAL_NAMESPACE,
      taskQueue: environment.TEMPORAL_TASK_QUEUE,
    },
    graceMs: environment.AUDIT_GRACE_MS,
    backlogMs: environment.AUDIT_BACKLOG_MS,
    mayWrite: false,
  };
}
