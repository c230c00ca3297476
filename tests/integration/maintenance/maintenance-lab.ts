/** The lab of orders with a maintenance worker beside the order worker, whose jobs run every second. */
import { startProgram, type RunningProgram } from '../events/program.ts';
import { OrderLab } from '../workflow/order-lab.ts';

const WORKER = 'src/workers/maintenance-worker.main.ts';

export interface MaintenanceLab {
  readonly orders: OrderLab;
  readonly worker: RunningProgram;
  stop(): Promise<void>;
}

export async function startMaintenanceLab(
  variables: Readonly<Record<string, string>> = {},
): Promise<MaintenanceLab> {
  const orders = await OrderLab.start();
  const queue = `maintenance-${orders.taskQueue}`;
  const worker = await startProgram(WORKER, {
    ...orders.environment,
    MAINTENANCE_TASK_QUEUE: queue,
    REPAIR_DRIFT_INTERVAL_MS: '1000',
    DRIFT_GRACE_MS: '2000',
    // Only the tests about it, which say so, have orders that are past their time.
    FIND_STUCK_INTERVAL_MS: '86400000',
    RECONCILE_INTERVAL_MS: '1000',
    RECONCILE_GRACE_MS: '1000',
    ...variables,
  });
  return {
    orders,
    worker,
    stop: async () => {
      await worker.stop();
      // The schedules would go on in the server that all tests share.
      for await (const { scheduleId } of orders.temporal.client.schedule.list()) {
        if (scheduleId.startsWith(queue))
          await orders.temporal.client.schedule.getHandle(scheduleId).delete();
      }
      await orders.stop();
    },
  };
}
