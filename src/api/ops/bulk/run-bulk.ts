/** How the workflow of a bulk is started and spoken to. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { RecordedBulk } from '../../../../db/repositories/bulk-actions.repository.ts';
import { CatalogueError } from '../../../domain/errors.ts';
import { stateOfBulk } from '../../../domain/operations/bulk-action.ts';
import { classifyTemporalFailure, type TemporalFailure } from '../../../operations/temporal-errors.ts';
import {
  BULK_ACTION_WORKFLOW,
  STEER_BULK_UPDATE,
  type BulkActionInput,
  type BulkActionResult,
  type SteerBulkInput,
  type SteerBulkResult,
} from '../../../workflows/operations/bulk-action.contract.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { unavailable } from '../../http/errors.ts';

/** About three thousand events, of which Temporal takes some ten thousand. */
const ORDERS_PER_RUN = 500;

/** @throws CatalogueError NOT_FOUND. Rejects with DatabaseUnavailableError. */
export async function findBulk(id: string, { repositories }: ApiDependencies): Promise<RecordedBulk> {
  const bulk = await repositories.bulkActions.find(id);
  if (bulk === null) throw new CatalogueError('NOT_FOUND', 'There is no bulk with this id.');
  return bulk;
}

/**
 * Starts the workflow of a bulk that may begin; of one that waits for a second person, has begun or has ended nothing is started.
 * Safe to repeat: a bulk has one workflow, whose id is its own.
 *
 * @throws CatalogueError UNAVAILABLE when Temporal does not answer
 */
export async function beginBulk(bulk: RecordedBulk, dependencies: ApiDependencies): Promise<void> {
  const state = stateOfBulk(bulk.steps.map(({ step }) => step));
  if (state !== 'approved' && (state !== 'asked' || bulk.needsSecondPerson)) return;
  const { temporal, environment } = dependencies;
  const input: BulkActionInput = {
    bulkId: bulk.id,
    orders: bulk.orders,
    perSecond: bulk.perSecond,
    ordersPerRun: ORDERS_PER_RUN,
    actor: bulk.actor,
    role: bulk.role,
  };
  try {
    await temporal.withDeadline(Date.now() + environment.CONFIRMATION_DEADLINE_MS, () =>
      temporal.workflow.start<(input: BulkActionInput) => Promise<BulkActionResult>>(BULK_ACTION_WORKFLOW, {
        workflowId: bulk.id,
        taskQueue: environment.MAINTENANCE_TASK_QUEUE,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
      }),
    );
  } catch (error) {
    // It has run to its end already.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    if (classifyTemporalFailure(error) === null) throw error;
    throw unavailable('The bulk could not be begun. Send it again with the same Idempotency-Key.', error);
  }
}

/** Sends a command to the workflow of a bulk. A repetition with the same id joins the first request. */
export async function steerBulk(
  bulkId: string,
  input: SteerBulkInput,
  { temporal, environment }: ApiDependencies,
): Promise<SteerBulkResult | TemporalFailure> {
  try {
    return await temporal.withDeadline(Date.now() + environment.CONFIRMATION_DEADLINE_MS, () =>
      temporal.workflow
        .getHandle(bulkId)
        .executeUpdate<SteerBulkResult, [SteerBulkInput]>(STEER_BULK_UPDATE, {
          updateId: input.commandId,
          args: [input],
        }),
    );
  } catch (error) {
    const failure = classifyTemporalFailure(error);
    if (failure === null) throw error;
    return failure;
  }
}
