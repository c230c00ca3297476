/** The three ways in which a call to another company's system can fail. Adapters throw them, activities decide. */

/** It surely did nothing: connection refused, 429, 503, or an error that it promises came before the effect. */
export class ProviderUnavailableError extends Error {
  override readonly name = 'ProviderUnavailableError';
  /** The delay that the provider asked for, milliseconds. */
  readonly retryAfterMs: number | undefined;
  constructor(
    message: string,
    options: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** It may have done it: time-out, connection cut after the request left, 500. Look up by operation key first. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
}

/** A definite no that trying again does not change. */
export class ProviderRefusedError extends Error {
  override readonly name = 'ProviderRefusedError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
