import type { AttentionItem, AttentionRepository } from '../../../db/repositories/attention.repository.ts';
import type { DriftRepository } from '../../../db/repositories/drift.repository.ts';
import type { OrderRepository } from '../../../db/repositories/orders.repository.ts';
import type { ReconciliationRepository } from '../../../db/repositories/reconciliation.repository.ts';
import type { RetentionRepository } from '../../../db/repositories/retention.repository.ts';
import type { MailPort, OutgoingMail } from '../../adapters/notifications/mail.port.ts';
import type { PaymentPort } from '../../adapters/payments/payment.port.ts';
import type { CarrierPort } from '../../adapters/shipping/carrier.port.ts';
import type { OrderWorkflowsPort } from '../../adapters/temporal/order-workflows.port.ts';
import type { AuditReport } from '../../auditor/report.ts';
import type { Logger } from '../../config/logger.ts';
import type { JobResult, MaintenanceJob } from '../../workflows/maintenance/maintenance.contract.ts';

/** What the jobs act with; made by src/workers/compose-maintenance.ts alone. */
export interface MaintenanceDependencies {
  readonly orders: Pick<OrderRepository, 'raiseAttention' | 'clearAttention'>;
  readonly retention: RetentionRepository;
  readonly drift: DriftRepository;
  readonly attention: Omit<AttentionRepository, 'list' | 'countByCode'>;
  readonly reconciliation: ReconciliationRepository;
  readonly payments: Pick<PaymentPort, 'list' | 'findByKey'>;
  readonly carrier: Pick<CarrierPort, 'list' | 'findByKey'>;
  readonly workflows: OrderWorkflowsPort;
  /** Reads everything and changes nothing; null when there is no login for it. */
  readonly makeAudit: ((signal: AbortSignal) => Promise<AuditReport>) | null;
  /** Writes to operations staff; null when nobody is to be written to. */
  readonly opsMail: OpsMail | null;
  readonly logger: Logger;
  /** Told of what each run has found or done. */
  readonly observe: (job: MaintenanceJob, result: JobResult) => void;
  readonly settings: MaintenanceSettings;
  readonly progress: Progress;
}

/** How operations staff is written to. */
export interface OpsMail {
  readonly port: Pick<MailPort, 'send'>;
  /** One that no mail has had. */
  readonly newMailId: () => string;
  /** One mail about these causes, the oldest first; `more` says that others wait for the next one. */
  readonly render: (causes: readonly AttentionItem[], more: boolean) => Omit<OutgoingMail, 'messageId'>;
}

export interface MaintenanceSettings {
  /** How long an order may be past its time before that is more than being under way. */
  readonly stuckGraceMs: number;
  /** How often a step may fail before that is told where nothing else tells it. */
  readonly stuckAfterAttempts: number;
  /** How long rows, workflow and read model may tell different things of an order before that is more than being under way. */
  readonly driftGraceMs: number;
  /** How many lost orders one run takes up; the others wait for the next, so that new orders are not pushed out by them. */
  readonly lostOrdersPerRun: number;
  /** How old an operation is before a difference about it is more than being under way. */
  readonly reconcileGraceMs: number;
  /** How long the answer to a request with an Idempotency-Key is kept. */
  readonly idempotencyRetentionDays: number;
  /** How long webhooks are kept once they are settled, at the least; they go by months. */
  readonly messageRetentionDays: number;
  /** How long events are kept after the last of their month, at the least; null for ever. */
  readonly eventRetentionDays: number | null;
  /** How long waiting rooms and their tickets are kept once a room has closed. */
  readonly waitingRoomRetentionDays: number;
}

/** Says to Temporal that a job is alive. */
export interface Progress {
  /** Called often while a job runs. Throws when the run is to stop. */
  alive(): void;
}
