/** What became of an action, written down after it was carried out or refused. */
import type { RecordedAction } from '../../db/repositories/operator-actions.repository.ts';
import { CatalogueError, type ErrorCode } from '../domain/errors.ts';
import type { Doer, OperationDependencies } from './dependencies.ts';

/** What an action came to. */
export interface CarriedOut<Value> {
  readonly value: Value;
  /** Null while nobody knows; a repetition finds out. */
  readonly outcome: { readonly outcome: 'done' | 'failed'; readonly detail: string } | null;
}

type Outcome = Pick<RecordedAction['outcomes'][number], 'outcome' | 'detail'> & {
  /** The code of a refusal. */
  readonly why?: string | undefined;
};

/** Refusals that say that an action was not carried out, and why. */
const REFUSALS: readonly ErrorCode[] = ['NOT_CANCELLABLE', 'NOT_REFUNDABLE', 'ACTION_NOT_POSSIBLE'];

/** Whether an error says that an action was refused; it is written down then. */
export function isRefusal(error: unknown): error is CatalogueError {
  return error instanceof CatalogueError && REFUSALS.includes(error.code);
}

/** Carries an action out and writes down what became of it; nothing where nobody can say yet. */
export async function recordOutcome<Value>(
  action: RecordedAction,
  doer: Doer,
  dependencies: OperationDependencies,
  carryOut: () => Promise<CarriedOut<Value>>,
): Promise<Value> {
  const { value, outcome } = await recordRefusal(action, doer, dependencies, carryOut);
  if (outcome !== null) await conclude(action, doer, outcome, dependencies);
  return value;
}

/** Writes down when an action is refused, and passes the refusal on. */
export async function recordRefusal<Value>(
  action: RecordedAction,
  doer: Doer,
  dependencies: OperationDependencies,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (isRefusal(error)) {
      const refused = { outcome: 'refused', detail: error.message, why: refusalCode(error) } as const;
      await conclude(action, doer, refused, dependencies);
    }
    throw error;
  }
}

/** Adds an outcome, by whoever brought it about. */
export async function conclude(
  { id: actionId }: Pick<RecordedAction, 'id'>,
  { id: actor, role }: Doer,
  { outcome, detail, why }: Outcome,
  { repositories }: Pick<OperationDependencies, 'repositories'>,
): Promise<void> {
  await repositories.operatorActions.conclude({ actionId, outcome, actor, role, detail, why });
}

/** The code of a refusal, as it is written down. */
export function refusalCode({ code, extensions }: CatalogueError): string {
  const why = extensions['why'] ?? extensions['reason'];
  if (typeof why === 'string') return why;
  return code === 'NOT_CANCELLABLE' ? 'status' : code.toLowerCase();
}
