import { ApplicationFailure } from '@temporalio/activity';
import type { DeskOutcome } from '../../adapters/temporal/operator-desk.port.ts';
import { InvariantViolatedError } from '../../domain/database-errors.ts';
import type { BulkRequest } from '../../domain/operations/bulk-action.ts';
import type { BulkDependencies } from './dependencies.ts';

export interface ActUponOrderInput {
  readonly bulkId: string;
  /** Of the order in the bulk, from 1 on. */
  readonly position: number;
}

/**
 * Does to one order of a bulk what the bulk is about. The action has an id that was fixed with the bulk, and so has the message to
 * the order's workflow: an attempt after one that was cut short finds what became of it, and nothing is done twice.
 *
 * @throws ACTION_UNSETTLED while nobody can say what became of it, and whatever the order could not be asked for (retried)
 */
export async function actUponOrder(
  { bulkActions, desk }: BulkDependencies,
  { bulkId, position }: ActUponOrderInput,
): Promise<DeskOutcome> {
  const fixed = await bulkActions.findOrder(bulkId, position);
  if (fixed === null)
    throw new InvariantViolatedError('actUponOrder', `bulk ${bulkId} has an order at ${position}`);
  const { bulk, orderId, actionId, amountMinor } = fixed;
  const { action, input, actor, role, reason, requestId, keyDigest } = bulk;
  const outcome = await desk.act({
    bulkId,
    orderId,
    actionId,
    amountMinor,
    // Written when the bulk was asked for, from a request of this type.
    request: { action, ...input } as BulkRequest,
    actor,
    role,
    reason,
    requestId,
    keyDigest,
  });
  if (outcome === null)
    throw ApplicationFailure.retryable(
      'What became of the action is not known yet; it is asked for again',
      'ACTION_UNSETTLED',
    );
  return outcome;
}
