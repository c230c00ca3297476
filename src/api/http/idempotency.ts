/**
 * One mechanism for every request that changes something: the first answer is kept for its Idempotency-Key and given to
 * every repetition.
 */
import type { StoredAnswer } from '../../../db/repositories/access.repository.ts';
import { CatalogueError } from '../../domain/errors.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { canonicalJson } from './canonical-json.ts';
import { deriveId, sha256Hex, type DerivedIdPrefix } from './derived-id.ts';
import type { Answer, HttpMethod, ReceivedRequest } from './endpoint.ts';
import { toSendable } from './send.ts';

/** What a handler needs to make its effect happen once. */
export interface Idempotency {
  /** SHA-256 of what was asked: method, route, parameters and validated body. */
  readonly fingerprint: string;
  /** The id that every repetition of this request arrives at. */
  readonly deriveId: (prefix: DerivedIdPrefix) => string;
  /**
   * Binds the key to this request before the effect, so that another request with the same key is refused while this one
   * is still under way. For effects that do not carry the fingerprint themselves.
   * @throws CatalogueError IDEMPOTENCY_KEY_REUSED
   */
  readonly claim: () => Promise<void>;
}

export interface CommandContext {
  readonly request: ReceivedRequest;
  readonly principal: Principal;
  readonly method: HttpMethod;
  readonly path: string;
  readonly dependencies: ApiDependencies;
}

/**
 * Validates, answers from what is kept, or runs the handler and keeps its answer. When two equal requests run at once both
 * get the answer that was kept first.
 *
 * Kept under a hash of the key, because a key is the caller's text and might hold what no store should.
 *
 * @throws CatalogueError IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, and whatever validation and handler throw
 */
export async function answerOnce<Validated extends { readonly params: unknown; readonly body: unknown }>(
  context: CommandContext,
  validate: () => Validated,
  run: (validated: Validated, idempotency: Idempotency) => Promise<Answer>,
): Promise<Answer> {
  const { request, principal, dependencies } = context;
  const { access } = dependencies.repositories;
  const key = readIdempotencyKey(request);
  const validated = validate();
  const { params, body } = validated;
  const fingerprint = sha256Hex(canonicalJson({ method: context.method, path: context.path, params, body }));
  const keyHash = sha256Hex(key);

  const kept = await access.findAnswer(principal.id, keyHash);
  if (kept !== null) return replay(kept, fingerprint);

  const answer = await run(validated, {
    fingerprint,
    deriveId: (prefix) => deriveId(prefix, principal.id, key),
    claim: async () => {
      // An order that is still being decided has no kept answer yet, but its id tells which key it was placed with.
      const placed = await dependencies.repositories.orderReads.find(deriveId('ord', principal.id, key));
      if (placed !== null) throw keyReused();
      const claim = await access.keepAnswer(principal.id, `claim:${keyHash}`, {
        fingerprint,
        httpStatus: 102,
        headers: {},
        body: '',
      });
      if (claim.fingerprint !== fingerprint) throw keyReused();
    },
  });
  if (answer.keep === false) return answer;

  const { httpStatus, headers, body: sent } = toSendable(answer);
  const first = await access.keepAnswer(principal.id, keyHash, {
    fingerprint,
    httpStatus,
    headers,
    body: sent.toString(),
  });
  // Kept by another kind of request with the same key at the same moment: what was done here was done, so it is told.
  if (first.fingerprint !== fingerprint) return answer;
  return replay(first, fingerprint);
}

export function keyReused(): CatalogueError {
  return new CatalogueError(
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key belongs to a request with another address or body.',
  );
}

function replay(kept: StoredAnswer, fingerprint: string): Answer {
  if (kept.fingerprint !== fingerprint) throw keyReused();
  return { httpStatus: kept.httpStatus, headers: kept.headers, body: kept.body };
}

/** @throws CatalogueError IDEMPOTENCY_KEY_MISSING, also when it was sent twice */
function readIdempotencyKey(request: ReceivedRequest): string {
  const values = request.headersDistinct['idempotency-key'] ?? [];
  const [key] = values;
  if (key === undefined || values.length > 1 || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    const what =
      key === undefined ? 'is required' : values.length > 1 ? 'was sent more than once' : 'is not valid';
    throw new CatalogueError('IDEMPOTENCY_KEY_MISSING', `The header Idempotency-Key ${what}.`, {
      fieldErrors: [
        { pointer: 'header:Idempotency-Key', message: `${what}: 1 to 255 visible ASCII characters` },
      ],
    });
  }
  return key;
}
