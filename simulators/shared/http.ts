/** The HTTP plumbing of the simulators: errors as answers, the API key, starting and stopping. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Server } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { z } from 'zod';
import type { Logger } from '../../src/config/logger.ts';

/** An answer that says why not: `{ "error": { "code", "message" } }`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** An Express application with JSON bodies and /livez; add routes, then {@link addErrorHandling}. */
export function createApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/livez', (_request, response) => {
    response.type('text').send('ok');
  });
  app.use(express.json({ limit: '256kb' }));
  return app;
}

/** Answers unknown addresses and errors; the last thing to be added. */
export function addErrorHandling(app: Express, logger: Logger): void {
  app.use((request) => {
    throw new ApiError(404, 'no_such_address', `${request.method} ${request.path} is not served here`);
  });
  const onError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    const answer = toApiError(error);
    if (answer.code === 'unexpected') logger.error({ err: error }, 'request failed unexpectedly');
    if (response.headersSent || response.destroyed) return;
    if (answer.retryAfterSeconds !== undefined)
      response.setHeader('retry-after', String(answer.retryAfterSeconds));
    response.status(answer.status).json({ error: { code: answer.code, message: answer.message } });
  };
  app.use(onError);
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof z.ZodError) return new ApiError(400, 'invalid_request', z.prettifyError(error));
  // What express.json() throws for a body that is too long or is not JSON.
  const thrown = z
    .object({ status: z.number().int().min(400).max(499), message: z.string() })
    .safeParse(error);
  if (thrown.success) return new ApiError(thrown.data.status, 'invalid_request', thrown.data.message);
  return new ApiError(500, 'unexpected', 'The simulator failed; its log says why');
}

/** Lets a request pass that carries `Authorization: Bearer <apiKey>`. */
export function requireApiKey(apiKey: string): RequestHandler {
  return (request, _response, next) => {
    if (!carriesApiKey(request.headers.authorization, apiKey))
      throw new ApiError(401, 'unauthenticated', 'Send Authorization: Bearer <API key>');
    next();
  };
}

/** Whether an Authorization header carries the key. */
export function carriesApiKey(authorization: string | undefined, apiKey: string): boolean {
  return isSameSecret(authorization ?? '', `Bearer ${apiKey}`);
}

/** Compares in the same time, however much of it is right. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Starts to listen. @throws when the port is taken, naming it */
export function listen(app: Express, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(port, host, (error?: Error) => {
      if (error) reject(new Error(`Cannot listen on ${host}:${port}`, { cause: error }));
      else resolve(server);
    });
  });
}

/** Takes no more requests, gives those under way a second, then cuts what is left. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const cut = setTimeout(() => server.closeAllConnections(), 1000);
    server.close((error) => {
      clearTimeout(cut);
      if (error) reject(error);
      else resolve();
    });
    server.closeIdleConnections();
  });
}
