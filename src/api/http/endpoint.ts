/**
 * One endpoint as data: where it is, who may call it, what goes in and what comes out. The Express routes, the permission
 * checks and the OpenAPI document are all made from this one description, so they cannot differ.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { CatalogueError, type ErrorCode, type FieldError } from '../../domain/errors.ts';
import type { Logger } from '../../config/logger.ts';
import type { Permission, Principal } from '../auth/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Admission } from './admission.ts';
import { describeFieldErrors } from './errors.ts';
import { answerOnce, hasIdempotencyKey, type Idempotency } from './idempotency.ts';
import { inspectJson } from './inspect-json.ts';
import { toFieldErrors } from './validation.ts';

export type HttpMethod = 'get' | 'post' | 'put';
export type Tag =
  | 'Orders'
  | 'Waiting rooms'
  | 'Ledger'
  | 'Inventory'
  | 'Items'
  | 'Operations'
  | 'Webhooks'
  | 'Codec'
  | 'Service';

/** What is sent back. An object is sent as JSON, a string or bytes as they are. */
export interface Answer {
  readonly httpStatus: number;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /**
   * For endpoints with an Idempotency-Key: whether this answer is the one that every repetition gets. Of what is thrown,
   * refusals of status 402 and 409 are kept.
   * @default true
   */
  readonly keep?: boolean;
  /**
   * Sends what happens from now on, instead of a body; resolves when the response has ended. It has no deadline, so it must
   * end when the service stops or the caller is gone.
   */
  readonly stream?: (request: Request, response: Response) => Promise<void>;
}

/** What may appear in the log line of a request: ids, never personal data. */
export interface LogNote {
  readonly orderId?: string;
  readonly workflowId?: string;
}

/** A request as the router hands it over: authenticated, its body read, nothing validated. */
export interface ReceivedRequest {
  readonly requestId: string;
  /** Null on public endpoints. */
  readonly principal: Principal | null;
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: IncomingHttpHeaders;
  /** How often each header was sent. */
  readonly headersDistinct: NodeJS.Dict<string[]>;
  /** The body as it came; empty when the endpoint takes none. */
  readonly rawBody: Buffer;
  /** The parsed body; undefined when the endpoint takes none, or takes it raw. */
  readonly json: unknown;
  readonly log: Logger;
  /** Adds to the log line of this request. */
  readonly note: (note: LogNote) => void;
}

interface Received<Params, Query, Body> extends Omit<ReceivedRequest, 'params' | 'query' | 'json'> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}
type Authenticated<Request> = Request & { readonly principal: Principal };
type Identified<Request> = Request & { readonly idempotency: Idempotency };

/** One answer in the OpenAPI document. */
export interface DocumentedAnswer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** One, or each of those that it can have. */
  readonly contentType?: string | readonly string[];
  readonly schema?: z.ZodType;
}

interface Description {
  readonly method: HttpMethod;
  /** As OpenAPI writes it: `/v1/orders/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly answers: Readonly<Record<number, DocumentedAnswer>>;
  /** Errors that are particular to it; those that every endpoint of its kind can give are added by the document. */
  readonly errors?: readonly ErrorCode[];
  /** Headers that it reads if they are sent, each with its meaning. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  /** Called by the Temporal Web UI from its own origin. */
  readonly allowTemporalUi?: boolean;
  /** @default 1 MiB */
  readonly bodyLimitBytes?: number;
  /** Its body is bytes in base64 that are stored nowhere, so digits in it are no card number. */
  readonly carriesBytes?: boolean;
}

interface Schemas<
  Params extends z.ZodObject | undefined,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodType | undefined,
> {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Code of the error for a body that does not validate. @default 'INVALID_REQUEST' */
  readonly invalidBody?: ErrorCode;
  /** By default an id of a form that none has is simply not found. */
  readonly invalidParams?: 'NOT_FOUND' | 'INVALID_REQUEST';
}
type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** Access by knowing the address: the secret is a part of the path. Whoever does not know it finds nothing there. */
export interface Capability {
  /** Asked before the body is read. */
  readonly admits: (params: Readonly<Record<string, unknown>>, dependencies: ApiDependencies) => boolean;
}

/** What the router and the OpenAPI document see of an endpoint. */
export interface Endpoint extends Description {
  /** `public` needs no credentials; `webhook` is signed, and takes its body as raw bytes. */
  readonly access: 'public' | 'webhook' | Capability | { readonly permission: Permission };
  /** Whether it takes an Idempotency-Key. */
  readonly idempotencyKey: 'none' | 'optional' | 'required';
  readonly schemas: {
    readonly params: z.ZodObject | undefined;
    readonly query: z.ZodObject | undefined;
    readonly body: z.ZodType | undefined;
  };
  readonly handle: (request: ReceivedRequest, dependencies: ApiDependencies) => Promise<Answer>;
}

type Handler<Request> = (request: Request, dependencies: ApiDependencies) => Promise<Answer>;

/** An endpoint for principals with a permission. */
export function defineEndpoint<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  definition: Description &
    Schemas<Params, Query, Body> & {
      readonly permission: Permission;
      readonly handle: Handler<Authenticated<Received<Output<Params>, Output<Query>, Output<Body>>>>;
    },
): Endpoint {
  return {
    ...describe(definition),
    access: { permission: definition.permission },
    idempotencyKey: 'none',
    handle: async (request, dependencies) =>
      definition.handle(
        { ...validate(definition, request), principal: requirePrincipal(request) },
        dependencies,
      ),
  };
}

/**
 * An endpoint that changes something and takes an Idempotency-Key: repetitions get the answer of the first request, byte for
 * byte, and the same key with another request is refused.
 */
export function defineCommand<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  definition: Description &
    Schemas<Params, Query, Body> & {
      readonly permission: Permission;
      /** Limits how many are worked on at once. @default no limit */
      readonly admission?: Admission;
      readonly handle: Handler<
        Identified<Authenticated<Received<Output<Params>, Output<Query>, Output<Body>>>>
      >;
    },
): Endpoint {
  return {
    ...describe(definition),
    access: { permission: definition.permission },
    idempotencyKey: 'required',
    handle: (request, dependencies) => {
      const principal = requirePrincipal(request);
      return answerOnce(
        {
          request,
          principal,
          method: definition.method,
          path: definition.path,
          dependencies,
          admission: definition.admission,
        },
        () => validate(definition, request),
        (validated, idempotency) => definition.handle({ ...validated, principal, idempotency }, dependencies),
      );
    },
  };
}

/**
 * As {@link defineCommand}, for an endpoint whose repetition is harmless by itself: without an Idempotency-Key each request
 * stands alone, and `idempotency` is null.
 */
export function defineCommandWithOptionalKey<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  definition: Description &
    Schemas<Params, Query, Body> & {
      readonly permission: Permission;
      readonly handle: Handler<
        Authenticated<Received<Output<Params>, Output<Query>, Output<Body>>> & {
          readonly idempotency: Idempotency | null;
        }
      >;
    },
): Endpoint {
  const once = defineCommand(definition);
  return {
    ...once,
    idempotencyKey: 'optional',
    handle: async (request, dependencies) => {
      if (hasIdempotencyKey(request)) return once.handle(request, dependencies);
      const principal = requirePrincipal(request);
      return definition.handle(
        { ...validate(definition, request), principal, idempotency: null },
        dependencies,
      );
    },
  };
}

/** An endpoint for everybody, or for those who know its address. */
export function definePublicEndpoint<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  definition: Description &
    Schemas<Params, Query, Body> & {
      readonly capability?: Capability;
      readonly handle: Handler<Received<Output<Params>, Output<Query>, Output<Body>>>;
    },
): Endpoint {
  return {
    ...describe(definition),
    access: definition.capability ?? 'public',
    idempotencyKey: 'none',
    handle: async (request, dependencies) => definition.handle(validate(definition, request), dependencies),
  };
}

/** An endpoint whose body is signed: it gets the bytes, and validates them itself once it trusts them. */
export function defineWebhook(
  definition: Description & {
    readonly body: z.ZodType;
    readonly handle: Handler<ReceivedRequest>;
  },
): Endpoint {
  return { ...describe(definition), access: 'webhook', idempotencyKey: 'none', handle: definition.handle };
}

function describe(
  definition: Description & {
    readonly params?: z.ZodObject | undefined;
    readonly query?: z.ZodObject | undefined;
    readonly body?: z.ZodType | undefined;
  },
): Omit<Endpoint, 'access' | 'idempotencyKey' | 'handle'> {
  const { params, query, body } = definition;
  return { ...definition, schemas: { params, query, body } };
}

function requirePrincipal(request: ReceivedRequest): Principal {
  if (request.principal === null) throw new Error('A protected endpoint was reached without a principal');
  return request.principal;
}

/** All that is wrong with a request at once. @throws CatalogueError */
function validate<
  Params extends z.ZodObject | undefined,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodType | undefined,
>(
  schemas: Schemas<Params, Query, Body> & Pick<Description, 'carriesBytes'>,
  request: ReceivedRequest,
): Received<Output<Params>, Output<Query>, Output<Body>> {
  const params = (schemas.params ?? z.unknown()).safeParse(request.params);
  const query = (schemas.query ?? z.strictObject({})).safeParse(request.query, { reportInput: true });
  const body = (schemas.body ?? z.unknown()).safeParse(request.json, { reportInput: true });
  if (!params.success && schemas.invalidParams !== 'INVALID_REQUEST')
    throw new CatalogueError('NOT_FOUND', 'There is nothing with this id.');
  const forbidden = schemas.body === undefined || schemas.carriesBytes ? [] : inspectJson(request.json);
  const fieldErrors = firstOfEachPointer([
    ...(params.success ? [] : toFieldErrors(params.error.issues, 'path')),
    ...(query.success ? [] : toFieldErrors(query.error.issues, 'query')),
    ...forbidden,
    ...(body.success ? [] : toFieldErrors(body.error.issues, 'body')),
  ]);
  if (!params.success || !query.success || !body.success || fieldErrors.length > 0) {
    const code = body.success && forbidden.length === 0 ? 'INVALID_REQUEST' : schemas.invalidBody;
    throw new CatalogueError(code ?? 'INVALID_REQUEST', describeFieldErrors(fieldErrors), { fieldErrors });
  }
  // Each schema was chosen by the same definition that named the type, which the compiler cannot see through safeParse.
  return {
    ...request,
    params: params.data as Output<Params>,
    query: query.data as Output<Query>,
    body: body.data as Output<Body>,
  };
}

/** One thing at a time is said about a field. */
function firstOfEachPointer(fieldErrors: readonly FieldError[]): readonly FieldError[] {
  const seen = new Set<string>();
  return fieldErrors.filter(({ pointer }) => !seen.has(pointer) && seen.add(pointer));
}
