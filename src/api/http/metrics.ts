/** What the API tells Prometheus. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Logger } from '../../config/logger.ts';
import type { ApiRepositories } from '../dependencies.ts';
import { withinDeadline } from './deadline.ts';

/** How an attempt to place an order ended for the caller. */
export type PlacementOutcome =
  | 'confirmed'
  | 'pending'
  | 'cancelled'
  | 'out_of_stock'
  | 'payment_declined'
  | 'fraud_refused'
  | 'total_changed'
  | 'not_admitted'
  | 'unavailable';

export interface ApiMetrics {
  readonly requestDuration: Histogram<'method' | 'route' | 'status'>;
  readonly ordersPlaced: Counter<'outcome'>;
  readonly orderTurns: Gauge<'state'>;
}

/** A scrape waits no longer than this for the database, so that the other figures still arrive. */
const LAG_TIMEOUT_MS = 1_000;

interface Lag {
  readonly waiting: number;
  readonly oldestAgeMs: number | null;
}

/** Registers the metrics; the gauges ask the database when they are scraped, and are absent when it does not answer. */
export function createMetrics(
  registry: Registry,
  repositories: Pick<ApiRepositories, 'outbox' | 'inbox'>,
  logger: Logger,
): ApiMetrics {
  registerLag(registry, logger, 'outbox', 'events that wait to be published', () =>
    repositories.outbox.lag(),
  );
  registerLag(registry, logger, 'inbox', 'webhooks that wait to be delivered', () =>
    repositories.inbox.lag(),
  );
  return {
    requestDuration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the first byte of a request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
    ordersPlaced: new Counter({
      name: 'orders_placed_total',
      help: 'Answers to POST /v1/orders by outcome; repetitions that got a kept answer are not counted',
      labelNames: ['outcome'],
      registers: [registry],
    }),
    orderTurns: new Gauge({
      name: 'order_turns',
      help: 'Orders that this process decides now, that wait for their turn, and how many it would decide at once',
      labelNames: ['state'],
      registers: [registry],
    }),
  };
}

function registerLag(
  registry: Registry,
  logger: Logger,
  name: 'outbox' | 'inbox',
  what: string,
  read: () => Promise<Lag>,
): void {
  const oldest = new Gauge({
    name: `${name}_oldest_age_seconds`,
    help: `Age of the oldest of the ${what}`,
    registers: [registry],
  });
  const waiting: Gauge = new Gauge({
    name: `${name}_waiting`,
    help: `Number of ${what}`,
    registers: [registry],
    async collect() {
      try {
        const lag = await withinDeadline(LAG_TIMEOUT_MS, 'The database', read());
        waiting.set(lag.waiting);
        oldest.set((lag.oldestAgeMs ?? 0) / 1000);
      } catch (error) {
        waiting.remove();
        oldest.remove();
        logger.warn({ err: error }, `the lag of the ${name} could not be read`);
      }
    },
  });
}
