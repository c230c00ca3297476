/**
 * One mechanism for every request that changes something: the first answer is kept for its Idempotency-Key and given to
 * every repetition.
 *
 * A key is claimed before the handler runs and belongs to one request from then on. While an attempt at it is under way,
 * equal requests wait for its answer instead of attempting it too. An attempt whose process was killed is waited for until
 * its lease runs out; then one of those who wait makes the next. A handler can therefore run more than once for one key,
 * also twice at the same time when an attempt takes longer than its lease: its effect carries an id derived from the key,
 * or is one statement with the answer, and of two attempts only the last that was begun can keep an answer.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { CatalogueError, ERRORS } from '../../domain/errors.ts';
import type { FinalAnswer, StoredAnswer } from '../../../db/repositories/access.repository.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Admission } from './admission.ts';
import { canonicalJson } from './canonical-json.ts';
import { deriveId, sha256Hex, type DerivedIdPrefix } from './derived-id.ts';
import type { Answer, HttpMethod, ReceivedRequest } from './endpoint.ts';
import { RETRY_AFTER_SECONDS, toCatalogueError } from './errors.ts';
import { problemAnswer } from './problem.ts';
import { toSendable } from './send.ts';

/** What a handler needs to make its effect happen once. */
export interface Idempotency {
  /** Whether nobody has attempted this request before, as far as answers are kept. */
  readonly isFirstAttempt: boolean;
  /**
   * For how long from now nobody else attempts this request, milliseconds; not above zero when others may. What is begun then
   * could meet the answer of another attempt.
   */
  readonly heldForMs: () => number;
  /** SHA-256 of what was asked: method, route, parameters and validated body. */
  readonly fingerprint: string;
  /** SHA-256 of the key, hex. */
  readonly keyDigest: string;
  /** The id that every repetition of this request arrives at. */
  readonly deriveId: (prefix: DerivedIdPrefix) => string;
  /** For an effect without such an id: what its statement writes beside it, so that it happens together with its answer. */
  readonly endWith: (answer: Answer) => FinalAnswer;
}

export interface CommandContext {
  readonly request: ReceivedRequest;
  readonly principal: Principal;
  readonly method: HttpMethod;
  readonly path: string;
  readonly dependencies: ApiDependencies;
  /** Limits how many are attempted at once. @default no limit */
  readonly admission?: Admission | undefined;
}

/** Whoever holds a key longer than the confirmation deadline and this is taken for dead, milliseconds. */
const LEASE_GRACE_MS = 2_500;
/** A request waits this much longer than the confirmation deadline for others: until after their lease, and not until its own end. */
const WAIT_GRACE_MS = 4_000;
/** Pauses between two looks grow from the first to the second, milliseconds. */
const FIRST_LOOK_MS = 10;
const LAST_LOOK_MS = 200;

/** A request with its key, ready to be attempted. */
interface KeyedRequest {
  readonly context: CommandContext;
  readonly key: string;
  /** What the key is stored under: a hash, because a key is the caller's text and might hold what no store should. */
  readonly keyHash: string;
  readonly fingerprint: string;
  readonly run: (idempotency: Idempotency) => Promise<Answer>;
}

/**
 * Validates, answers from what is kept, waits for an equal request that is under way, or runs the handler and keeps its
 * answer: every 2xx unless the handler says otherwise, and every refusal that decides the request (402, 409). Other errors
 * promise nothing, so the next repetition tries again; those that found the request itself wrong leave the key free.
 *
 * @throws CatalogueError IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, REQUEST_IN_PROGRESS, OVERLOADED, and what
 * validation and handler throw
 */
export async function answerOnce<Validated extends { readonly params: unknown; readonly body: unknown }>(
  context: CommandContext,
  validate: () => Validated,
  run: (validated: Validated, idempotency: Idempotency) => Promise<Answer>,
): Promise<Answer> {
  const key = readIdempotencyKey(context.request);
  const validated = validate();
  const { params, body } = validated;
  const fingerprint = sha256Hex(canonicalJson({ method: context.method, path: context.path, params, body }));
  const keyed: KeyedRequest = {
    context,
    key,
    keyHash: sha256Hex(key),
    fingerprint,
    run: (idempotency) => run(validated, idempotency),
  };
  const { CONFIRMATION_DEADLINE_MS } = context.dependencies.environment;
  const waitUntil = performance.now() + CONFIRMATION_DEADLINE_MS + WAIT_GRACE_MS;
  const leaseMs = CONFIRMATION_DEADLINE_MS + LEASE_GRACE_MS;
  context.admission?.refuseWhenFull();
  for (;;) {
    // Counted from before the statement, so that it is over here no later than in the database.
    const heldUntilMs = performance.now() + leaseMs;
    const claim = await context.dependencies.repositories.access.claimKey({
      principalId: context.principal.id,
      key: keyed.keyHash,
      fingerprint,
      leaseMs,
    });
    if (claim !== null && claim.fingerprint !== fingerprint) throw keyReused();
    if (claim?.isTaken) {
      const answer = await attempt(keyed, claim.attempt, heldUntilMs);
      if (answer !== null) return answer;
    } else if (claim !== null) {
      const answer = claim.isFinal ? claim.answer : await awaitAttempt(keyed, claim.attempt, waitUntil);
      if (answer !== null) return answer;
    }
    if (performance.now() >= waitUntil) throw inProgress();
  }
}

/**
 * Runs the handler and keeps its answer.
 * @returns what is kept; null when the attempt was overtaken, so that what the other one does is the answer
 */
async function attempt(keyed: KeyedRequest, number: number, heldUntilMs: number): Promise<Answer | null> {
  const { context, key, keyHash, fingerprint } = keyed;
  const { principal, request, dependencies } = context;
  const { access } = dependencies.repositories;
  const attempted = { principalId: principal.id, key: keyHash, attempt: number };
  let answer: Answer;
  try {
    const idempotency: Idempotency = {
      isFirstAttempt: number === 1,
      heldForMs: () => heldUntilMs - performance.now(),
      fingerprint,
      keyDigest: keyHash,
      deriveId: (prefix) => deriveId(prefix, principal.id, key),
      endWith: (final) => ({ ...attempted, answer: toStored(final) }),
    };
    const work = (): Promise<Answer> => keyed.run(idempotency);
    answer = await (context.admission === undefined ? work() : context.admission.run(work));
  } catch (thrown) {
    const error = toCatalogueError(thrown);
    const refusal = problemAnswer(error, request.requestId);
    if (!isDecision(error)) {
      await letGo(keyed, number, refusal);
      throw thrown;
    }
    answer = refusal;
  }
  const isFinal = answer.keep !== false;
  const kept = await access.endAttempt({ ...attempted, answer: toStored(answer), isFinal });
  // An answer that promises a decision is as good from an attempt that was overtaken.
  return kept ?? (isFinal ? null : answer);
}

/** A refusal that follows from the state of the order or the stock, and not from the request alone or from an outage. */
function isDecision({ code }: CatalogueError): boolean {
  const { httpStatus, retryable } = ERRORS[code];
  return !retryable && (httpStatus === 402 || httpStatus === 409);
}

/**
 * Ends an attempt that decided nothing. Those who wait for it get its answer; when the request itself was wrong and nothing
 * was attempted before, the key is free again. When this cannot be written either, the lease runs out by itself.
 */
async function letGo(keyed: KeyedRequest, number: number, refusal: Answer): Promise<void> {
  const { access } = keyed.context.dependencies.repositories;
  const attempted = { principalId: keyed.context.principal.id, key: keyed.keyHash, attempt: number };
  try {
    if (refusal.httpStatus < 500 && number === 1) await access.releaseKey(attempted);
    else await access.endAttempt({ ...attempted, answer: toStored(refusal), isFinal: false });
  } catch (error) {
    keyed.context.request.log.warn(
      { err: error },
      'an Idempotency-Key stays claimed until its lease runs out',
    );
  }
}

/**
 * Waits for somebody else's attempt.
 * @returns its answer, also when that is for those only who waited; null when the key is to be claimed again
 * @throws CatalogueError REQUEST_IN_PROGRESS
 */
async function awaitAttempt(
  { context, keyHash }: KeyedRequest,
  number: number,
  waitUntil: number,
): Promise<Answer | null> {
  const { access } = context.dependencies.repositories;
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(LAST_LOOK_MS, pauseMs * 1.5)) {
    if (performance.now() + pauseMs > waitUntil) throw inProgress();
    // Spread, so that those who came together do not look together.
    await wait(pauseMs * (0.5 + Math.random()));
    const state = await access.readKey(context.principal.id, keyHash);
    if (state === null) return null;
    if (state.answer !== null && (state.isFinal || state.attempt === number)) return state.answer;
    if (!state.isHeld) return null;
  }
}

export function keyReused(): CatalogueError {
  return new CatalogueError(
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key belongs to a request with another address or body.',
  );
}

function inProgress(): CatalogueError {
  return new CatalogueError(
    'REQUEST_IN_PROGRESS',
    'An equal request with this Idempotency-Key is under way and has no answer yet.',
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}

function toStored(answer: Answer): StoredAnswer {
  const { httpStatus, headers, body } = toSendable(answer);
  return { httpStatus, headers, body: body.toString() };
}

/** Whether the caller has sent a key at all, good or bad. */
export function hasIdempotencyKey(request: ReceivedRequest): boolean {
  return request.headersDistinct['idempotency-key'] !== undefined;
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
