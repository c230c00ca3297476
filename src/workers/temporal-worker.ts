/** What every process that runs Temporal work shares: how it connects, what it tells, and how it stops. */
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from '../config/logger.ts';
import type { RunningProcess } from '../config/run-process.ts';
import { createDataConverter, type TemporalEnvironment } from '../config/temporal.ts';
import { startTracing, type Tracing } from '../config/tracing.ts';
import { observeActivities } from './activity-observer.ts';
import { bridgeLogger } from './temporal-logger.ts';
import { loadWorkflowBundle } from './workflow-bundle.ts';
import { inLightThreads } from './workflow-threads.ts';

/** How long to wait for Temporal when starting; afterwards the worker waits for it as long as it takes. */
const CONNECT_TRIES = 60;
const CONNECT_INTERVAL_MS = 1_000;
const HEALTH_TIMEOUT_MS = 2_000;
/** Activities that are under way at the end get this long, which is more than one call to a provider may take. */
const SHUTDOWN_GRACE_MS = 15_000;

/** What a worker runs, and what must be closed after it. */
export interface TemporalWorkerParts {
  /** By the names under which Temporal knows them. */
  readonly activities: object;
  readonly database: { ping(): Promise<void> };
  readonly close: () => Promise<void>;
}

export interface TemporalWorkerProgram {
  /** What traces call it. */
  readonly serviceName: string;
  readonly environment: TemporalEnvironment & {
    readonly WORKFLOW_CALL_STACKS: 'on' | 'off';
    readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  };
  readonly logger: Logger;
  readonly taskQueue: string;
  /**
   * Which version of the code this is. Workflows that it takes stay with it; it takes new ones when it was promoted. Versions
   * are those of a Worker Deployment that is named after the queue. @default none: it takes whatever comes
   */
  readonly buildId?: string | undefined;
  /** How much it takes on at once, and how it asks for it. */
  readonly limits: Pick<
    WorkerOptions,
    | 'workflowTaskPollerBehavior'
    | 'activityTaskPollerBehavior'
    | 'maxConcurrentWorkflowTaskExecutions'
    | 'maxConcurrentActivityTaskExecutions'
    | 'maxConcurrentLocalActivityExecutions'
    | 'stickyQueueScheduleToStartTimeout'
    | 'maxCachedWorkflows'
  >;
  readonly compose: (tracing: Tracing) => TemporalWorkerParts;
}

/** Starts a worker. One that fails for good ends the process, so that a supervisor starts it anew. */
export async function startTemporalWorker(program: TemporalWorkerProgram): Promise<RunningProcess> {
  const { environment, logger } = program;
  Runtime.install({
    logger: bridgeLogger(logger),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    // Signals are for runProcess, which stops everything in order.
    shutdownSignals: [],
  });
  const tracing = await startTracing(program.serviceName, environment.OTEL_EXPORTER_OTLP_ENDPOINT);
  const connection = await connect(environment.TEMPORAL_ADDRESS, logger);
  const parts = program.compose(tracing);
  const worker = await createWorker(program, connection, tracing, parts);
  const finished = worker.run();
  return {
    isReady: async () => {
      const [temporal] = await Promise.all([
        connection.withDeadline(Date.now() + HEALTH_TIMEOUT_MS, () =>
          connection.workflowService.getSystemInfo({}),
        ),
        parts.database.ping(),
      ]);
      return worker.getState() === 'RUNNING' && temporal.serverVersion !== '';
    },
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await finished;
      await parts.close();
      await connection.close();
      await tracing.shutdown();
    },
  };
}

async function createWorker(
  { environment, logger, taskQueue, buildId, limits }: TemporalWorkerProgram,
  connection: NativeConnection,
  tracing: Tracing,
  parts: TemporalWorkerParts,
): Promise<Worker> {
  const options: WorkerOptions = {
    connection,
    namespace: environment.TEMPORAL_NAMESPACE,
    taskQueue,
    workflowBundle: await loadWorkflowBundle(tracing.workflowInterceptorModules, logger),
    activities: parts.activities,
    dataConverter: createDataConverter(environment.TEMPORAL_CODEC_KEYS),
    interceptors: { activity: [...(tracing.workerInterceptors.activity ?? []), observeActivities] },
    ...(tracing.workerSinks === undefined ? {} : { sinks: tracing.workerSinks }),
    ...limits,
    ...(buildId === undefined
      ? {}
      : {
          workerDeploymentOptions: {
            useWorkerVersioning: true,
            version: { deploymentName: taskQueue, buildId },
            defaultVersioningBehavior: 'PINNED',
          },
        }),
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
    shutdownForceTime: SHUTDOWN_GRACE_MS + 10_000,
  };
  const callStacks = environment.WORKFLOW_CALL_STACKS === 'on';
  return inLightThreads(() => Worker.create(options), { callStacks });
}

async function connect(address: string, log: Logger): Promise<NativeConnection> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      if (tries === CONNECT_TRIES) throw error;
      log.warn({ address, tries }, 'Temporal cannot be reached yet');
      await new Promise((resolve) => setTimeout(resolve, CONNECT_INTERVAL_MS));
    }
  }
}
