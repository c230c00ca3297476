/** Above a limit one person asks and another one agrees. */
import type { RecordedAction } from '../../../../db/repositories/operator-actions.repository.ts';
import { needsSecondPerson } from '../../../domain/operations/action-money.ts';
import { type ActionFacts } from '../../../domain/operations/action-plan.ts';
import { refundIdOf, stateOf, type ActionRequest } from '../../../domain/operations/actions.ts';
import type { OrderView } from '../../../domain/orders/order.ts';
import type { Principal } from '../../auth/principal.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import type { Answer } from '../../http/endpoint.ts';
import { actionNotPossible } from '../../../operations/action-errors.ts';
import { toActionAnswer } from './action.schema.ts';
import { conclude, recordRefusal } from '../../../operations/record-outcome.ts';

/** What the importer brings in was decided elsewhere, and what has begun was decided before. */
export function mayNeedSecondPerson(
  action: RecordedAction,
  request: ActionRequest,
  order: OrderView,
  facts: Pick<ActionFacts, 'operations'>,
  principal: Principal,
  { environment }: ApiDependencies,
): boolean {
  if (principal.role === 'importer') return false;
  if (order.refunds.some(({ id }) => id === refundIdOf(action.id))) return false;
  return needsSecondPerson(request, order, facts, environment.APPROVAL_LIMIT_MINOR);
}

/**
 * @param isNeeded asked when nothing was decided yet; may refuse what is not possible anyhow
 * @returns the answer while a second person is waited for; null when the action can be carried out
 * @throws CatalogueError ACTION_NOT_POSSIBLE when the second person has declined, and what `isNeeded` throws
 */
export async function awaitSecondPerson({
  action,
  isNeeded,
  principal,
  dependencies,
}: {
  readonly action: RecordedAction;
  readonly isNeeded: () => boolean;
  readonly principal: Principal;
  readonly dependencies: ApiDependencies;
}): Promise<Answer | null> {
  const state = stateOf(action.outcomes.map(({ outcome }) => outcome));
  if (state === 'declined') throw declinedError(action);
  if (state === 'pending_approval') return pendingAnswer(action);
  if (state !== 'asked') return null;
  const mustWait = await recordRefusal(action, principal, dependencies, async () => isNeeded());
  if (!mustWait) return null;
  const { APPROVAL_LIMIT_MINOR: limit } = dependencies.environment;
  const detail = `Above ${limit} (minor units) a second person has to agree.`;
  await conclude(action, principal, { outcome: 'pending_approval', detail }, dependencies);
  return pendingAnswer((await dependencies.repositories.operatorActions.find(action.id)) ?? action);
}

export function declinedError(action: RecordedAction): Error {
  const declined = action.outcomes.find(({ outcome }) => outcome === 'declined');
  return actionNotPossible('declined', `A second person has declined it: ${declined?.detail ?? ''}`, []);
}

/** Not kept, because a repetition tells what became of it. */
function pendingAnswer(action: RecordedAction): Answer {
  return { httpStatus: 202, body: toActionAnswer(action), keep: false };
}
