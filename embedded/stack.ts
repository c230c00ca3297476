/** The whole of what runs on one machine: which parts there are, in which order, and what each tells the others. */
import { join } from 'node:path';
import { ENVIRONMENT } from '../src/config/env.ts';
import { awsPart } from './aws/aws.part.ts';
import { consolePart } from './console.part.ts';
import { databasePart } from './database.part.ts';
import type { DemoKeys } from './demo-keys.ts';
import { externalAwsPart, externalPostgresPart, externalTemporalPart } from './external.parts.ts';
import type { ProcessHost } from './managed-process.ts';
import { nodeProgram } from './node-program.ts';
import type { Part } from './part.ts';
import { postgresPart } from './postgres/postgres.part.ts';
import { processPart } from './process.part.ts';
import { orderWorkersPart, type ScalingOptions } from './scaling/order-workers.part.ts';
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';
import type { StateDirectory } from './state-directory.ts';
import { temporalPart } from './temporal/temporal.part.ts';

export interface StackOptions {
  readonly settings: Settings;
  readonly state: StateDirectory;
  readonly secrets: Secrets;
  /** Null: no demo items, no demo keys. */
  readonly demoKeys: DemoKeys | null;
  /** Variables of our processes that go before what the stack would set. */
  readonly variables: Readonly<Record<string, string>>;
  /** False gives up the safety of data against a crash of the machine, for tests. */
  readonly durable: boolean;
  /** Settings of PostgreSQL that differ from the usual, for measurements. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** Settings of the Temporal server that differ from the usual, for tests. */
  readonly temporalSettings?: Readonly<Record<string, boolean | number | string>>;
  readonly host: ProcessHost;
  /** Told what a person should know of the load. @default nobody */
  readonly onNotice?: (text: string) => void;
  /** How the number of order workers follows the load where it does, for tests. */
  readonly scaling?: ScalingOptions;
  /** Ports of further processes of the API, for tests. @default none: one process, on API_PORT */
  readonly moreApiPorts?: readonly number[];
  /** Files that run instead of our own programs, for tests. */
  readonly programFiles?: Partial<Readonly<Record<OwnProgram, string>>>;
}

/** Our processes that can be there several times or be replaced, by the beginning of their names. */
const OWN_PROGRAMS = {
  'order-worker': 'src/workers/order-worker.main.ts',
  'maintenance-worker': 'src/workers/maintenance-worker.main.ts',
  relay: 'src/workers/relay.main.ts',
  projections: 'src/workers/projections.main.ts',
  api: 'src/api/main.ts',
} as const;
export type OwnProgram = keyof typeof OWN_PROGRAMS;

const LOCAL = '127.0.0.1';
/** In the embedded stack time flies: the carrier delivers in seconds, and the customer could return the goods this long. */
const RETURN_WINDOW_MS = 10_000;
/** A person who tries things out does not wait long for the jobs, which have little to look at. */
const JOBS = {
  REPAIR_DRIFT_INTERVAL_MS: '30000',
  DRIFT_GRACE_MS: '10000',
  FIND_STUCK_INTERVAL_MS: '30000',
  RECONCILE_INTERVAL_MS: '30000',
  RECONCILE_GRACE_MS: '10000',
  REAP_INTERVAL_MS: '60000',
  AUDIT_INTERVAL_MS: '60000',
  AUDIT_GRACE_MS: '10000',
  AUDIT_BACKLOG_MS: '60000',
};

/** In the order in which they start. Stopping goes the other way: first no order comes in any more, at last PostgreSQL. */
export function stackParts(options: StackOptions): Part[] {
  const { settings, state, host, secrets } = options;
  const own = ownEnvironment(options);
  return [
    settings.databaseUrl
      ? externalPostgresPart(settings.databaseUrl)
      : postgresPart({
          port: settings.ports.POSTGRES_PORT,
          dataDirectory: state.postgresData,
          password: secrets.postgresPassword,
          durable: options.durable,
          settings: options.postgresSettings ?? {},
          host,
        }),
    settings.temporalAddress
      ? externalTemporalPart(settings.temporalAddress, own['TEMPORAL_NAMESPACE'] ?? 'default')
      : temporalPart({
          port: settings.ports.TEMPORAL_PORT,
          uiPort: settings.ports.TEMPORAL_UI_PORT,
          databaseFile: join(state.temporal, 'temporal.db'),
          codecEndpoint: `${apiUrl(settings)}/v1/codec/${own['CODEC_ENDPOINT_TOKEN']}`,
          dynamicConfiguration: options.temporalSettings ?? {},
          host,
        }),
    settings.aws.isEmbedded
      ? awsPart({
          port: settings.ports.AWS_PORT,
          region: settings.aws.region,
          dataDirectory: state.aws,
          host,
        })
      : externalAwsPart(settings.aws),
    simulatorsPart(options, own),
    databasePart({
      demoKeys: options.demoKeys,
      auditor: { password: secrets.auditorPassword, file: state.auditorFile, own },
    }),
    ...orderWorkerParts(options, own),
    workersPart(options, own),
    consolePart(),
    apiPart(options, own),
  ];
}

export function apiUrl(settings: Settings): string {
  return `http://${LOCAL}:${settings.ports.API_PORT}`;
}

/** The variables of our processes, but for those that a part before them adds. */
function ownEnvironment({ settings, secrets, variables }: StackOptions): Record<string, string> {
  const { ports } = settings;
  const defaults: Record<string, string> = {
    API_HOST: LOCAL,
    API_PORT: String(ports.API_PORT),
    PUBLIC_URL: apiUrl(settings),
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CODEC_KEYS: secrets.temporalCodecKeys,
    CODEC_ENDPOINT_TOKEN: secrets.codecEndpointToken,
    WAITING_ROOM_SECRET: secrets.waitingRoomSecret,
    PAYMENT_PROVIDER_URL: `http://${LOCAL}:${ports.PAYMENT_PROVIDER_PORT}`,
    PAYMENT_PROVIDER_API_KEY: secrets.paymentProviderApiKey,
    PAYMENT_WEBHOOK_SECRET: secrets.paymentWebhookSecret,
    CARRIER_URL: `http://${LOCAL}:${ports.CARRIER_PORT}`,
    CARRIER_API_KEY: secrets.carrierApiKey,
    CARRIER_WEBHOOK_SECRET: secrets.carrierWebhookSecret,
    FRAUD_SCORE_URL: `http://${LOCAL}:${ports.FRAUD_SCORE_PORT}`,
    FRAUD_SCORE_API_KEY: secrets.fraudScoreApiKey,
    FRAUD_DIGEST_KEY: secrets.fraudDigestKey,
    SMTP_URL: `smtp://${LOCAL}:${ports.SMTP_PORT}`,
    MAIL_LOOKUP_URL: `http://${LOCAL}:${ports.MAIL_PORT}`,
    RETURN_WINDOW_MS: String(RETURN_WINDOW_MS),
    ...JOBS,
  };
  return { ...defaults, ...variables };
}

function simulatorsPart({ settings, state, host }: StackOptions, own: Record<string, string>): Part {
  const { ports } = settings;
  const provider = (kind: 'PAYMENT' | 'CARRIER', webhookPath: string): Record<string, string> => ({
    HOST: LOCAL,
    API_KEY: own[kind === 'PAYMENT' ? 'PAYMENT_PROVIDER_API_KEY' : 'CARRIER_API_KEY'] ?? '',
    WEBHOOK_URL: `${apiUrl(settings)}/v1/webhooks/${webhookPath}`,
    WEBHOOK_SECRET: own[`${kind}_WEBHOOK_SECRET`] ?? '',
  });
  return processPart({
    name: 'Simulators (payment provider, carrier, fraud scorer, mail)',
    host,
    addresses: {
      'Payment provider': `http://${LOCAL}:${ports.PAYMENT_PROVIDER_PORT}`,
      Carrier: `http://${LOCAL}:${ports.CARRIER_PORT}`,
      'Fraud scorer': `http://${LOCAL}:${ports.FRAUD_SCORE_PORT}`,
      Mails: `http://${LOCAL}:${ports.MAIL_PORT}`,
      SMTP: `smtp://${LOCAL}:${ports.SMTP_PORT}`,
    },
    programs: () => [
      nodeProgram(
        'payment-provider',
        'simulators/payment-provider/main.ts',
        {
          ...provider('PAYMENT', 'payments'),
          PORT: String(ports.PAYMENT_PROVIDER_PORT),
          STORE_FILE: join(state.simulators, 'payment-provider.db'),
        },
        host,
      ),
      nodeProgram(
        'carrier',
        'simulators/carrier/main.ts',
        {
          ...provider('CARRIER', 'shipping'),
          PORT: String(ports.CARRIER_PORT),
          STORE_FILE: join(state.simulators, 'carrier.db'),
        },
        host,
      ),
      nodeProgram(
        'fraud-score',
        'simulators/fraud-score/main.ts',
        {
          HOST: LOCAL,
          API_KEY: own['FRAUD_SCORE_API_KEY'] ?? '',
          PORT: String(ports.FRAUD_SCORE_PORT),
          STORE_FILE: join(state.simulators, 'fraud-score.db'),
        },
        host,
      ),
      nodeProgram(
        'mail',
        'simulators/mail/main.ts',
        {
          HOST: LOCAL,
          SMTP_PORT: String(ports.SMTP_PORT),
          HTTP_PORT: String(ports.MAIL_PORT),
          STORE_FILE: join(state.simulators, 'mail.db'),
        },
        host,
      ),
    ],
  });
}

function fileOf(program: OwnProgram, { programFiles }: StackOptions): string {
  return programFiles?.[program] ?? OWN_PROGRAMS[program];
}

/** A part of their own where their number follows the load; a fixed number starts with the rest. */
function orderWorkerParts(options: StackOptions, own: Record<string, string>): Part[] {
  const { settings, host, onNotice = () => undefined, scaling = {} } = options;
  if (settings.orderWorkers !== 'auto') return [];
  return [
    orderWorkersPart({
      programOf: (name, env) => nodeProgram(name, fileOf('order-worker', options), { ...env, ...own }, host),
      queueOf: (env) => {
        const all: Record<string, string | undefined> = { ...env, ...own };
        return {
          temporalAddress: all['TEMPORAL_ADDRESS'] ?? '',
          namespace: all['TEMPORAL_NAMESPACE'] ?? '',
          taskQueue: ENVIRONMENT.orderWorker.shape.TEMPORAL_TASK_QUEUE.parse(all['TEMPORAL_TASK_QUEUE']),
        };
      },
      host,
      onNotice,
      scaling,
    }),
  ];
}

function workersPart(options: StackOptions, own: Record<string, string>): Part {
  const { settings, host } = options;
  const fixed = settings.orderWorkers === 'auto' ? 0 : settings.orderWorkers;
  const orderWorkers = Array.from({ length: fixed }, (_, index) => `order-worker-${index + 1}`);
  return processPart({
    name: fixed === 0 ? 'Maintenance worker, relay, projections' : 'Workers, relay, projections',
    host,
    env: own,
    programs: (env) => {
      const all = { ...env, ...own };
      return [
        ...orderWorkers.map((name) => nodeProgram(name, fileOf('order-worker', options), all, host)),
        nodeProgram('maintenance-worker', fileOf('maintenance-worker', options), all, host),
        nodeProgram('relay', fileOf('relay', options), all, host),
        nodeProgram('projections', fileOf('projections', options), all, host),
      ];
    },
  });
}

function apiPart(options: StackOptions, own: Record<string, string>): Part {
  const { settings, host, moreApiPorts = [] } = options;
  return processPart({
    name: 'API',
    host,
    addresses: {
      Console: `${apiUrl(settings)}/console`,
      API: apiUrl(settings),
      'API reference': `${apiUrl(settings)}/docs`,
    },
    programs: (env) =>
      [settings.ports.API_PORT, ...moreApiPorts].map((port, index) => {
        const name = index === 0 ? 'api' : `api-${index + 1}`;
        const variables = { ...env, ...own, API_PORT: String(port) };
        return nodeProgram(name, fileOf('api', options), variables, host);
      }),
  });
}
