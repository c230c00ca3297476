/** What the HTTP service is built from. `main.ts` composes it; tests hand in the same things pointed elsewhere. */
import type { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import type { Registry } from 'prom-client';
import type { AccessRepository } from '../../db/repositories/access.repository.ts';
import type { InventoryRepository } from '../../db/repositories/inventory.repository.ts';
import type {
  InboxRepository,
  OutboxRepository,
  ProjectionRepository,
} from '../../db/repositories/messages.repository.ts';
import type { OrderReads } from '../../db/repositories/order-reads.repository.ts';
import type { ApiEnvironment } from '../config/env.ts';
import type { Logger } from '../config/logger.ts';

/** The repositories that the API uses. All of their methods may reject with DatabaseUnavailableError. */
export interface ApiRepositories {
  readonly access: AccessRepository;
  readonly inventory: InventoryRepository;
  readonly orderReads: OrderReads;
  readonly outbox: Pick<OutboxRepository, 'lag'>;
  readonly inbox: Pick<InboxRepository, 'store' | 'lag'>;
  readonly projections: Pick<ProjectionRepository, 'find'>;
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
  readonly logger: Logger;
  /** Where metrics are registered, and what /metrics answers. */
  readonly metrics: Registry;
  /** True once the process was told to stop: /readyz says so, and connections are not kept open. */
  readonly isStopping: () => boolean;
}
