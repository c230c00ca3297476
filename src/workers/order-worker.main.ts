/** The order worker: runs the workflows of orders and all their activities. Start one for each core. */
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { readEnvironment, type OrderWorkerEnvironment } from '../config/env.ts';
import { createLogger, type Logger } from '../config/logger.ts';
import { runProcess, type RunningProcess } from '../config/run-process.ts';
import { createDataConverter } from '../config/temporal.ts';
import { startTracing, type Tracing } from '../config/tracing.ts';
import { observeActivities } from './activity-observer.ts';
import { composeOrderWorker, type OrderWorkerParts } from './compose.ts';
import { bridgeLogger } from './temporal-logger.ts';
import { loadWorkflowBundle } from './workflow-bundle.ts';

/** How long to wait for Temporal when starting; afterwards the worker waits for it as long as it takes. */
const CONNECT_TRIES = 60;
const CONNECT_INTERVAL_MS = 1_000;
const HEALTH_TIMEOUT_MS = 2_000;
/** Activities that are under way at the end get this long, which is more than one call to a provider may take. */
const SHUTDOWN_GRACE_MS = 15_000;

const environment = readEnvironment('orderWorker');
const logger = createLogger('order-worker', environment.LOG_LEVEL);

await runProcess({
  name: 'order-worker',
  logger,
  health:
    environment.HEALTH_PORT === undefined
      ? undefined
      : { host: environment.HEALTH_HOST, port: environment.HEALTH_PORT },
  start: () => startOrderWorker(environment, logger),
});

async function startOrderWorker(env: OrderWorkerEnvironment, log: Logger): Promise<RunningProcess> {
  Runtime.install({
    logger: bridgeLogger(log),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    // Signals are for runProcess, which stops everything in order.
    shutdownSignals: [],
  });
  const tracing = await startTracing('order-saga-worker', env.OTEL_EXPORTER_OTLP_ENDPOINT);
  const connection = await connect(env.TEMPORAL_ADDRESS, log);
  const parts = composeOrderWorker(env, tracing);
  const worker = await createWorker(env, { connection, tracing, parts, logger: log });
  // A worker that fails for good rejects here, which ends the process: a supervisor starts it anew.
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

function createWorker(
  env: OrderWorkerEnvironment,
  using: {
    readonly connection: NativeConnection;
    readonly tracing: Tracing;
    readonly parts: OrderWorkerParts;
    readonly logger: Logger;
  },
): Promise<Worker> {
  const { connection, tracing, parts } = using;
  return loadWorkflowBundle(tracing.workflowInterceptorModules, using.logger).then((workflowBundle) =>
    Worker.create({
      connection,
      namespace: env.TEMPORAL_NAMESPACE,
      taskQueue: env.TEMPORAL_TASK_QUEUE,
      workflowBundle,
      activities: parts.activities,
      dataConverter: createDataConverter(env.TEMPORAL_CODEC_KEYS),
      interceptors: { activity: [...(tracing.workerInterceptors.activity ?? []), observeActivities] },
      ...(tracing.workerSinks === undefined ? {} : { sinks: tracing.workerSinks }),
      workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 10 },
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 5 },
      maxConcurrentWorkflowTaskExecutions: 40,
      maxConcurrentActivityTaskExecutions: 100,
      maxConcurrentLocalActivityExecutions: 100,
      // After a worker is killed its workflows are taken over by others when this time is up.
      stickyQueueScheduleToStartTimeout: '3 seconds',
      shutdownGraceTime: SHUTDOWN_GRACE_MS,
      shutdownForceTime: SHUTDOWN_GRACE_MS + 10_000,
    }),
  );
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
