import type { OperatorChanges } from '../../../db/repositories/operator-changes.repository.ts';
import type { ActivityDependencies } from '../shared/dependencies.ts';

/**
 * Stores what an operator knows of an operation whose answer was lost, for the step that waits for it. Safe to repeat.
 * @returns `settled_already` when the provider's own answer is recorded, which is not overridden
 */
export async function resolveOutcome(
  deps: Pick<ActivityDependencies, 'orders'>,
  input: Parameters<OperatorChanges['recordResolution']>[0],
): Promise<'recorded' | 'settled_already'> {
  return deps.orders.recordResolution(input);
}
