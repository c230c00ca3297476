/** The audit trail: an action is written down before anything is done, and what became of it afterwards. */
import type { RecordedAction } from '../../../../db/repositories/operator-actions.repository.ts';
import { CatalogueError, type ErrorCode } from '../../../domain/errors.ts';
import type { ActionRequest } from '../../../domain/operations/actions.ts';
import type { Principal } from '../../auth/principal.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { canonicalJson } from '../../http/canonical-json.ts';
import { sha256Hex } from '../../http/derived-id.ts';
import type { Idempotency } from '../../http/idempotency.ts';

/** What an action came to. */
export interface CarriedOut<Value> {
  readonly value: Value;
  /** Null while nobody knows; a repetition finds out. */
  readonly outcome: { readonly outcome: 'done' | 'failed'; readonly detail: string } | null;
}

export type AskedNow = RecordedAction & {
  /** False for a repetition: the attempt before may have carried it out. */
  readonly isNew: boolean;
};

/** Refusals that say that an action was not carried out, and why. */
const REFUSALS: readonly ErrorCode[] = ['NOT_CANCELLABLE', 'NOT_REFUNDABLE', 'ACTION_NOT_POSSIBLE'];

/** Writes down who asks for what, before it is done. Rejects with DatabaseUnavailableError: then nothing is done. */
export function askAction(
  asked: { readonly orderId: string; readonly reason: string; readonly request: ActionRequest },
  by: { readonly principal: Principal; readonly idempotency: Idempotency; readonly requestId: string },
  { repositories }: ApiDependencies,
): Promise<AskedNow> {
  const { principal, idempotency, requestId } = by;
  const { action, ...input } = withoutPersonalData(asked.request);
  return repositories.operatorActions.ask({
    id: idempotency.deriveId('act'),
    orderId: asked.orderId,
    action,
    actor: principal.id,
    role: principal.role,
    reason: asked.reason,
    requestId,
    keyDigest: idempotency.keyDigest,
    input,
  });
}

type StoredRequest = Exclude<ActionRequest, { readonly action: 'change_address' }> | StoredAddress;
interface StoredAddress {
  readonly action: 'change_address';
  /** SHA-256 of the address, by which it can be recognised by who has it, and not be read. */
  readonly addressDigest: string;
}

function withoutPersonalData(request: ActionRequest): StoredRequest {
  if (request.action !== 'change_address') return request;
  return { action: request.action, addressDigest: sha256Hex(canonicalJson(request.shipTo)) };
}

/** Carries an action out and writes down what became of it; nothing where nobody can say yet. */
export async function recordOutcome<Value>(
  action: RecordedAction,
  principal: Principal,
  dependencies: ApiDependencies,
  carryOut: () => Promise<CarriedOut<Value>>,
): Promise<Value> {
  const { value, outcome } = await recordRefusal(action, principal, dependencies, carryOut);
  if (outcome !== null) await conclude(action, principal, outcome, dependencies);
  return value;
}

/** Writes down when an action is refused, and passes the refusal on. */
export async function recordRefusal<Value>(
  action: RecordedAction,
  principal: Principal,
  dependencies: ApiDependencies,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CatalogueError && REFUSALS.includes(error.code))
      await conclude(action, principal, { outcome: 'refused', detail: error.message }, dependencies);
    throw error;
  }
}

/** Adds an outcome, by whoever brought it about. */
export async function conclude(
  { id: actionId }: RecordedAction,
  { id: actor, role }: Principal,
  { outcome, detail }: Pick<RecordedAction['outcomes'][number], 'outcome' | 'detail'>,
  { repositories }: ApiDependencies,
): Promise<void> {
  await repositories.operatorActions.conclude({ actionId, outcome, actor, role, detail });
}
