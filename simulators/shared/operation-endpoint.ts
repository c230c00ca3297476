/**
 * How a request that does something is worked on: idempotency key, faults, the effect together with its answer, and the
 * ways in which the answer can get lost.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { failBefore, internalError, type Fault, type Faults } from './faults.ts';
import { ApiError } from './http.ts';
import { fingerprintOf, type Answer, type Keys } from './provider-store.ts';
import type { Store } from './store.ts';
import type { Webhooks } from './webhooks.ts';

/** A definite no; it becomes the answer of its key. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  /** 404 where what it is about was never seen. @default 422 */
  readonly status: number;
  constructor(code: string, message: string, status = 422) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Orders about which the provider says nothing, as if it could not be reached. */
export interface Silence {
  isSilent(orderId: string): boolean;
  /** Leaves a request without an answer until {@link lift}. */
  hold(response: Response, orderId: string): void;
  /** Answers again, and cuts the requests that hang: they were not carried out. */
  lift(orderId: string | undefined): void;
  /** How many requests hang now. */
  hanging(): number;
}

/** For a provider that always says something. */
export const NEVER_SILENT: Silence = {
  isSilent: () => false,
  hold: () => undefined,
  lift: () => undefined,
  hanging: () => 0,
};

export interface EndpointTools {
  readonly store: Store;
  readonly keys: Keys;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly silence: Silence;
  /** Keys whose first request is being worked on. */
  readonly inProgress: Set<string>;
}

export interface OperationEndpoint<Body extends { readonly orderId: string }> {
  readonly operation: string;
  readonly body: z.ZodType<Body>;
  /** A fault that comes from the request itself, counted as used; asked when no rule applies. */
  readonly ownFault?: (body: Body) => Fault | null;
  /** Does it, within one atomic change together with its answer. @throws Refusal which is kept as the answer too */
  readonly perform: (request: {
    readonly key: string;
    readonly body: Body;
    /** Set when a rule says that it shall be declined: the reason, or undefined for the usual one. */
    readonly decline: { readonly code: string | undefined } | null;
  }) => unknown;
  /** Called when it is durable, before it is answered. */
  readonly afterwards?: () => void;
}

/** Makes the handlers of a provider's operations. */
export function createOperationHandlers(tools: EndpointTools) {
  const { store, keys, faults, webhooks, silence, inProgress } = tools;

  const answerOnce = <Body extends { readonly orderId: string }>(
    endpoint: OperationEndpoint<Body>,
    request: { readonly key: string; readonly body: Body; readonly fingerprint: string },
    fault: Fault | null,
  ): Answer => {
    const answer = store.atomically(() => {
      const known = keys.answer(request.key);
      if (known) return known;
      const decline = fault?.behaviour === 'decline' ? { code: fault.code } : null;
      const made = answerOf(() => endpoint.perform({ key: request.key, body: request.body, decline }));
      keys.keepAnswer(request.key, request.fingerprint, made);
      return made;
    });
    webhooks.wake();
    endpoint.afterwards?.();
    return answer;
  };

  return function handle<Body extends { readonly orderId: string }>(
    endpoint: OperationEndpoint<Body>,
  ): RequestHandler {
    return async (request, response) => {
      const key = readKey(request);
      const body = endpoint.body.parse(request.body);
      const fingerprint = fingerprintOf(endpoint.operation, body);
      const known = keys.answer(key);
      if (known && known.fingerprint !== fingerprint)
        throw new ApiError(
          409,
          'idempotency_key_reused',
          'This Idempotency-Key was used for another request',
        );
      if (!known) keys.see(key, body.orderId);
      refuseInProgress(inProgress, key);
      const fault =
        (silence.isSilent(body.orderId)
          ? null
          : faults.take(endpoint.operation, body.orderId, known !== null)) ??
        endpoint.ownFault?.(body) ??
        null;
      // Asked after the request's own fault, which can make the order a silent one.
      if (silence.isSilent(body.orderId)) return silence.hold(response, body.orderId);
      failBefore(fault);
      if (fault?.behaviour === 'delay') {
        inProgress.add(key);
        await delay(fault.delayMs ?? 1000).finally(() => inProgress.delete(key));
      }
      const answer = answerOnce(endpoint, { key, body, fingerprint }, fault);
      if (fault?.behaviour === 'lost_reply') return void request.socket.destroy();
      if (fault?.behaviour === 'error_after') throw internalError();
      response.status(answer.status).type('json').send(answer.body);
    };
  };
}

/** Throws for a key that has no outcome yet: to say that it was never seen would be wrong in a moment. */
export function refuseInProgress(inProgress: ReadonlySet<string>, key: string): void {
  if (inProgress.has(key))
    throw new ApiError(409, 'operation_in_progress', 'The first request with this key is under way', 1);
}

/** A handler that only reads, subject to faults as everything else. */
export function createReadHandler(
  tools: Pick<EndpointTools, 'faults' | 'silence'>,
  operation: 'lookup' | 'list',
  orderOf: (request: Request) => string | null,
  read: (request: Request) => unknown,
): RequestHandler {
  return async (request, response) => {
    const orderId = orderOf(request);
    if (orderId !== null && tools.silence.isSilent(orderId)) return tools.silence.hold(response, orderId);
    const fault = tools.faults.take(operation, orderId, false);
    failBefore(fault);
    if (fault?.behaviour === 'delay') await delay(fault.delayMs ?? 1000);
    if (fault?.behaviour === 'lost_reply') return void request.socket.destroy();
    if (fault?.behaviour === 'error_after') throw internalError();
    response.json(read(request));
  };
}

function readKey(request: Request): string {
  const key = request.get('idempotency-key') ?? '';
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new ApiError(
      400,
      'idempotency_key_missing',
      'Send an Idempotency-Key of 1 to 255 visible ASCII characters',
    );
  return key;
}

function answerOf(perform: () => unknown): Answer {
  try {
    return { status: 200, body: JSON.stringify(perform()) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {
      status: error.status,
      body: JSON.stringify({ error: { code: error.code, message: error.message } }),
    };
  }
}
