/**
 * The threads in which Temporal's SDK runs workflows. For every promise that a workflow makes, the SDK takes the stack of that
 * moment, through source maps, only to show it should anybody ask for the call stack of a workflow. That is most of what such
 * a thread does (docs/reports/performance.md has the figure; https://github.com/temporalio/sdk-typescript/issues/1587), and
 * there is no option for it.
 */
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import workerThreads, { type WorkerOptions } from 'node:worker_threads';

const PRELOADED = fileURLToPath(new URL('./without-promise-stacks.cjs', import.meta.url));
const WORKFLOW_THREAD = 'workflow-worker-thread';

/** Does something during which the SDK starts its threads; these do not note call stacks. */
export async function withoutCallStacks<Result>(work: () => Promise<Result>): Promise<Result> {
  const { Worker } = workerThreads;
  workerThreads.Worker = class extends Worker {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      const isWorkflowThread = String(file).includes(WORKFLOW_THREAD);
      const execArgv = [...(options.execArgv ?? process.execArgv), '--require', PRELOADED];
      super(file, isWorkflowThread ? { ...options, execArgv } : options);
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
