/** What orders are compared with: workflows that do nothing, in the shapes that an order could have without us. */
import { proxyActivities } from '@temporalio/workflow';

interface NoActivities {
  nothing(): Promise<void>;
}

const OPTIONS = { startToCloseTimeout: '20 seconds' } as const;
const regular = proxyActivities<NoActivities>({ ...OPTIONS, allowEagerDispatch: false });
const eager = proxyActivities<NoActivities>(OPTIONS);

/** A saga as one would write it first: four steps, one after another, each a regular activity. */
export async function bareSaga(): Promise<void> {
  for (let step = 1; step <= 4; step += 1) await regular.nothing();
}

/** The same where the server hands activities to the worker that asks for them. */
export async function eagerSaga(): Promise<void> {
  for (let step = 1; step <= 4; step += 1) await eager.nothing();
}

/** The least that a workflow can be. */
export async function emptyWorkflow(): Promise<void> {}
