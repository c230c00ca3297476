/**
 * The one catalogue of errors: what a caller sees, what the log says, and whether trying again can help.
 * docs/errors.md is checked against it.
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ErrorDefinition {
  readonly httpStatus: number;
  /** RFC 9457 `title`: the same for every occurrence. */
  readonly title: string;
  /** Whether the same request can succeed later without anybody changing it. */
  readonly retryable: boolean;
  readonly logLevel: LogLevel;
  /** What the reader of the error should do. */
  readonly remedy: string;
}

export const ERRORS = {
  INVALID_REQUEST: {
    httpStatus: 400,
    title: 'The request is not valid',
    retryable: false,
    logLevel: 'info',
    remedy: 'Correct every field named in `errors` and send it again.',
  },
  INVALID_ORDER: {
    httpStatus: 400,
    title: 'The order is not valid',
    retryable: false,
    logLevel: 'info',
    remedy: 'Correct every field named in `errors` and send it again.',
  },
  IDEMPOTENCY_KEY_MISSING: {
    httpStatus: 400,
    title: 'The Idempotency-Key header is missing or not valid',
    retryable: false,
    logLevel: 'info',
    remedy:
      'Send a header `Idempotency-Key` of 1 to 255 visible ASCII characters, the same on every repetition of this request.',
  },
  UNAUTHENTICATED: {
    httpStatus: 401,
    title: 'Who is calling is not known',
    retryable: false,
    logLevel: 'info',
    remedy: 'Send `Authorization: Bearer <api key or JWT>` with a key that has not been revoked.',
  },
  WEBHOOK_SIGNATURE_INVALID: {
    httpStatus: 401,
    title: 'The webhook signature is not valid',
    retryable: false,
    logLevel: 'warn',
    remedy: 'Check that both sides hold the same webhook secret and that their clocks agree.',
  },
  FORBIDDEN: {
    httpStatus: 403,
    title: 'This key may not do that',
    retryable: false,
    logLevel: 'info',
    remedy: 'Use a key that has the permission named in `detail`.',
  },
  WAITING_ROOM_TOKEN_REQUIRED: {
    httpStatus: 403,
    title: 'This is sold through a waiting room',
    retryable: false,
    logLevel: 'info',
    remedy:
      'Take a ticket at the address in `waitingRooms`, wait until it is admitted, and send its token as `Waiting-Room-Token`.',
  },
  WAITING_ROOM_TOKEN_INVALID: {
    httpStatus: 403,
    title: 'The token of the waiting room does not admit this order',
    retryable: false,
    logLevel: 'info',
    remedy:
      'Do what `detail` says; a ticket whose time is over is taken anew at the address in `waitingRooms`.',
  },
  NOT_FOUND: {
    httpStatus: 404,
    title: 'There is no such thing',
    retryable: false,
    logLevel: 'info',
    remedy: 'Check the address and the id.',
  },
  METHOD_NOT_ALLOWED: {
    httpStatus: 405,
    title: 'This address does not take that method',
    retryable: false,
    logLevel: 'info',
    remedy: 'Use one of the methods named in the `Allow` header.',
  },
  PAYMENT_DECLINED: {
    httpStatus: 402,
    title: 'The payment was declined',
    retryable: false,
    logLevel: 'info',
    remedy: 'Ask the customer for another means of payment and place a new order with a new Idempotency-Key.',
  },
  OUT_OF_STOCK: {
    httpStatus: 409,
    title: 'Not everything is in stock',
    retryable: false,
    logLevel: 'info',
    remedy: 'Reduce the lines named in `lines` to what is available, or leave them out.',
  },
  FRAUD_REFUSED: {
    httpStatus: 409,
    title: 'The order cannot be accepted',
    retryable: false,
    logLevel: 'info',
    remedy:
      'Nothing is held and nothing was charged. Do not place the order again; the customer may write to the shop.',
  },
  NOT_IN_REVIEW: {
    httpStatus: 409,
    title: 'The order does not wait for a review',
    retryable: false,
    logLevel: 'info',
    remedy: 'Look at the order: its review was decided, or there was none.',
  },
  TOTAL_CHANGED: {
    httpStatus: 409,
    title: 'The total is not what the customer saw',
    retryable: false,
    logLevel: 'info',
    remedy: 'Show the customer the total in `actualTotal` and place the order again.',
  },
  NOT_CANCELLABLE: {
    httpStatus: 409,
    title: 'The order can no longer be cancelled',
    retryable: false,
    logLevel: 'info',
    remedy: 'Do what `detail` says is possible instead.',
  },
  NOT_REFUNDABLE: {
    httpStatus: 409,
    title: 'That much cannot be refunded',
    retryable: false,
    logLevel: 'info',
    remedy: 'Refund no more than `detail` says is left.',
  },
  ACTION_NOT_POSSIBLE: {
    httpStatus: 409,
    title: 'That cannot be done to the order',
    retryable: false,
    logLevel: 'info',
    remedy: 'Read `detail` for the reason, and do one of what `possible` lists instead.',
  },
  BULK_NOT_POSSIBLE: {
    httpStatus: 409,
    title: 'That cannot be done with these orders, or with this bulk',
    retryable: false,
    logLevel: 'info',
    remedy: 'Read `detail` for the reason; `GET /v1/ops/bulk/{id}` says where a bulk stands.',
  },
  STOCK_WOULD_BE_NEGATIVE: {
    httpStatus: 409,
    title: 'The adjustment would take more than is free',
    retryable: false,
    logLevel: 'info',
    remedy: 'Take no more than what is on hand and not reserved.',
  },
  WAITING_ROOM_CLOSED: {
    httpStatus: 409,
    title: 'The waiting room has closed',
    retryable: false,
    logLevel: 'info',
    remedy: 'Place the order without a token; nobody has to wait any more.',
  },
  PAYLOAD_TOO_LARGE: {
    httpStatus: 413,
    title: 'The body is larger than 1 MB',
    retryable: false,
    logLevel: 'info',
    remedy: 'Send less in one request.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    httpStatus: 415,
    title: 'The body is not JSON',
    retryable: false,
    logLevel: 'info',
    remedy: 'Send `Content-Type: application/json`.',
  },
  BULK_TOO_LARGE: {
    httpStatus: 422,
    title: 'More orders are meant than one bulk may be about',
    retryable: false,
    logLevel: 'info',
    remedy: 'Narrow the filter as `detail` says, and start a bulk for each part; `mostOrders` is the limit.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    httpStatus: 422,
    title: 'The Idempotency-Key was used for another request',
    retryable: false,
    logLevel: 'info',
    remedy: 'Use a new Idempotency-Key for a new request, and repeat a request unchanged.',
  },
  REQUEST_IN_PROGRESS: {
    httpStatus: 409,
    title: 'An equal request is under way',
    retryable: true,
    logLevel: 'info',
    remedy:
      'Repeat the request with the same Idempotency-Key after `Retry-After`, to get the answer of the first.',
  },
  RATE_LIMITED: {
    httpStatus: 429,
    title: 'Too many requests',
    retryable: true,
    logLevel: 'info',
    remedy: 'Wait as long as `Retry-After` says.',
  },
  INVARIANT_VIOLATED: {
    httpStatus: 500,
    title: 'Something that must never happen has happened',
    retryable: false,
    logLevel: 'error',
    remedy: 'Report `requestId` to the operators of this service.',
  },
  INTERNAL: {
    httpStatus: 500,
    title: 'The service failed',
    retryable: true,
    logLevel: 'error',
    remedy: 'Repeat the request with the same Idempotency-Key; report `requestId` if it goes on.',
  },
  OVERLOADED: {
    httpStatus: 503,
    title: 'More comes in than can be taken now',
    retryable: true,
    logLevel: 'info',
    remedy: 'Repeat the request with the same Idempotency-Key after `Retry-After`.',
  },
  UNAVAILABLE: {
    httpStatus: 503,
    title: 'The service cannot take this now',
    retryable: true,
    logLevel: 'warn',
    remedy: 'Repeat the request with the same Idempotency-Key after `Retry-After`.',
  },
} as const satisfies Record<string, ErrorDefinition>;
export type ErrorCode = keyof typeof ERRORS;

/** One bad field: RFC 6901 pointer into the body (or `header:`/`query:` and a name) and what is wrong with it. */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

/** An error of the catalogue with what is particular to this occurrence. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError';
  readonly code: ErrorCode;
  readonly fieldErrors: readonly FieldError[];
  /** Additional members of the problem document, for example `lines` of OUT_OF_STOCK. */
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: {
      readonly fieldErrors?: readonly FieldError[];
      readonly extensions?: Readonly<Record<string, unknown>>;
      readonly retryAfterSeconds?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.fieldErrors = options.fieldErrors ?? [];
    this.extensions = options.extensions ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Long enough for a restart of what is away, short enough for a person who waits. */
export const RETRY_AFTER_SECONDS = 2;

/** 503: nothing is promised; the same request with the same key may be sent again. */
export function unavailable(detail: string, cause?: unknown): CatalogueError {
  return new CatalogueError('UNAVAILABLE', detail, { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
}
