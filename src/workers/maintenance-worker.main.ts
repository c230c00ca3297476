/**
 * The maintenance worker: jobs that look after all orders, on a task queue of their own, so that a heavy one never holds an
 * order up. One is enough; a second one takes over when it dies.
 */
import { runMaintenanceWorker } from './run-maintenance-worker.ts';

await runMaintenanceWorker();
