/** The maintenance worker, which can be stopped before and after every effect that a job has on an order. */
import { runMaintenanceWorker } from '../../../src/workers/run-maintenance-worker.ts';
import { MAINTENANCE_STEPS } from './crash-points.ts';
import { connectToCampaign } from './reach-point.ts';
import { createStoppable } from './stoppable.ts';

/** What a job does to an order names it. */
const stoppable = createStoppable(connectToCampaign(), MAINTENANCE_STEPS, ([input]) =>
  typeof input === 'object' && input !== null && 'orderId' in input ? [String(input.orderId)] : [],
);

await runMaintenanceWorker((parts) => ({
  ...parts,
  orders: stoppable('orders', parts.orders),
  workflows: stoppable('workflows', parts.workflows),
}));
