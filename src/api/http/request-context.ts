/** What belongs to one request from its first byte to its log line. */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { ERRORS, type ErrorCode } from '../../domain/errors.ts';
import type { Logger } from '../../config/logger.ts';
import type { Principal } from '../auth/principal.ts';
import { containsCardNumber } from './card-number.ts';
import type { LogNote } from './endpoint.ts';
import type { ApiMetrics } from './metrics.ts';

export interface RequestContext {
  readonly requestId: string;
  readonly log: Logger;
  /** The route's pattern, never the address as it was sent: that can hold anything. */
  route: string;
  principal: Principal | null;
  note: LogNote;
  errorCode: ErrorCode | null;
  /** What the caller is not told about an error. */
  cause: unknown;
}

const contexts = new WeakMap<Response, RequestContext>();

/** @throws Error for a response that did not go through {@link requestContext} */
export function contextOf(response: Response): RequestContext {
  const context = contexts.get(response);
  if (context === undefined) throw new Error('The request context middleware is not mounted');
  return context;
}

const QUIET_ROUTES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Gives each request its id, and one log line and one measurement when it ends. Mount it before all that can answer. */
export function requestContext(logger: Logger, metrics: ApiMetrics): RequestHandler {
  return (request, response, next) => {
    const requestId = incomingRequestId(request) ?? randomUUID();
    const startedAt = performance.now();
    const context: RequestContext = {
      requestId,
      log: logger.child({ requestId }),
      route: 'unmatched',
      principal: null,
      note: {},
      errorCode: null,
      cause: undefined,
    };
    contexts.set(response, context);
    response.setHeader('X-Request-Id', requestId);
    response.once('close', () => {
      const seconds = (performance.now() - startedAt) / 1000;
      const { method } = request;
      metrics.requestDuration.observe({ method, route: context.route, status: response.statusCode }, seconds);
      logRequest(context, method, response, seconds);
    });
    next();
  };
}

/**
 * The caller's id if it has the form of one. It is written to logs and events, so what looks like a card number is not
 * taken over.
 */
function incomingRequestId(request: Request): string | undefined {
  const values = request.headersDistinct['x-request-id'] ?? [];
  const [value] = values;
  if (value === undefined || values.length > 1) return undefined;
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value) && !containsCardNumber(value) ? value : undefined;
}

function logRequest(context: RequestContext, method: string, response: Response, seconds: number): void {
  const { route, principal, note, errorCode, cause } = context;
  const level = errorCode !== null ? ERRORS[errorCode].logLevel : QUIET_ROUTES.has(route) ? 'debug' : 'info';
  context.log[level](
    {
      method,
      route,
      status: response.statusCode,
      durationMs: Math.round(seconds * 1000),
      ...(principal ? { principalId: principal.id } : {}),
      ...note,
      ...(errorCode ? { code: errorCode } : {}),
      ...(cause === undefined ? {} : { err: cause }),
      ...(response.writableFinished ? {} : { aborted: true }),
    },
    'request',
  );
}
