/** Temporal's own list of the workflows of orders. No payload is read, so no key is needed. */
import { Client, Connection, type WorkflowExecutionInfo } from '@temporalio/client';

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
  /** All runs that Temporal still remembers, a page at a time; read anew each time. */
  runs(): AsyncIterable<readonly WorkflowRun[]>;
  /** The runs of one workflow that Temporal still remembers. */
  runsOf(workflowId: string): Promise<readonly WorkflowRun[]>;
  close(): Promise<void>;
}

const PAGE = 1_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** For a page. */
const TIMEOUT_MS = 60_000;

export function openWorkflowRecords(temporal: TemporalAddress, signal?: AbortSignal): WorkflowRecords {
  const connection = Connection.lazy({ address: temporal.address, connectTimeout: CONNECT_TIMEOUT_MS });
  const client = new Client({ connection, namespace: temporal.namespace });
  const ours = `TaskQueue = ${quoted(temporal.taskQueue)}`;

  async function* list(query: string): AsyncGenerator<readonly WorkflowRun[]> {
    const found = client.workflow.list({ query, pageSize: PAGE })[Symbol.asyncIterator]();
    let page: readonly WorkflowRun[];
    do {
      signal?.throwIfAborted();
      page = await client.withDeadline(Date.now() + TIMEOUT_MS, () => nextPage(found));
      yield page;
    } while (page.length === PAGE);
  }
  return {
    runs: () => list(ours),
    async runsOf(workflowId) {
      const runs: WorkflowRun[] = [];
      for await (const page of list(`${ours} AND WorkflowId = ${quoted(workflowId)}`)) runs.push(...page);
      return runs;
    },
    close: () => connection.close(),
  };
}

async function nextPage(found: AsyncIterator<WorkflowExecutionInfo>): Promise<readonly WorkflowRun[]> {
  const page: WorkflowRun[] = [];
  while (page.length < PAGE) {
    const { value: run, done } = await found.next();
    if (done === true) break;
    const { workflowId, runId, type, status, startTime } = run;
    page.push({ workflowId, runId, type, status: status.name, startedAtMs: startTime.getTime() });
  }
  return page;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
