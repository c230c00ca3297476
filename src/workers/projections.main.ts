/** The projections: events from SQS into the read model. */
import { createDatabase } from '../../db/client.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import { createSqsEventSource } from '../adapters/events/sqs-event-source.ts';
import { readEnvironment, type ProjectionsEnvironment } from '../config/env.ts';
import { createLogger, type Logger } from '../config/logger.ts';
import { runProcess, type RunningProcess } from '../config/run-process.ts';
import { startTracing } from '../config/tracing.ts';
import { startPollingLoop } from './polling-loop.ts';
import { createProjectionsConsumer } from './projections-consumer.ts';
import { createProjectionsMetrics } from './projections-metrics.ts';

/** Pauses between failing rounds grow from this, milliseconds; a successful round already waits for messages. */
const PAUSE_MS = 100;

const environment = readEnvironment('projections');
const logger = createLogger('projections', environment.LOG_LEVEL);

await runProcess({
  name: 'projections',
  logger,
  health:
    environment.HEALTH_PORT === undefined
      ? undefined
      : { host: environment.HEALTH_HOST, port: environment.HEALTH_PORT },
  start: () => startProjections(environment, logger),
});

async function startProjections(env: ProjectionsEnvironment, log: Logger): Promise<RunningProcess> {
  const tracing = await startTracing('order-saga-projections', env.OTEL_EXPORTER_OTLP_ENDPOINT);
  const database = createDatabase({
    url: env.DATABASE_URL,
    poolSize: env.DATABASE_POOL_SIZE,
    applicationName: 'order-saga-projections',
  });
  const { projections } = createRepositories(database);
  const source = createSqsEventSource({
    queueUrl: env.EVENTS_QUEUE_URL,
    region: env.AWS_REGION,
    endpointUrl: env.AWS_ENDPOINT_URL,
  });
  const loop = startPollingLoop({
    name: 'projections consumer',
    logger: log,
    idleMs: PAUSE_MS,
    round: createProjectionsConsumer({
      source,
      projections,
      pingDatabase: () => database.ping(),
      logger: log,
      metrics: createProjectionsMetrics(),
    }),
  });
  return {
    isReady: async () => {
      // While no message comes the loop does not notice that the database is away.
      await database.ping();
      return loop.isHealthy();
    },
    stop: async () => {
      await loop.stop();
      source.close();
      await Promise.all([database.close(), tracing.shutdown()]);
    },
  };
}
