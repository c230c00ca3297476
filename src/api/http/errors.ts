/** What any thrown thing means to a caller, and the errors that several endpoints share. */
import { DatabaseUnavailableError, InvariantViolatedError } from '../../domain/database-errors.ts';
import { CatalogueError, unavailable, type FieldError } from '../../domain/errors.ts';

export { RETRY_AFTER_SECONDS, unavailable } from '../../domain/errors.ts';

export function invalidRequest(...fieldErrors: readonly FieldError[]): CatalogueError {
  return new CatalogueError('INVALID_REQUEST', describeFieldErrors(fieldErrors), { fieldErrors });
}

/** For a detail line: how many fields are wrong, and where the first is. Values are never repeated. */
export function describeFieldErrors(fieldErrors: readonly FieldError[]): string {
  const [first] = fieldErrors;
  if (first === undefined) return 'The request is not valid.';
  const where = first.pointer === '' ? 'the body' : first.pointer;
  return fieldErrors.length === 1
    ? `${where}: ${first.message}`
    : `${fieldErrors.length} fields are not valid; the first is ${where}: ${first.message}`;
}

/** The catalogue error for whatever was thrown; what nobody foresaw becomes INTERNAL and keeps its cause for the log. */
export function toCatalogueError(error: unknown): CatalogueError {
  if (error instanceof CatalogueError) return error;
  if (error instanceof DatabaseUnavailableError)
    return unavailable('The database does not answer at the moment.', error);
  if (error instanceof InvariantViolatedError)
    return new CatalogueError('INVARIANT_VIOLATED', error.message, { cause: error });
  if (isHttpError(error)) {
    if (error.status === 413)
      return new CatalogueError('PAYLOAD_TOO_LARGE', 'The body is larger than this address takes.');
    if (error.status === 415)
      return new CatalogueError('UNSUPPORTED_MEDIA_TYPE', 'A compressed body is not taken.');
    if (error.status >= 400 && error.status < 500)
      return new CatalogueError('INVALID_REQUEST', 'The request could not be read.');
  }
  const message = error instanceof Error ? error.message : 'something other than an error was thrown';
  return new CatalogueError('INTERNAL', message, { cause: error });
}

function isHttpError(error: unknown): error is Error & { readonly status: number } {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}
