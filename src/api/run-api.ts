/** The HTTP service as a process, in a form that can be started with other things to act with, as the order worker is. */
import { register } from 'prom-client';
import { createDatabase } from '../../db/client.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import { readEnvironment, type ApiEnvironment } from '../config/env.ts';
import { createLogger, type Logger } from '../config/logger.ts';
import { createPayloadCodec } from '../config/payload-codec.ts';
import { runProcess, type RunningProcess } from '../config/run-process.ts';
import { createTemporalClient } from '../config/temporal.ts';
import { startTracing, traceRepository } from '../config/tracing.ts';
import { createSqsDeadLetterQueue } from '../adapters/events/sqs-dead-letter-queue.ts';
import type { DeadLetterQueuePort } from '../adapters/events/dead-letter-queue.port.ts';
import { createApp } from './app.ts';
import type { ApiDependencies, ApiRepositories } from './dependencies.ts';
import { checkNeeds } from './health/readyz.handler.ts';
import { listen } from './server.ts';

/** Shorter than a request may take, so that a caller is told instead of being left alone. */
const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 4_000;
/** Requests under way at a stop may take this long; less than runProcess waits for the whole stop. */
const DRAIN_TIMEOUT_MS = 20_000;

/**
 * Runs until it is told to stop.
 * @param decorate what the endpoints act with instead of what they are given @default nothing else
 */
export async function runApi(
  decorate: (dependencies: ApiDependencies) => ApiDependencies = (dependencies) => dependencies,
): Promise<void> {
  const environment = readEnvironment('api');
  const logger = createLogger('api', environment.LOG_LEVEL);
  await runProcess({
    name: 'api',
    logger,
    health:
      environment.HEALTH_PORT === undefined
        ? undefined
        : { host: environment.HEALTH_HOST, port: environment.HEALTH_PORT },
    start: () => startApi(environment, logger, decorate),
  });
}

async function startApi(
  env: ApiEnvironment,
  log: Logger,
  decorate: (dependencies: ApiDependencies) => ApiDependencies,
): Promise<RunningProcess> {
  const tracing = await startTracing('order-saga-api', env.OTEL_EXPORTER_OTLP_ENDPOINT);
  const database = createDatabase({
    url: env.DATABASE_URL,
    poolSize: env.DATABASE_POOL_SIZE,
    applicationName: 'order-saga-api',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  const repositories = createRepositories(database);
  const temporal = createTemporalClient(env, { interceptors: tracing.clientInterceptors });
  const eventDeadLetters = deadLetterQueueOf(env);
  let stopping = false;
  const dependencies = decorate({
    environment: env,
    repositories: tracing.enabled ? traced(repositories) : repositories,
    temporal: temporal.client,
    isTemporalReachable: temporal.isReachable,
    pingDatabase: () => database.ping(),
    codec: createPayloadCodec(env.TEMPORAL_CODEC_KEYS),
    eventDeadLetters,
    logger: log,
    metrics: register,
    isStopping: () => stopping,
  });
  const server = await listen(createApp(dependencies), { host: env.API_HOST, port: env.API_PORT });
  return {
    isReady: async () => {
      const { database: databaseState, temporal: temporalState } = await checkNeeds(dependencies);
      return databaseState === 'up' && temporalState === 'up';
    },
    stop: async () => {
      stopping = true;
      await server.close(DRAIN_TIMEOUT_MS);
      eventDeadLetters?.close();
      await Promise.all([temporal.close(), database.close(), tracing.shutdown()]);
    },
  };
}

/** The queue that the environment names; null when it names none. */
export function deadLetterQueueOf(env: ApiEnvironment): DeadLetterQueuePort | null {
  const { EVENTS_QUEUE_URL: queueUrl, EVENTS_DEAD_LETTER_QUEUE_URL: deadLetterQueueUrl } = env;
  if (queueUrl === undefined || deadLetterQueueUrl === undefined) return null;
  const { AWS_REGION: region, AWS_ENDPOINT_URL: endpointUrl } = env;
  return createSqsDeadLetterQueue({ queueUrl, deadLetterQueueUrl, region, endpointUrl });
}

function traced(repositories: ApiRepositories): ApiRepositories {
  return {
    access: traceRepository('access', repositories.access),
    inventory: traceRepository('inventory', repositories.inventory),
    ledger: traceRepository('ledger', repositories.ledger),
    orderReads: traceRepository('orderReads', repositories.orderReads),
    attention: traceRepository('attention', repositories.attention),
    consoleReads: traceRepository('consoleReads', repositories.consoleReads),
    outbox: traceRepository('outbox', repositories.outbox),
    inbox: traceRepository('inbox', repositories.inbox),
    projections: traceRepository('projections', repositories.projections),
    messageRepair: traceRepository('messageRepair', repositories.messageRepair),
    reconciliation: traceRepository('reconciliation', repositories.reconciliation),
    waitingRooms: traceRepository('waitingRooms', repositories.waitingRooms),
    fraud: traceRepository('fraud', repositories.fraud),
    operatorActions: traceRepository('operatorActions', repositories.operatorActions),
    bulkActions: traceRepository('bulkActions', repositories.bulkActions),
  };
}
