/**
 * The two ways in which a statement can fail that a caller must tell apart. They carry names and codes only: what the
 * server says about a row can contain the row, and with it personal data.
 */

/**
 * The database could not answer now: connection lost or refused, server stopping or starting, time-out, too many
 * connections, serialization failure, deadlock. Whether the statement was carried out is not known; every statement of
 * this project may be repeated.
 */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  /** Stable name of the statement, for example `orders.placeAndReserve`. */
  readonly statement: string;
  /** SQLSTATE, or the driver's code, for example `57P01` or `ECONNREFUSED`. */
  readonly code: string;
  constructor(statement: string, code: string) {
    super(`The database is not available for ${statement} (${code})`);
    this.statement = statement;
    this.code = code;
  }
}

/** A constraint stopped a change that must never have been asked for. Repeating it does not help. */
export class InvariantViolatedError extends Error {
  override readonly name = 'InvariantViolatedError';
  /** Stable name of the statement, for example `orders.recordCaptured`. */
  readonly statement: string;
  /** Name of the constraint, or of the rule that was broken. */
  readonly rule: string;
  constructor(statement: string, rule: string) {
    super(`${statement} would break ${rule}`);
    this.statement = statement;
    this.rule = rule;
  }
}
