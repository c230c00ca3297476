/** A workflow with a loop that never ends: it fails its own task, and holds nobody else up. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { inLightThreads } from '../../../src/workers/workflow-threads.ts';
import { stack, waitFor } from '../../support/stack.ts';
import type { endless, ordinary } from './endless-workflows.ts';

const TASK_QUEUE = 'endless-loops';
/** What the cause of a failed workflow task says about it. */
const TIMED_OUT = /Script execution timed out/;

Runtime.install({ logger: new DefaultLogger('ERROR') });

let client: Client;
let connection: NativeConnection;
let worker: Worker;
let finished: Promise<void>;
beforeAll(async () => {
  const { temporalAddress: address } = stack();
  client = new Client({ connection: await Connection.connect({ address }) });
  connection = await NativeConnection.connect({ address });
  const create = (): Promise<Worker> =>
    Worker.create({
      connection,
      taskQueue: TASK_QUEUE,
      workflowsPath: fileURLToPath(new URL('./endless-workflows.ts', import.meta.url)),
      workflowThreadPoolSize: 1,
    });
  worker = await inLightThreads(create, { callStacks: false });
  finished = worker.run();
}, 60_000);
afterAll(async () => {
  worker?.shutdown();
  await finished;
  await connection?.close();
  await client?.connection.close();
});

/** Why workflow tasks of an execution failed so far. */
async function failuresOf(workflowId: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed ? [failed.failure?.message ?? ''] : [],
  );
}

describe.each(['at once', 'after a wait'] as const)('a workflow that loops without end %s', (when) => {
  test('fails its own task, and others in the same thread come to their end', async () => {
    const workflowId = `endless ${when}`;
    const looping = await client.workflow.start<typeof endless>('endless', {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [when],
    });
    const failures = await waitFor(
      async () => {
        const found = await failuresOf(workflowId);
        return found.length > 0 && found;
      },
      { timeoutMs: 30_000, what: 'a failed workflow task' },
    );
    expect(failures[0]).toMatch(TIMED_OUT);
    const result = await client.workflow.execute<typeof ordinary>('ordinary', {
      workflowId: `ordinary beside ${workflowId}`,
      taskQueue: TASK_QUEUE,
    });
    expect(result).toBe('done');
    expect(worker.getState()).toBe('RUNNING');
    await looping.terminate();
  });
});
