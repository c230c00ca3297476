/** Temporal's own list of the workflows of orders. No payload is read, so no key is needed. */
import { Client, Connection } from '@temporalio/client';

export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
  /** Only workflows of this queue are ours. */
  readonly taskQueue: string;
}

/** One run of a workflow. */
export interface WorkflowRun {
  /** The order's id. */
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  /** For example RUNNING, COMPLETED, TERMINATED. */
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
}

export interface WorkflowRecords {
  /** All runs that Temporal still remembers, read once, until {@link forget}. */
  runs(): Promise<readonly WorkflowRun[]>;
  forget(): void;
  close(): Promise<void>;
}

const PAGE = 1_000;
const CONNECT_TIMEOUT_MS = 10_000;
const TIMEOUT_MS = 5 * 60_000;

export function openWorkflowRecords(temporal: TemporalAddress, signal?: AbortSignal): WorkflowRecords {
  const connection = Connection.lazy({ address: temporal.address, connectTimeout: CONNECT_TIMEOUT_MS });
  const client = new Client({ connection, namespace: temporal.namespace });
  let known: Promise<readonly WorkflowRun[]> | undefined;

  const read = async (): Promise<readonly WorkflowRun[]> => {
    const runs: WorkflowRun[] = [];
    const query = `TaskQueue = '${temporal.taskQueue.replaceAll("'", "''")}'`;
    await client.withDeadline(Date.now() + TIMEOUT_MS, async () => {
      for await (const run of client.workflow.list({ query, pageSize: PAGE })) {
        signal?.throwIfAborted();
        runs.push({
          workflowId: run.workflowId,
          runId: run.runId,
          type: run.type,
          status: run.status.name,
          startedAtMs: run.startTime.getTime(),
        });
      }
    });
    return runs;
  };
  return {
    runs: () => (known ??= read()),
    forget: () => {
      known = undefined;
    },
    close: () => connection.close(),
  };
}
