/** The relay: events from the outbox to SNS, webhooks from the inbox to the workflows of their orders. */
import { randomUUID } from 'node:crypto';
import { createDatabase } from '../../db/client.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import { createSnsEventPublisher } from '../adapters/events/sns-event-publisher.ts';
import { readEnvironment, type RelayEnvironment } from '../config/env.ts';
import { createLogger, type Logger } from '../config/logger.ts';
import { runProcess, type RunningProcess } from '../config/run-process.ts';
import { createTemporalClient } from '../config/temporal.ts';
import { startTracing } from '../config/tracing.ts';
import { createInboxRelay } from './inbox-relay.ts';
import { createOrderSignaller } from './inbox-signaller.ts';
import { createOutboxRelay } from './outbox-relay.ts';
import { startPollingLoop } from './polling-loop.ts';
import { createRelayMetrics, observeLag } from './relay-metrics.ts';

const SIGNAL_TIMEOUT_MS = 5000;

const environment = readEnvironment('relay');
const logger = createLogger('relay', environment.LOG_LEVEL);

await runProcess({
  name: 'relay',
  logger,
  health:
    environment.HEALTH_PORT === undefined
      ? undefined
      : { host: environment.HEALTH_HOST, port: environment.HEALTH_PORT },
  start: () => startRelay(environment, logger),
});

async function startRelay(env: RelayEnvironment, log: Logger): Promise<RunningProcess> {
  const tracing = await startTracing('order-saga-relay', env.OTEL_EXPORTER_OTLP_ENDPOINT);
  const database = createDatabase({
    url: env.DATABASE_URL,
    poolSize: env.DATABASE_POOL_SIZE,
    applicationName: 'order-saga-relay',
  });
  const { outbox, inbox, orderReads } = createRepositories(database);
  const publisher = createSnsEventPublisher({
    topicArn: env.EVENTS_TOPIC_ARN,
    region: env.AWS_REGION,
    endpointUrl: env.AWS_ENDPOINT_URL,
  });
  const temporal = createTemporalClient(env, { interceptors: tracing.clientInterceptors });
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
        orders: orderReads,
        signalOrder: createOrderSignaller(temporal.client, SIGNAL_TIMEOUT_MS),
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
