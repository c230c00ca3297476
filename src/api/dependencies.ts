/** What the HTTP service is built from. `main.ts` composes it; tests hand in the same things pointed elsewhere. */
import type { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import type { Registry } from 'prom-client';
import type { AccessRepository } from '../../db/repositories/access.repository.ts';
import type { BulkActionRepository } from '../../db/repositories/bulk-actions.repository.ts';
import type { FraudRepository } from '../../db/repositories/fraud.repository.ts';
import type { AttentionRepository } from '../../db/repositories/attention.repository.ts';
import type { InventoryRepository } from '../../db/repositories/inventory.repository.ts';
import type { LedgerRepository } from '../../db/repositories/ledger.repository.ts';
import type {
  InboxRepository,
  OutboxRepository,
  ProjectionRepository,
} from '../../db/repositories/messages.repository.ts';
import type { MessageRepairRepository } from '../../db/repositories/message-repair.repository.ts';
import type { OperatorActionRepository } from '../../db/repositories/operator-actions.repository.ts';
import type { ConsoleReads } from '../../db/repositories/console.repository.ts';
import type { OrderReads } from '../../db/repositories/order-reads.repository.ts';
import type { DeadLetterQueuePort } from '../adapters/events/dead-letter-queue.port.ts';
import type { ReconciliationRepository } from '../../db/repositories/reconciliation.repository.ts';
import type { WaitingRoomRepository } from '../../db/repositories/waiting-rooms.repository.ts';
import type { ApiEnvironment } from '../config/env.ts';
import type { Logger } from '../config/logger.ts';

/** The repositories that the API uses. All of their methods may reject with DatabaseUnavailableError. */
export interface ApiRepositories {
  readonly access: AccessRepository;
  readonly inventory: InventoryRepository;
  readonly ledger: LedgerRepository;
  readonly orderReads: OrderReads;
  readonly attention: Pick<AttentionRepository, 'list' | 'countByCode'>;
  readonly consoleReads: ConsoleReads;
  readonly outbox: Pick<OutboxRepository, 'lag'>;
  readonly inbox: Pick<InboxRepository, 'store' | 'lag'>;
  readonly projections: Pick<ProjectionRepository, 'find'>;
  readonly messageRepair: MessageRepairRepository;
  readonly reconciliation: Pick<ReconciliationRepository, 'list' | 'close'>;
  readonly waitingRooms: WaitingRoomRepository;
  readonly fraud: Pick<FraudRepository, 'findAssessment' | 'findReview' | 'listReviews' | 'assignReview'>;
  readonly operatorActions: OperatorActionRepository;
  readonly bulkActions: Omit<BulkActionRepository, 'record' | 'findOrder'>;
}

export interface ApiDependencies {
  readonly environment: ApiEnvironment;
  readonly repositories: ApiRepositories;
  readonly temporal: Client;
  /** Whether Temporal answers within the time given; never throws. */
  readonly isTemporalReachable: (timeoutMs: number) => Promise<boolean>;
  /** Rejects when the database does not answer. */
  readonly pingDatabase: () => Promise<void>;
  /** Reads and writes what Temporal stores encrypted; for the codec endpoint. */
  readonly codec: PayloadCodec;
  /** Events that the read model's queue has put aside; null where the service is not told of the queues. */
  readonly eventDeadLetters: DeadLetterQueuePort | null;
  readonly logger: Logger;
  /** Where metrics are registered, and what /metrics answers. */
  readonly metrics: Registry;
  /** True once the process was told to stop: /readyz says so, and connections are not kept open. */
  readonly isStopping: () => boolean;
}
