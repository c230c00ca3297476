/**
 * How a job calls its one activity. It may take long, so it says that it is alive, and where it is; when it fails or its
 * worker dies it goes on from there. After some attempts the run fails, which people see, and the next one begins anew.
 */
import { proxyActivities } from '@temporalio/workflow';
import type { MaintenanceActivities } from '../../activities/maintenance/index.ts';

export const maintenance = proxyActivities<MaintenanceActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 8 },
});
