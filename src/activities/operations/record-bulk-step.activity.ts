import type { BulkStepInput } from '../../../db/repositories/bulk-actions.repository.ts';
import type { BulkDependencies } from './dependencies.ts';

/** Writes down what happened to a bulk as a whole. Safe to repeat: the step has a key. @throws DATABASE_UNAVAILABLE (retried) */
export async function recordBulkStep({ bulkActions }: BulkDependencies, step: BulkStepInput): Promise<void> {
  await bulkActions.record(step);
}
