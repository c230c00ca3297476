/** A worker for the workflows that do nothing, with the settings that our own order worker has. */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createLogger } from '../../src/config/logger.ts';
import { runProcess } from '../../src/config/run-process.ts';
import { ORDER_WORKER_LIMITS } from '../../src/workers/run-order-worker.ts';
import { BASELINE_TASK_QUEUE } from './task-queue.ts';

const logger = createLogger('baseline-worker', 'warn');

await runProcess({
  name: 'baseline-worker',
  logger,
  health: undefined,
  start: async () => {
    Runtime.install({
      telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
      shutdownSignals: [],
    });
    const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
    const worker = await Worker.create({
      connection,
      taskQueue: BASELINE_TASK_QUEUE,
      workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
      activities: { nothing: async () => undefined },
      ...ORDER_WORKER_LIMITS,
    });
    const finished = worker.run();
    return {
      isReady: async () => worker.getState() === 'RUNNING',
      stop: async () => {
        worker.shutdown();
        await finished;
        await connection.close();
      },
    };
  },
});
