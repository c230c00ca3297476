/** The activities of bulks by the names under which Temporal knows them, bound to what they act with. */
import { asActivity } from '../shared/failures.ts';
import { actUponOrder, type ActUponOrderInput } from './act-upon-order.activity.ts';
import type { BulkDependencies } from './dependencies.ts';
import { recordBulkStep } from './record-bulk-step.activity.ts';

/** Made once for a worker. */
export function createBulkActivities(deps: BulkDependencies) {
  const bind = <Input, Result>(activity: (deps: BulkDependencies, input: Input) => Promise<Result>) => {
    const run = asActivity((input: Input) => activity(deps, input));
    return (input: Input) => run(input);
  };
  return {
    actUponOrder: bind<ActUponOrderInput, Awaited<ReturnType<typeof actUponOrder>>>(actUponOrder),
    recordBulkStep: bind(recordBulkStep),
  };
}

export type BulkActivities = ReturnType<typeof createBulkActivities>;
