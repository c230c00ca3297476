import { Counter, Gauge, register, type Registry } from 'prom-client';
import type { InboxRepository, OutboxRepository } from '../../db/repositories/messages.repository.ts';
import type { Logger } from '../config/logger.ts';

export interface RelayMetrics {
  readonly published: Counter<'type'>;
  readonly publishFailures: Counter<'kind'>;
  readonly inboxMessages: Counter<'provider' | 'outcome'>;
}

interface Lag {
  readonly waiting: number;
  readonly oldestAgeMs: number | null;
}

/** Counters of one process. */
export function createRelayMetrics(registry: Registry = register): RelayMetrics {
  const registers = [registry];
  return {
    published: new Counter({
      name: 'order_saga_events_published_total',
      help: 'Events that the broker has accepted, by type.',
      labelNames: ['type'],
      registers,
    }),
    publishFailures: new Counter({
      name: 'order_saga_publish_failures_total',
      help: 'Events that the broker did not accept: unavailable (tried again) or refused (needs a person).',
      labelNames: ['kind'],
      registers,
    }),
    inboxMessages: new Counter({
      name: 'order_saga_inbox_messages_total',
      help: 'Webhooks by what became of them: delivered, not_needed, retried or dead (needs a person).',
      labelNames: ['provider', 'outcome'],
      registers,
    }),
  };
}

/** What waits is counted in the database whenever the metrics are read, and is NaN while the database is away. */
export function observeLag(
  repositories: {
    readonly outbox: Pick<OutboxRepository, 'lag'>;
    readonly inbox: Pick<InboxRepository, 'lag'>;
  },
  logger: Logger,
  registry: Registry = register,
): void {
  observe('order_saga_outbox', 'events not yet published', repositories.outbox, logger, registry);
  observe('order_saga_inbox', 'webhooks not yet delivered', repositories.inbox, logger, registry);
}

function observe(
  prefix: string,
  what: string,
  repository: { lag(): Promise<Lag> },
  logger: Logger,
  registry: Registry,
): void {
  let reading: Promise<Lag | undefined> | undefined;
  // Both gauges are read at the same moment and share one statement.
  const read = (): Promise<Lag | undefined> =>
    (reading ??= repository
      .lag()
      .catch((error: unknown) => {
        logger.warn({ err: error }, `the number of ${what} cannot be read`);
        return undefined;
      })
      .finally(() => {
        reading = undefined;
      }));
  const gauge = (suffix: string, help: string, value: (lag: Lag) => number): Gauge =>
    new Gauge({
      name: `${prefix}_${suffix}`,
      help,
      registers: [registry],
      async collect() {
        const lag = await read();
        this.set(lag === undefined ? Number.NaN : value(lag));
      },
    });
  gauge('waiting', `Number of ${what}.`, (lag) => lag.waiting);
  gauge('oldest_age_seconds', `Age of the oldest of ${what}.`, (lag) => (lag.oldestAgeMs ?? 0) / 1000);
}
