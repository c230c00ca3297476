/** The audit trail: an action is written down before anything is done. */
import type { RecordedAction } from '../../../../db/repositories/operator-actions.repository.ts';
import type { ActionRequest } from '../../../domain/operations/actions.ts';
import type { Principal } from '../../auth/principal.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { canonicalJson } from '../../http/canonical-json.ts';
import { sha256Hex } from '../../http/derived-id.ts';
import type { Idempotency } from '../../http/idempotency.ts';

export type AskedNow = RecordedAction & {
  /** False for a repetition: the attempt before may have carried it out. */
  readonly isNew: boolean;
};

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
    bulkId: null,
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
