/** All repositories over one database. */
import type { Database } from '../client.ts';
import type { AccessRepository } from './access.repository.ts';
import { createAccessRepository } from './access/access-repository.ts';
import type { AttentionRepository } from './attention.repository.ts';
import { createAttentionRepository } from './attention/attention-repository.ts';
import type { InventoryRepository } from './inventory.repository.ts';
import { createInventoryRepository } from './inventory/inventory-repository.ts';
import type {
  InboxRepository,
  NotificationRepository,
  OutboxRepository,
  ProjectionRepository,
} from './messages.repository.ts';
import { createInboxRepository } from './messages/inbox-repository.ts';
import { createNotificationRepository } from './messages/notification-repository.ts';
import { createOutboxRepository } from './messages/outbox-repository.ts';
import { createProjectionRepository } from './messages/projection-repository.ts';
import type { DriftRepository } from './drift.repository.ts';
import { createDriftRepository } from './maintenance/drift-repository.ts';
import { createReconciliationRepository } from './maintenance/reconciliation-repository.ts';
import type { ReconciliationRepository } from './reconciliation.repository.ts';
import { createRetentionRepository } from './maintenance/retention-repository.ts';
import type { RetentionRepository } from './retention.repository.ts';
import type { MessageRepairRepository } from './message-repair.repository.ts';
import { createMessageRepairRepository } from './messages/message-repair-repository.ts';
import type { BulkActionRepository } from './bulk-actions.repository.ts';
import { createBulkActionRepository } from './operations/bulk-action-repository.ts';
import type { FraudRepository } from './fraud.repository.ts';
import { createReviewRepository } from './fraud/review-repository.ts';
import { createScreeningRepository } from './fraud/screening-repository.ts';
import type { LedgerRepository } from './ledger.repository.ts';
import { createLedgerRepository } from './ledger/ledger-repository.ts';
import type { OperatorActionRepository } from './operator-actions.repository.ts';
import { createOperatorActionRepository } from './operations/operator-action-repository.ts';
import type { ConsoleReads } from './console.repository.ts';
import { createConsoleReads } from './reads/console-reads.ts';
import type { OrderReads } from './order-reads.repository.ts';
import type { OrderRepository } from './orders.repository.ts';
import { createOrderRepository } from './orders/order-repository.ts';
import { createOrderReads } from './reads/order-reads.ts';
import type { WaitingRoomRepository } from './waiting-rooms.repository.ts';
import { createWaitingRoomRepository } from './waiting-rooms/waiting-room-repository.ts';

export interface Repositories {
  readonly orders: OrderRepository;
  readonly orderReads: OrderReads;
  readonly attention: AttentionRepository;
  readonly consoleReads: ConsoleReads;
  readonly inventory: InventoryRepository;
  readonly ledger: LedgerRepository;
  readonly access: AccessRepository;
  readonly outbox: OutboxRepository;
  readonly inbox: InboxRepository;
  readonly notifications: NotificationRepository;
  readonly projections: ProjectionRepository;
  readonly messageRepair: MessageRepairRepository;
  readonly retention: RetentionRepository;
  readonly drift: DriftRepository;
  readonly reconciliation: ReconciliationRepository;
  readonly waitingRooms: WaitingRoomRepository;
  readonly fraud: FraudRepository;
  readonly operatorActions: OperatorActionRepository;
  readonly bulkActions: BulkActionRepository;
}

export function createRepositories(database: Database): Repositories {
  return {
    orders: createOrderRepository(database),
    orderReads: createOrderReads(database),
    attention: createAttentionRepository(database),
    consoleReads: createConsoleReads(database),
    inventory: createInventoryRepository(database),
    ledger: createLedgerRepository(database),
    access: createAccessRepository(database),
    outbox: createOutboxRepository(database),
    inbox: createInboxRepository(database),
    notifications: createNotificationRepository(database),
    projections: createProjectionRepository(database),
    messageRepair: createMessageRepairRepository(database),
    retention: createRetentionRepository(database),
    drift: createDriftRepository(database),
    reconciliation: createReconciliationRepository(database),
    waitingRooms: createWaitingRoomRepository(database),
    fraud: { ...createScreeningRepository(database), ...createReviewRepository(database) },
    operatorActions: createOperatorActionRepository(database),
    bulkActions: createBulkActionRepository(database),
  };
}
