/** The order worker: runs the workflows of orders and all their activities. Start one for each core. */
import { runOrderWorker } from './run-order-worker.ts';

await runOrderWorker();
