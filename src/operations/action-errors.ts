import { CatalogueError } from '../domain/errors.ts';
import { ACTION_REFUSALS, type ActionName, type ActionRefusal } from '../domain/operations/actions.ts';

/** 409 with the reason as a code and a sentence, and what can be done instead. */
export function actionNotPossible(
  why: string,
  detail: string,
  possible: readonly ActionName[],
): CatalogueError {
  return new CatalogueError('ACTION_NOT_POSSIBLE', detail, { extensions: { why, possible } });
}

/** @param more what is known of this case */
export function refusedAction(
  why: ActionRefusal,
  more: string | undefined,
  possible: readonly ActionName[],
): CatalogueError {
  const sentence: string = ACTION_REFUSALS[why];
  return actionNotPossible(why, more === undefined ? sentence : `${sentence} ${more}`, possible);
}
