/**
 * The mechanism by which an action is taken, whoever brings it: judged by the rows the first time, carried out by the workflow of
 * the order, and written down with what became of it.
 */
import type { RecordedAction } from '../../db/repositories/operator-actions.repository.ts';
import { planAction } from '../domain/operations/action-plan.ts';
import { refusedAction } from './action-errors.ts';
import { carryOut, type ActionContext } from './carry-out.ts';
import { recordOutcome, recordRefusal } from './record-outcome.ts';

/**
 * Refuses what the rows rule out. Only for an action that was asked for just now: of a repetition the attempt before may have
 * carried it out, and the rows then rule it out for that.
 *
 * @throws CatalogueError ACTION_NOT_POSSIBLE, which is written down
 */
export async function judgeByRows(context: ActionContext): Promise<void> {
  const { action, request, order, facts, doer, dependencies } = context;
  await recordRefusal(action, doer, dependencies, async () => {
    const plan = planAction(request, order, facts);
    if (plan.kind === 'refused') throw refusedAction(plan.why, plan.more, plan.possible);
  });
}

/**
 * Carries it out and writes down what became of it. Safe to repeat.
 *
 * @returns the action as it then is; without an outcome while nobody can say
 * @throws what carrying it out throws; a refusal is written down
 */
export async function finishAction(context: ActionContext): Promise<RecordedAction> {
  const { action, doer, dependencies } = context;
  await recordOutcome(action, doer, dependencies, () => carryOut(context));
  return (await dependencies.repositories.operatorActions.find(action.id)) ?? action;
}
