/** The relay as a process, in a form that can be started with other things to act with, as the order worker is. */
import { randomUUID } from 'node:crypto';
import { createDatabase } from '../../db/client.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import type { InboxRepository, OutboxRepository } from '../../db/repositories/messages.repository.ts';
import type { EventPublisherPort } from '../adapters/events/event-publisher.port.ts';
import { createSnsEventPublisher } from '../adapters/events/sns-event-publisher.ts';
import { readEnvironment, type RelayEnvironment } from '../config/env.ts';
import { createLogger, type Logger } from '../config/logger.ts';
import { runProcess, type RunningProcess } from '../config/run-process.ts';
import { createTemporalClient } from '../config/temporal.ts';
import { startTracing } from '../config/tracing.ts';
import { createInboxRelay } from './inbox-relay.ts';
import { createOrderAmender, createOrderSignaller, type OrderSignaller } from './inbox-signaller.ts';
import { createOutboxRelay } from './outbox-relay.ts';
import { startPollingLoop } from './polling-loop.ts';
import { createRelayMetrics, observeLag } from './relay-metrics.ts';

const SIGNAL_TIMEOUT_MS = 5000;

/** What the relay moves events and webhooks with. */
export interface RelayParts {
  readonly outbox: OutboxRepository;
  readonly publisher: EventPublisherPort;
  readonly inbox: InboxRepository;
  readonly signalOrder: OrderSignaller;
}

/**
 * Runs until it is told to stop.
 * @param decorate what it acts with instead of what it is given @default nothing else
 */
export async function runRelay(
  decorate: (parts: RelayParts) => RelayParts = (parts) => parts,
): Promise<void> {
  const environment = readEnvironment('relay');
  const logger = createLogger('relay', environment.LOG_LEVEL);
  await runProcess({
    name: 'relay',
    logger,
    health:
      environment.HEALTH_PORT === undefined
        ? undefined
        : { host: environment.HEALTH_HOST, port: environment.HEALTH_PORT },
    start: () => startRelay(environment, logger, decorate),
  });
}

async function startRelay(
  env: RelayEnvironment,
  log: Logger,
  decorate: (parts: RelayParts) => RelayParts,
): Promise<RunningProcess> {
  const tracing = await startTracing('order-saga-relay', env.OTEL_EXPORTER_OTLP_ENDPOINT);
  const database = createDatabase({
    url: env.DATABASE_URL,
    poolSize: env.DATABASE_POOL_SIZE,
    applicationName: 'order-saga-relay',
  });
  const repositories = createRepositories(database);
  const sns = createSnsEventPublisher({
    topicArn: env.EVENTS_TOPIC_ARN,
    region: env.AWS_REGION,
    endpointUrl: env.AWS_ENDPOINT_URL,
  });
  const temporal = createTemporalClient(env, { interceptors: tracing.clientInterceptors });
  const { outbox, publisher, inbox, signalOrder } = decorate({
    outbox: repositories.outbox,
    publisher: sns,
    inbox: repositories.inbox,
    signalOrder: createOrderSignaller(temporal.client, SIGNAL_TIMEOUT_MS),
  });
  const metrics = createRelayMetrics();
  observeLag({ outbox, inbox }, log);

  const loops = [
    startPollingLoop({
      name: 'outbox relay',
      logger: log,
      idleMs: env.RELAY_POLL_MS,
      round: createOutboxRelay({ outbox, publisher, logger: log, metrics, relayId: randomUUID() }),
    }),
    startPollingLoop({
      name: 'inbox relay',
      logger: log,
      idleMs: env.RELAY_POLL_MS,
      round: createInboxRelay({
        inbox,
        orders: repositories.orderReads,
        signalOrder,
        amendOrder: createOrderAmender(temporal.client, env.TEMPORAL_TASK_QUEUE, SIGNAL_TIMEOUT_MS),
        logger: log,
        metrics,
      }),
    }),
  ];
  return {
    isReady: async () => loops.every((loop) => loop.isHealthy()),
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
      publisher.close();
      await Promise.all([temporal.close(), database.close(), tracing.shutdown()]);
    },
  };
}
