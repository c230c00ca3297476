/** Many orders that have lost their workflow at once, as after a restored Temporal: new orders have to go on beside them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JobResult } from '../../../src/workflows/maintenance/maintenance.contract.ts';
import { waitFor } from '../../support/stack.ts';
import type { OrderLab } from '../workflow/order-lab.ts';
import { startMaintenanceLab, type MaintenanceLab } from './maintenance-lab.ts';

/** By its schedule the job does not come by. */
const NEVER_MS = '86400000';

let maintenance: MaintenanceLab;
let lab: OrderLab;
beforeAll(async () => {
  maintenance = await startMaintenanceLab({ REPAIR_DRIFT_INTERVAL_MS: NEVER_MS, LOST_ORDERS_PER_RUN: '1' });
  lab = maintenance.orders;
});
afterAll(() => maintenance?.stop());

async function loseAnOrder(): Promise<string> {
  const sku = await lab.stock(1);
  const { orderId, outcome } = await lab.place({ lines: [{ sku, quantity: 1 }], parcelsStay: true });
  await outcome;
  await lab.temporal.client.workflow.getHandle(orderId).terminate('by hand');
  const isSeen = `WorkflowId = '${orderId}' AND ExecutionStatus = 'Terminated'`;
  await waitFor(async () => (await lab.temporal.client.workflow.count(isSeen)).count === 1, {
    timeoutMs: 30_000,
    what: 'its end to be listed',
  });
  return orderId;
}

/** One look of the job, beside its schedule. */
function look(): Promise<JobResult> {
  return lab.temporal.client.workflow.execute('repairDrift', {
    workflowId: `look-${lab.taskQueue}-${Date.now()}`,
    taskQueue: `maintenance-${lab.taskQueue}`,
  });
}

test('lost orders are taken up so many in each look, and the others are told of and come next', async () => {
  const orderIds = [await loseAnOrder(), await loseAnOrder()];
  expect(await look()).toMatchObject({ ordersTakenUp: 1, ordersLeftForLater: 1 });
  expect(maintenance.worker.log()).toContain('the next runs take them up');
  await waitFor(async () => (await look())['ordersTakenUp'] === 1, {
    timeoutMs: 30_000,
    what: 'the other one to be taken up',
  });
  for (const orderId of orderIds) {
    await lab.speed(orderId, 0, 0);
    await lab.untilStatus(orderId, 'completed', 60_000);
  }
  expect(await lab.violations()).toEqual([]);
});
