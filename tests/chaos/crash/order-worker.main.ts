/** The order worker, which can be stopped before and after every effect of an activity. */
import { Context } from '@temporalio/activity';
import { runOrderWorker } from '../../../src/workers/run-order-worker.ts';
import { ACTIVITY_STEPS } from './crash-points.ts';
import { connectToCampaign } from './reach-point.ts';
import { createStoppable } from './stoppable.ts';

/** An activity of an order runs in the workflow of its id. */
const stoppable = createStoppable(connectToCampaign(), ACTIVITY_STEPS, () => {
  const { workflowExecution } = Context.current().info;
  return workflowExecution === undefined ? [] : [workflowExecution.workflowId];
});

await runOrderWorker((dependencies) => ({
  ...dependencies,
  orders: stoppable('orders', dependencies.orders),
  fraud: stoppable('fraud', dependencies.fraud),
  notifications: stoppable('notifications', dependencies.notifications),
  payments: stoppable('payments', dependencies.payments),
  carrier: stoppable('carrier', dependencies.carrier),
  mail: stoppable('mail', dependencies.mail),
}));
