/**
 * How a bulk calls its activities. Both are tried until they succeed: an order whose workflow or provider does not answer comes to
 * its end when they do, and what has happened is always written down. An attempt that is under way is awaited when the bulk is
 * stopped; one that waits for its next try is given up.
 */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { BulkActivities } from '../../activities/operations/index.ts';

export const operations = proxyActivities<BulkActivities>({
  startToCloseTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});
