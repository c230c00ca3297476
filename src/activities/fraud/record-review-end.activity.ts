import type { ReviewEnd } from '../../../db/repositories/fraud.repository.ts';
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';

/** A review was decided, by a person or because its time was up. Safe to repeat. */
export async function recordReviewEnd(
  { fraud }: Pick<ActivityDependencies, 'fraud'>,
  input: ReviewEnd,
): Promise<OrderStanding> {
  return standingOf(await fraud.recordReviewEnd(input));
}
