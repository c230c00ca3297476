/** What waits in a task queue, as Temporal counts it. */
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';

const { TaskQueueType } = proto.temporal.api.enums.v1;
const TIMEOUT_MS = 5_000;

export interface TaskQueueAddress {
  /** host:port */
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly taskQueue: string;
}

/** A question that can be asked again and again. */
export interface WaitingTasks {
  /**
   * Workflow tasks and activity tasks that wait in the queue, for workers of whatever version. Not among them are those that a worker gives to itself, those in
   * the queue of one worker alone, and those that are being worked on.
   * @throws Error when the server does not answer within five seconds, or does not count
   */
  count(signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}

/** Connects with the first question, and comes back by itself after the server was away. */
export function waitingTasksOf({ temporalAddress, namespace, taskQueue }: TaskQueueAddress): WaitingTasks {
  const connection = Connection.lazy({
    address: temporalAddress,
    connectTimeout: TIMEOUT_MS,
    // Else it would wait up to two minutes before it tries to connect again.
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 },
  });
  const countOf = async (taskQueueType: proto.temporal.api.enums.v1.TaskQueueType): Promise<number> => {
    const { stats } = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType,
      reportStats: true,
    });
    if (!stats) throw new Error('this server does not count them; 1.28 and later do');
    return Number(stats.approximateBacklogCount ?? 0);
  };
  return {
    count: (signal) =>
      connection.withAbortSignal(signal, () =>
        connection.withDeadline(Date.now() + TIMEOUT_MS, async () => {
          const counts = await Promise.all([
            countOf(TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
            countOf(TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
          ]);
          return counts.reduce((sum, count) => sum + count, 0);
        }),
      ),
    close: () => connection.close(),
  };
}
