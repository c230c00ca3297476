import type { Client } from '@temporalio/client';
import type { OperatorActionRepository } from '../../db/repositories/operator-actions.repository.ts';
import type { OrderReads } from '../../db/repositories/order-reads.repository.ts';
import { CatalogueError } from '../domain/errors.ts';
import type { OrderView } from '../domain/orders/order.ts';

/** What is needed to do something to an order for a person, whichever program does it. */
export interface OperationDependencies {
  readonly temporal: Client;
  readonly repositories: {
    readonly orderReads: Pick<OrderReads, 'find'>;
    readonly operatorActions: Pick<OperatorActionRepository, 'ask' | 'conclude' | 'find' | 'readFacts'>;
  };
  readonly environment: {
    /** How long the workflow of an order gets to answer. */
    readonly CONFIRMATION_DEADLINE_MS: number;
    readonly TEMPORAL_TASK_QUEUE: string;
  };
}

/** Who has something done: a principal and its role at that time. */
export interface Doer {
  readonly id: string;
  readonly role: string;
}

/** @throws CatalogueError NOT_FOUND. Rejects with DatabaseUnavailableError. */
export async function readOrder(
  orderId: string,
  { repositories }: Pick<OperationDependencies, 'repositories'>,
): Promise<OrderView> {
  const found = await repositories.orderReads.find(orderId);
  if (found === null) throw new CatalogueError('NOT_FOUND', 'There is no order with this id.');
  return found.view;
}
