/**
 * The threads in which Temporal's SDK runs workflows, without two things that were most of what they did
 * (docs/reports/performance.md has the figures) and for which there is no option: a call stack for every promise that a
 * workflow makes (https://github.com/temporalio/sdk-typescript/issues/1587), and a watchdog for every call into a workflow.
 */
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import workerThreads, { type WorkerOptions } from 'node:worker_threads';

const WORKFLOW_THREAD = 'workflow-worker-thread';
const BEGINNING = pathOf('./workflow-thread.cjs');
const ONE_WATCHDOG = pathOf('./one-watchdog.cjs');
const WITHOUT_PROMISE_STACKS = pathOf('./without-promise-stacks.cjs');

/** Does something during which the SDK starts its threads; these are made lighter, and call stacks noted only where wanted. */
export async function inLightThreads<Result>(
  work: () => Promise<Result>,
  { callStacks }: { readonly callStacks: boolean },
): Promise<Result> {
  const before = callStacks ? [ONE_WATCHDOG] : [ONE_WATCHDOG, WITHOUT_PROMISE_STACKS];
  const { Worker } = workerThreads;
  workerThreads.Worker = class extends Worker {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      if (!String(file).includes(WORKFLOW_THREAD)) super(file, options);
      // Not by Node's `--require`: a thread with arguments for Node refuses those of V8, which its process may have.
      else super(BEGINNING, { ...options, argv: [...before, String(file)] });
    }
  };
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    workerThreads.Worker = Worker;
    syncBuiltinESMExports();
  }
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
