/** How long each activity takes and how it ends, for Prometheus. */
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { Counter, Histogram } from 'prom-client';

const duration = new Histogram({
  name: 'order_saga_activity_duration_seconds',
  help: 'Duration of one attempt of an activity',
  labelNames: ['activity', 'local'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
});
const failures = new Counter({
  name: 'order_saga_activity_failures_total',
  help: 'Attempts of activities that failed, by the type of their failure',
  labelNames: ['activity', 'type'],
});

/** An interceptor that observes every attempt. */
export const observeActivities: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const activity = info.activityType;
      const end = duration.startTimer({ activity, local: String(info.isLocal) });
      try {
        return await next(input);
      } catch (error) {
        failures.inc({ activity, type: typeOf(error) });
        throw error;
      } finally {
        end();
      }
    },
  },
});

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}
