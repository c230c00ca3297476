/**
 * The versions of the order workers as Temporal knows them, and which of them takes new orders. Versions are those of a Worker
 * Deployment that is named after the task queue, as src/workers/temporal-worker.ts registers them.
 *
 * Owns: asking and telling the Temporal server. Does not own: what an operator may do when.
 */
import { randomUUID } from 'node:crypto';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import type { WorkerVersionsEnvironment } from '../../config/env.ts';
import { CouldNotCheckError } from '../context.ts';
import { pause } from '../pause.ts';

type Timestamp = proto.google.protobuf.ITimestamp;
type VersionSummary = proto.temporal.api.deployment.v1.WorkerDeploymentInfo.IWorkerDeploymentVersionSummary;

const { BatchOperationState, RoutingConfigUpdateState, TaskQueueType, WorkerDeploymentVersionStatus } =
  proto.temporal.api.enums.v1;
const { PINNED_OVERRIDE_BEHAVIOR_PINNED } =
  proto.temporal.api.workflow.v1.VersioningOverride.PinnedOverrideBehavior;
const TIMEOUT_MS = 10_000;
const ROUTING_POLL_MS = 200;
const BATCH_POLL_MS = 500;
/** A worker asks for work for a minute at most and then again; one that has not asked for longer is gone. */
const ASKS_AGAIN_WITHIN_MS = 75_000;
/** Of gRPC. */
const NOT_FOUND = 5;
const IDENTITY = 'saga worker-versions';

/**
 * `current`: takes new orders. `ramping`: takes some of them. `draining`: takes none, and orders that it began are still open.
 * `drained`: none is open any more. `inactive`: has never taken any. `draining` and `drained` are as old as Temporal's last
 * look, which is up to three minutes.
 */
export type VersionStatus = 'current' | 'ramping' | 'draining' | 'drained' | 'inactive';

/** What is there of a version, or of workers without one. */
interface Holdings {
  /** Processes that ask for work. */
  readonly workers: number;
  /** Runs of orders that only these can carry on. */
  readonly openOrders: number;
}

export interface WorkerVersion extends Holdings {
  readonly buildId: string;
  readonly status: VersionStatus;
  /** RFC 3339. */
  readonly createdAt: string | null;
  /** When it last began to take new orders; null when it never did. */
  readonly lastCurrentAt: string | null;
}

export interface WorkerVersions {
  /** Named after the task queue. */
  readonly deployment: string;
  /** The version that takes new orders; null: workers without a version do. */
  readonly current: string | null;
  /** The version that takes some of them instead. */
  readonly ramping: { readonly buildId: string; readonly percent: number } | null;
  /** The newest first. */
  readonly versions: readonly WorkerVersion[];
  readonly withoutVersion: Holdings;
}

export interface WorkerDeployment {
  readonly describe: () => Promise<WorkerVersions>;
  /** Sends every new order to a version, null: to workers without one. Resolves when that is so. */
  readonly setCurrent: (buildId: string | null) => Promise<void>;
  /** Sends some new orders to a version, null: to none but the current one. Resolves when that is so. */
  readonly setRamping: (ramping: WorkerVersions['ramping']) => Promise<void>;
  /**
   * Lets every open order of a version be carried on by another one, by a batch operation that goes on when the caller is gone.
   * @returns how many orders that was, and of how many Temporal could not take it
   */
  readonly move: (from: string, to: string) => Promise<{ readonly moved: number; readonly failed: number }>;
  readonly close: () => Promise<void>;
}

const STATUS: Readonly<Record<number, VersionStatus>> = {
  [WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_CURRENT]: 'current',
  [WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_RAMPING]: 'ramping',
  [WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING]: 'draining',
  [WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED]: 'drained',
};

/**
 * Every call may fail with the server's own error, for example when somebody else has changed the versions meanwhile.
 * @throws CouldNotCheckError when the server does not answer
 */
export async function openWorkerDeployment(
  environment: WorkerVersionsEnvironment,
  signal: AbortSignal,
): Promise<WorkerDeployment> {
  const {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_TASK_QUEUE: queue,
  } = environment;
  const connection = await connect(address);
  const { workflowService } = connection;
  const call = <Result>(work: () => Promise<Result>): Promise<Result> =>
    connection.withAbortSignal(signal, () => connection.withDeadline(Date.now() + TIMEOUT_MS, work));
  const openRuns = (version: string | null): string =>
    `TaskQueue = ${quoted(queue)} AND ExecutionStatus = 'Running' AND TemporalWorkerDeploymentVersion ` +
    (version === null ? 'IS NULL' : `= ${quoted(`${queue}:${version}`)}`);

  const find = (): Promise<proto.temporal.api.workflowservice.v1.IDescribeWorkerDeploymentResponse> =>
    call(() => workflowService.describeWorkerDeployment({ namespace, deploymentName: queue })).catch(
      (error: unknown) => {
        // Before the first worker with a version has asked for work.
        if (isGrpcServiceError(error) && error.code === NOT_FOUND) return {};
        throw error;
      },
    );
  const countOpen = async (version: string | null): Promise<number> => {
    const { count } = await call(() =>
      workflowService.countWorkflowExecutions({ namespace, query: openRuns(version) }),
    );
    return Number(count);
  };
  /** How many processes of each version ask for work; those without one under null. */
  const countWorkers = async (): Promise<ReadonlyMap<string | null, number>> => {
    const { pollers } = await call(() =>
      workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: queue },
        taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
      }),
    );
    const counts = new Map<string | null, number>();
    for (const { lastAccessTime, deploymentOptions } of pollers) {
      if (Date.now() - (optionalTsToDate(lastAccessTime)?.getTime() ?? 0) > ASKS_AGAIN_WITHIN_MS) continue;
      const buildId = deploymentOptions?.buildId || null;
      counts.set(buildId, (counts.get(buildId) ?? 0) + 1);
    }
    return counts;
  };
  const untilRouted = async (): Promise<void> => {
    for (;;) {
      const { workerDeploymentInfo } = await find();
      if (
        workerDeploymentInfo?.routingConfigUpdateState !==
        RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS
      )
        return;
      await pause(ROUTING_POLL_MS, signal);
    }
  };

  return {
    async describe() {
      const [{ workerDeploymentInfo }, workers] = await Promise.all([find(), countWorkers()]);
      const { routingConfig, versionSummaries } = workerDeploymentInfo ?? {};
      const versions = await Promise.all(
        (versionSummaries ?? []).map(async (summary) => {
          const buildId = summary.deploymentVersion?.buildId ?? '';
          return describeVersion(summary, workers.get(buildId) ?? 0, await countOpen(buildId));
        }),
      );
      const rampingBuildId = routingConfig?.rampingDeploymentVersion?.buildId;
      return {
        deployment: queue,
        current: routingConfig?.currentDeploymentVersion?.buildId || null,
        ramping: rampingBuildId
          ? { buildId: rampingBuildId, percent: routingConfig?.rampingVersionPercentage ?? 0 }
          : null,
        versions: versions.sort((one, other) => (other.createdAt ?? '').localeCompare(one.createdAt ?? '')),
        withoutVersion: { workers: workers.get(null) ?? 0, openOrders: await countOpen(null) },
      };
    },

    async setCurrent(buildId) {
      await call(() =>
        workflowService.setWorkerDeploymentCurrentVersion({
          namespace,
          deploymentName: queue,
          buildId: buildId ?? '',
          identity: IDENTITY,
        }),
      );
      await untilRouted();
    },

    async setRamping(ramping) {
      await call(() =>
        workflowService.setWorkerDeploymentRampingVersion({
          namespace,
          deploymentName: queue,
          buildId: ramping?.buildId ?? '',
          percentage: ramping?.percent ?? 0,
          identity: IDENTITY,
        }),
      );
      await untilRouted();
    },

    async move(from, to) {
      const jobId = randomUUID();
      await call(() =>
        workflowService.startBatchOperation({
          namespace,
          jobId,
          reason: `orders of version ${from} are carried on by ${to}`,
          visibilityQuery: openRuns(from),
          updateWorkflowOptionsOperation: {
            identity: IDENTITY,
            workflowExecutionOptions: {
              versioningOverride: {
                pinned: {
                  behavior: PINNED_OVERRIDE_BEHAVIOR_PINNED,
                  version: { deploymentName: queue, buildId: to },
                },
              },
            },
            updateMask: { paths: ['versioning_override'] },
          },
        }),
      );
      for (;;) {
        const { state, completeOperationCount, failureOperationCount } = await call(() =>
          workflowService.describeBatchOperation({ namespace, jobId }),
        );
        const failed = Number(failureOperationCount);
        if (state === BatchOperationState.BATCH_OPERATION_STATE_FAILED)
          throw new Error(`Temporal gave batch operation ${jobId} up, after ${failed} failures.`);
        if (state === BatchOperationState.BATCH_OPERATION_STATE_COMPLETED)
          return { moved: Number(completeOperationCount), failed };
        await pause(BATCH_POLL_MS, signal);
      }
    },

    close: () => connection.close(),
  };
}

async function connect(address: string): Promise<Connection> {
  try {
    return await Connection.connect({ address, connectTimeout: TIMEOUT_MS });
  } catch (error) {
    throw new CouldNotCheckError(
      `No answer from Temporal at ${address}. Set TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_TASK_QUEUE as the order workers have them.`,
      { cause: error },
    );
  }
}

function describeVersion(summary: VersionSummary, workers: number, openOrders: number): WorkerVersion {
  return {
    buildId: summary.deploymentVersion?.buildId ?? '',
    status: STATUS[summary.status ?? 0] ?? 'inactive',
    workers,
    openOrders,
    createdAt: timeText(summary.createTime),
    lastCurrentAt: timeText(summary.lastCurrentTime),
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function timeText(time: Timestamp | null | undefined): string | null {
  return optionalTsToDate(time)?.toISOString() ?? null;
}
