/** Errors as RFC 9457 problem documents. */
import { ERRORS, type CatalogueError, type ErrorCode } from '../../domain/errors.ts';
import type { Answer } from './endpoint.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';
/** More entries than this are counted instead of listed, so that a bad request cannot ask for a huge answer. */
const MAX_FIELD_ERRORS = 20_000;

/** Where an error code is explained; served by this program. */
export function problemType(code: ErrorCode): string {
  return `/docs/errors#${code}`;
}

/** The problem document of an error. What an error of status 500 says stays in the log. */
export function toProblem(error: CatalogueError, requestId: string): Record<string, unknown> {
  const definition = ERRORS[error.code];
  const listed = error.fieldErrors.slice(0, MAX_FIELD_ERRORS);
  const left = error.fieldErrors.length - listed.length;
  return {
    ...error.extensions,
    type: problemType(error.code),
    title: definition.title,
    status: definition.httpStatus,
    code: error.code,
    detail:
      definition.httpStatus === 500
        ? 'What happened is in the log of the service under this requestId.'
        : error.message,
    requestId,
    ...(listed.length > 0 ? { errors: listed } : {}),
    ...(left > 0 ? { errorsLeftOut: left } : {}),
  };
}

/** The answer for an error: document, status and headers. */
export function problemAnswer(error: CatalogueError, requestId: string): Answer {
  const problem = toProblem(error, requestId);
  return {
    httpStatus: ERRORS[error.code].httpStatus,
    headers: {
      'content-type': PROBLEM_CONTENT_TYPE,
      ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }),
      ...(error.code === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: problem,
  };
}
