/** The one place where what the driver throws becomes what the rest of the house understands. */
import postgres from 'postgres';
import { DatabaseUnavailableError, InvariantViolatedError } from '../src/domain/database-errors.ts';

/** Codes of the driver and of the network that mean: no answer, and perhaps no connection. */
const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/**
 * SQLSTATEs (whole, or their class of two characters) after which the same statement can succeed later: connection (08),
 * credentials or database not there yet (28, 3D), read-only after a failover (25006), rolled back by a conflict (40), out
 * of resources (53), lock not available (55P03), cancelled or shutting down (57), input or output of the server (58).
 */
const TRANSIENT_SQLSTATES: readonly string[] = ['08', '28', '3D', '25006', '40', '53', '55P03', '57', '58'];

/** A connection that was open is gone, and with it what the driver believed about it. */
const LOST_CODES: ReadonlySet<string> = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the driver's connections should be made anew after this error. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && (LOST_CODES.has(code) || code.startsWith('57P') || code.startsWith('08'));
}

/**
 * @param statement the statement's stable name
 * @returns DatabaseUnavailableError, InvariantViolatedError, or for a mistake of ours an Error without the statement's values
 */
export function translateError(statement: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof DatabaseUnavailableError || error instanceof InvariantViolatedError) return error;
  if (error instanceof postgres.PostgresError) {
    const { code: sqlstate, constraint_name: constraint } = error;
    if (TRANSIENT_SQLSTATES.some((prefix) => sqlstate.startsWith(prefix)))
      return new DatabaseUnavailableError(statement, sqlstate);
    if (sqlstate.startsWith('23')) return new InvariantViolatedError(statement, constraint ?? sqlstate);
    // Messages of class 22 quote the value that was wrong.
    const message = sqlstate.startsWith('22') ? 'a value does not fit' : error.message;
    return new Error(`${statement} failed: ${message} (${sqlstate})`);
  }
  if (code !== undefined && CONNECTION_CODES.has(code)) return new DatabaseUnavailableError(statement, code);
  return error;
}
