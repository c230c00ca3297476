/** Builds the Express application from what it depends on. Owns nothing that must be closed. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { CatalogueError, ERRORS } from '../domain/errors.ts';
import { traceRequests } from '../config/tracing.ts';
import { createAuthenticate } from './auth/authenticate.ts';
import type { ApiDependencies } from './dependencies.ts';
import { createEndpoints } from './endpoints.ts';
import { createAdmission, type Admission } from './http/admission.ts';
import { allowedOrigins } from './http/cors.ts';
import { toCatalogueError } from './http/errors.ts';
import { createMetrics, type ApiMetrics } from './http/metrics.ts';
import { mountEndpoints } from './http/mount.ts';
import { problemAnswer } from './http/problem.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { contextOf, requestContext } from './http/request-context.ts';
import { send } from './http/send.ts';
import { turnsWithin } from './http/turn-rule.ts';

/** @throws ConfigurationError when the environment is contradictory */
export function createApp(dependencies: ApiDependencies): Express {
  const { environment, logger, metrics: registry, repositories } = dependencies;
  const metrics = createMetrics(registry, repositories, logger);
  const app = express();
  app.disable('x-powered-by');
  // Only an order has an ETag, and it is its version; one made from the bytes would say something else.
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('case sensitive routing', true);

  app.use(traceRequests());
  app.use(requestContext(logger, metrics));
  app.use(securityHeaders());
  app.use(closeWhenStopping(dependencies));
  mountEndpoints(app, createEndpoints(metrics, admissionOf(dependencies, metrics)), {
    dependencies,
    authenticate: createAuthenticate(dependencies),
    rateLimit: createRateLimit(environment.RATE_LIMIT_PER_SECOND),
    temporalUiOrigins: allowedOrigins(environment.TEMPORAL_UI_URL),
  });
  app.use(() => {
    throw new CatalogueError('NOT_FOUND', 'There is nothing at this address.');
  });
  app.use(answerError);
  return app;
}

/** What would not be decided within the deadline is refused at the door. */
function admissionOf({ environment }: ApiDependencies, metrics: ApiMetrics): Admission {
  return createAdmission({
    ...turnsWithin(environment.CONFIRMATION_DEADLINE_MS),
    onChange: ({ limit, underWay, waiting }) => {
      metrics.orderTurns.set({ state: 'limit' }, limit);
      metrics.orderTurns.set({ state: 'under_way' }, underWay);
      metrics.orderTurns.set({ state: 'waiting' }, waiting);
    },
  });
}

/** No answer is a page, except the few under /docs, which bring a policy of their own. */
function securityHeaders(): RequestHandler {
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  });
  return (request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    secure(request, response, next);
  };
}

/** Tells clients to let their connection go, so that a stop does not wait for idle ones. */
function closeWhenStopping({ isStopping }: ApiDependencies): RequestHandler {
  return (_request, response, next) => {
    if (isStopping()) response.setHeader('Connection', 'close');
    next();
  };
}

const answerError: ErrorRequestHandler = (thrown: unknown, _request, response, _next) => {
  const error = toCatalogueError(thrown);
  const context = contextOf(response);
  context.errorCode = error.code;
  // The detail of a 500 is not sent, so the error itself goes to the log.
  context.cause = error.cause ?? (ERRORS[error.code].httpStatus === 500 ? error : undefined);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  send(response, problemAnswer(error, context.requestId));
};
