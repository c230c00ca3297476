/** The OpenAPI document, made from the same descriptions and schemas that route and validate. */
import { createDocument } from 'zod-openapi';
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../../domain/errors.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { PROBLEM_CONTENT_TYPE } from '../http/problem.ts';
import { problem } from '../http/problem.schema.ts';
import { WEBHOOK_SIGNATURE_HEADER } from '../../config/webhook-signature.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;
type Paths = NonNullable<Parameters<typeof createDocument>[0]['paths']>;
type Operation = NonNullable<Paths[string]['get']>;
type Answers = Operation['responses'];

const INTRODUCTION = `JSON over HTTP. Errors are \`application/problem+json\` (RFC 9457); /docs/errors explains each code.
Money is an integer count of minor units with its currency. Times are RFC 3339 in UTC. Unknown fields are refused.
A body may have 1 MiB (1,048,576 bytes). After 503 and 429 wait as long as \`Retry-After\` says and send the same request
with the same \`Idempotency-Key\`: what was done once is not done again, and the first final answer, refusals of status 402
and 409 included, is given byte for byte. Of equal requests at the same time one is carried out and the others wait for its answer.`;

export function createOpenApiDocument(endpoints: readonly Endpoint[]): OpenApiDocument {
  const paths: Paths = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: toOperation(endpoint) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'order-saga', version: '1.0.0', description: INTRODUCTION },
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, or a JWT of the configured issuer.',
        },
      },
    },
  });
}

function toOperation(endpoint: Endpoint): Operation {
  const { schemas, access } = endpoint;
  const permission = typeof access === 'object' && 'permission' in access ? access.permission : null;
  const description = [endpoint.description, permission && `Needs the permission \`${permission}\`.`];
  return {
    operationId: endpoint.operationId,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    description: description.filter(Boolean).join('\n\n'),
    security: permission === null ? [] : [{ bearer: [] }],
    requestParams: {
      ...(schemas.params ? { path: schemas.params } : {}),
      ...(schemas.query ? { query: schemas.query } : {}),
      ...headersOf(endpoint),
    },
    ...(schemas.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schemas.body } } } }
      : {}),
    responses: { ...goodAnswers(endpoint), ...problemAnswers(endpoint) },
  };
}

function headersOf(endpoint: Endpoint): { header?: z.ZodObject } {
  const optional = Object.fromEntries(
    Object.entries(endpoint.requestHeaders ?? {}).map(([name, meaning]) => [
      name,
      z.string().optional().meta({ description: meaning }),
    ]),
  );
  if (endpoint.idempotencyKey !== 'none') {
    const key = z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/)
      .meta({ description: 'Chosen by the caller for this request, the same on every repetition.' });
    return {
      header: z.object({
        'Idempotency-Key': endpoint.idempotencyKey === 'optional' ? key.optional() : key,
        ...optional,
      }),
    };
  }
  if (endpoint.access === 'webhook') {
    return {
      header: z.object({
        [WEBHOOK_SIGNATURE_HEADER]: z.string().meta({
          description: '`t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`',
        }),
      }),
    };
  }
  return endpoint.requestHeaders === undefined ? {} : { header: z.object(optional) };
}

function goodAnswers(endpoint: Endpoint): Answers {
  return Object.fromEntries(
    Object.entries(endpoint.answers).map(([status, answer]) => [
      status,
      {
        description: answer.description,
        ...(answer.headers
          ? {
              headers: z.object(
                Object.fromEntries(
                  Object.entries(answer.headers).map(([name, meaning]) => [
                    name,
                    z.string().meta({ description: meaning }),
                  ]),
                ),
              ),
            }
          : {}),
        ...(answer.schema
          ? { content: { 'application/json': { schema: answer.schema } } }
          : answer.contentType
            ? {
                content: Object.fromEntries(
                  [answer.contentType].flat().map((type) => [type, { schema: z.string() }]),
                ),
              }
            : {}),
      },
    ]),
  );
}

function problemAnswers(endpoint: Endpoint): Answers {
  const byStatus = Map.groupBy(errorCodesOf(endpoint), (code) => ERRORS[code].httpStatus);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('\n\n'),
        content: { [PROBLEM_CONTENT_TYPE]: { schema: problem } },
      },
    ]),
  );
}

/** All codes that this endpoint can answer: its own, and those of its kind. */
export function errorCodesOf(endpoint: Endpoint): readonly ErrorCode[] {
  const codes = new Set<ErrorCode>(endpoint.errors ?? []);
  const { schemas, access } = endpoint;
  if (schemas.params || schemas.query || schemas.body) codes.add('INVALID_REQUEST');
  if (schemas.body) codes.add('PAYLOAD_TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE');
  if (typeof access === 'object' && 'permission' in access)
    codes.add('UNAUTHENTICATED').add('FORBIDDEN').add('RATE_LIMITED');
  if (typeof access === 'object' && 'admits' in access) codes.add('RATE_LIMITED');
  if (access === 'webhook') codes.add('WEBHOOK_SIGNATURE_INVALID');
  if (endpoint.idempotencyKey !== 'none')
    codes.add('IDEMPOTENCY_KEY_MISSING').add('IDEMPOTENCY_KEY_REUSED').add('REQUEST_IN_PROGRESS');
  if (endpoint.operationId !== 'isAlive') codes.add('UNAVAILABLE');
  codes.add('INTERNAL').add('INVARIANT_VIOLATED');
  return [...codes];
}
