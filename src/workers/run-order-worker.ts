/**
 * The order worker as a process, in a form that can be started with other things to act with. The program beside it starts it
 * as it is; a program of a test starts it with dependencies that stop where the test wants.
 */
import type { ActivityDependencies } from '../activities/shared/dependencies.ts';
import { readEnvironment } from '../config/env.ts';
import { createLogger } from '../config/logger.ts';
import { runProcess } from '../config/run-process.ts';
import { composeOrderWorker } from './compose.ts';
import { startTemporalWorker } from './temporal-worker.ts';

/** How much an order worker takes on at once, and how it asks for it. */
export const ORDER_WORKER_LIMITS = {
  workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 10 },
  activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 5 },
  maxConcurrentWorkflowTaskExecutions: 40,
  maxConcurrentActivityTaskExecutions: 100,
  maxConcurrentLocalActivityExecutions: 100,
  // After a worker is killed its workflows are taken over by others when this time is up.
  stickyQueueScheduleToStartTimeout: '3 seconds',
} as const;

/**
 * Runs until it is told to stop.
 * @param decorate what the activities act with instead of what it is given @default nothing else
 */
export async function runOrderWorker(
  decorate: (dependencies: ActivityDependencies) => ActivityDependencies = (dependencies) => dependencies,
): Promise<void> {
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
        buildId: environment.WORKER_BUILD_ID,
        limits: { ...ORDER_WORKER_LIMITS, maxCachedWorkflows: environment.WORKFLOW_CACHE_SIZE },
        compose: (tracing) => composeOrderWorker(environment, tracing, decorate),
      }),
  });
}
