/** The order worker: runs the workflows of orders and all their activities. Start one for each core. */
import { readEnvironment } from '../config/env.ts';
import { createLogger } from '../config/logger.ts';
import { runProcess } from '../config/run-process.ts';
import { composeOrderWorker } from './compose.ts';
import { startTemporalWorker } from './temporal-worker.ts';

const environment = readEnvironment('orderWorker');
const logger = createLogger('order-worker', environment.LOG_LEVEL);

await runProcess({
  name: 'order-worker',
  logger,
  health:
    environment.HEALTH_PORT === undefined
      ? undefined
      : { host: environment.HEALTH_HOST, port: environment.HEALTH_PORT },
  start: () =>
    startTemporalWorker({
      serviceName: 'order-saga-worker',
      environment,
      logger,
      taskQueue: environment.TEMPORAL_TASK_QUEUE,
      limits: {
        workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 10 },
        activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 5 },
        maxConcurrentWorkflowTaskExecutions: 40,
        maxConcurrentActivityTaskExecutions: 100,
        maxConcurrentLocalActivityExecutions: 100,
        // After a worker is killed its workflows are taken over by others when this time is up.
        stickyQueueScheduleToStartTimeout: '3 seconds',
      },
      compose: (tracing) => composeOrderWorker(environment, tracing),
    }),
});
