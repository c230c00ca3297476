import { CatalogueError } from '../../../domain/errors.ts';
import { BULK_REFUSALS, type BulkRefusal } from '../../../domain/operations/bulk-action.ts';

/** 409 with the reason as a code and a sentence. @param more what is known of this case */
export function bulkNotPossible(why: BulkRefusal, more?: string): CatalogueError {
  const sentence: string = BULK_REFUSALS[why];
  const detail = more === undefined ? sentence : `${sentence} ${more}`;
  return new CatalogueError('BULK_NOT_POSSIBLE', detail, { extensions: { why } });
}
