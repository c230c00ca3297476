/** The maintenance worker as the program that it is, on a queue of its own, whose jobs never come up by themselves. */
import { createTemporalClient } from '../../../src/config/temporal.ts';
import { startProgram } from '../events/program.ts';
import type { OrderProcesses } from './order-processes.ts';
import { newKey, type TestApi } from './test-api.ts';

const NEVER_MS = '86400000';

/** A queue that nobody has used; the API has to be started with it as `MAINTENANCE_TASK_QUEUE`. */
export const newMaintenanceQueue = (): string => `maintenance-api-${newKey().slice(0, 8)}`;

export interface MaintenanceProgram {
  stop(): Promise<void>;
}

export async function startMaintenanceProgram(
  { environment }: TestApi,
  processes: OrderProcesses,
): Promise<MaintenanceProgram> {
  const { MAINTENANCE_TASK_QUEUE: queue } = environment;
  const program = await startProgram('src/workers/maintenance-worker.main.ts', {
    ...processes.environment,
    MAINTENANCE_TASK_QUEUE: queue,
    REPAIR_DRIFT_INTERVAL_MS: NEVER_MS,
    FIND_STUCK_INTERVAL_MS: NEVER_MS,
    RECONCILE_INTERVAL_MS: NEVER_MS,
    REAP_INTERVAL_MS: NEVER_MS,
    AUDIT_INTERVAL_MS: NEVER_MS,
  });
  return {
    stop: async () => {
      await program.stop();
      const temporal = createTemporalClient(environment);
      // The schedules would go on in the server that all tests share.
      for await (const { scheduleId } of temporal.client.schedule.list())
        if (scheduleId.startsWith(queue)) await temporal.client.schedule.getHandle(scheduleId).delete();
      await temporal.close();
    },
  };
}
