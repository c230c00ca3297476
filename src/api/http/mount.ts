/** Puts an endpoint's description onto Express: the order in which a request is checked is the order of this file. */
import type { Express, Request, RequestHandler, Response } from 'express';
import type { Authenticate } from '../auth/authenticate.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { CatalogueError } from '../../domain/errors.ts';
import { allowOrigin } from './cors.ts';
import { withinDeadline } from './deadline.ts';
import type { Endpoint } from './endpoint.ts';
import type { RateLimit } from './rate-limit.ts';
import { DEFAULT_BODY_LIMIT_BYTES, parseJson, readBody } from './read-body.ts';
import { contextOf } from './request-context.ts';
import { send } from './send.ts';

export interface MountOptions {
  readonly dependencies: ApiDependencies;
  readonly authenticate: Authenticate;
  readonly rateLimit: RateLimit;
  readonly temporalUiOrigins: ReadonlySet<string>;
}

/** On top of the confirmation deadline: time for the statements around it. No request takes longer than both. */
const REQUEST_GRACE_MS = 7_500;

function deadlineMs({ dependencies }: MountOptions): number {
  return dependencies.environment.CONFIRMATION_DEADLINE_MS + REQUEST_GRACE_MS;
}

/** Mounts all endpoints, and for each address what is said to other methods. */
export function mountEndpoints(app: Express, endpoints: readonly Endpoint[], options: MountOptions): void {
  for (const endpoint of endpoints) {
    app[endpoint.method](
      expressPath(endpoint.path),
      announceRoute(endpoint, options),
      checkAccess(endpoint, options),
      handleRequest(endpoint, options),
    );
  }
  for (const [path, onPath] of Map.groupBy(endpoints, (endpoint) => endpoint.path)) {
    app.all(expressPath(path), answerOtherMethods(onPath, options));
  }
}

/** `/v1/orders/{id}` as Express writes it. */
export function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function announceRoute(endpoint: Endpoint, options: MountOptions): RequestHandler {
  return (request, response, next) => {
    contextOf(response).route = endpoint.path;
    if (endpoint.allowTemporalUi === true) allowOrigin(request, response, options.temporalUiOrigins);
    next();
  };
}

/** The one place where permissions are checked. */
function checkAccess(endpoint: Endpoint, options: MountOptions): RequestHandler {
  const { authenticate, rateLimit } = options;
  const { access } = endpoint;
  const timeoutMs = deadlineMs(options);
  return async (request, response, next) => {
    if (typeof access === 'object' && 'admits' in access) {
      if (!access.admits(request.params, options.dependencies))
        throw new CatalogueError('NOT_FOUND', 'There is nothing at this address.');
      await rateLimit.take(endpoint.path, response);
    } else if (typeof access === 'object') {
      const context = contextOf(response);
      context.principal = await withinDeadline(timeoutMs, 'The service', authenticate(request));
      await rateLimit.take(context.principal.id, response);
      requirePermission(context.principal, access.permission);
    }
    next();
  };
}

function handleRequest(endpoint: Endpoint, options: MountOptions): RequestHandler {
  const { dependencies } = options;
  const takesBody = endpoint.schemas.body !== undefined;
  const read = readBody(endpoint.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES);
  const timeoutMs = deadlineMs(options);
  return async (request: Request, response: Response) => {
    const context = contextOf(response);
    const { requestId, principal, log } = context;
    const rawBody = takesBody ? await read(request, response) : Buffer.alloc(0);
    const json = takesBody && endpoint.access !== 'webhook' ? parseJson(rawBody) : undefined;
    const work = endpoint.handle(
      {
        requestId,
        principal,
        params: request.params,
        query: request.query,
        headers: request.headers,
        headersDistinct: request.headersDistinct,
        rawBody,
        json,
        log,
        note: (note) => {
          context.note = { ...context.note, ...note };
        },
      },
      dependencies,
    );
    const answer = await withinDeadline(timeoutMs, 'The service', work);
    if (answer.stream === undefined || request.method === 'HEAD') send(response, answer);
    else await answer.stream(request, response);
  };
}

function answerOtherMethods(endpoints: readonly Endpoint[], options: MountOptions): RequestHandler {
  const methods = endpoints.flatMap(({ method }) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  const allow = [...methods, 'OPTIONS'].join(', ');
  const [first] = endpoints;
  return (request, response) => {
    const context = contextOf(response);
    context.route = first?.path ?? context.route;
    response.setHeader('Allow', allow);
    if (request.method !== 'OPTIONS')
      throw new CatalogueError('METHOD_NOT_ALLOWED', `This address takes ${allow}.`);
    if (endpoints.some((endpoint) => endpoint.allowTemporalUi))
      allowOrigin(request, response, options.temporalUiOrigins);
    send(response, { httpStatus: 204 });
  };
}
