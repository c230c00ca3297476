/**
 * The configuration, read once from the environment. Every variable is listed in .env.example with its meaning; a wrong
 * one stops the program at once with all that is wrong, named, and what to do.
 */
import { z } from 'zod';
import { MOST_ORDERS_LOOKED_AT } from '../domain/fraud/fraud-facts.ts';
import { DEFAULT_FRAUD_SETTINGS } from '../domain/fraud/fraud-settings.ts';
import { REVIEW_DECISIONS } from '../domain/fraud/review.ts';
import { DEFAULT_DEADLINES } from '../domain/orders/waiting-state.ts';

const port = z.coerce.number().int().min(1).max(65_535);
const milliseconds = z.coerce.number().int().positive();
const url = z.url();

/** What every process has. */
const commonShape = {
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Where this process answers /livez, /readyz and /metrics; off when absent (the API answers on its own port). */
  HEALTH_PORT: port.optional(),
  HEALTH_HOST: z.string().default('127.0.0.1'),
  /** OpenTelemetry traces are sent when this is set. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
};

const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// address');

const databaseShape = {
  DATABASE_URL: postgresUrl,
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
};

/** `id:base64 of 32 bytes`, several by comma; the first encrypts, all decrypt. */
const codecKeys = z.string().transform((text, context) => {
  const keys = text.split(',').map((part) => {
    const separator = part.indexOf(':');
    return {
      id: part.slice(0, separator).trim(),
      secret: Buffer.from(part.slice(separator + 1).trim(), 'base64'),
    };
  });
  if (keys.some((key) => !/^[\w.-]{1,64}$/.test(key.id) || key.secret.length !== 32)) {
    context.addIssue({
      code: 'custom',
      message: 'must be `id:base64 of 32 bytes`, several by comma; make one with: openssl rand -base64 32',
    });
    return z.NEVER;
  }
  return keys;
});

/** Where the workflows of orders are, for who reads nothing of what is in them. */
const taskQueueShape = {
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^/]+:\d+$/, 'must be host:port')
    .default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  TEMPORAL_TASK_QUEUE: z.string().min(1).default('orders'),
};

const temporalShape = { ...taskQueueShape, TEMPORAL_CODEC_KEYS: codecKeys };

/** As a label on Kubernetes may be. */
export const BUILD_ID = /^[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;
const buildId = z
  .string()
  .regex(
    BUILD_ID,
    'must be 1 to 63 letters, digits, dots, hyphens and underscores, a letter or digit first and last',
  );

/** Whether Temporal's pages can show where in its code a workflow waits; costs a worker more than all else that it does. */
const callStacksShape = { WORKFLOW_CALL_STACKS: z.enum(['on', 'off']).default('off') };

/** Where maintenance jobs are queued, and by which their schedules are named. */
const maintenanceQueueShape = { MAINTENANCE_TASK_QUEUE: z.string().min(1).default('maintenance') };

const awsShape = {
  AWS_REGION: z.string().min(1).default('eu-west-1'),
  /** Only for an endpoint that is not Amazon's. */
  AWS_ENDPOINT_URL: url.optional(),
  EVENTS_TOPIC_ARN: z.string().regex(/^arn:aws:sns:.+\.fifo$/, 'must be the ARN of an SNS FIFO topic'),
};

/** What is added to requests, as in an address: `name=value&name=value`. */
const requestParameters = z
  .string()
  .regex(/^[\w.-]+=[^=&]+(&[\w.-]+=[^=&]+)*$/, 'must be name=value, several by &, encoded as in an address')
  .transform((text): Readonly<Record<string, string>> => Object.fromEntries(new URLSearchParams(text)));

const apiShape = {
  ...commonShape,
  ...databaseShape,
  ...temporalShape,
  ...maintenanceQueueShape,
  API_HOST: z.string().default('127.0.0.1'),
  API_PORT: port.default(3000),
  /** How long POST /v1/orders waits for a decision before it answers 202. */
  CONFIRMATION_DEADLINE_MS: milliseconds.default(2500),
  /** Requests per second and key, as a burst over one second. */
  RATE_LIMIT_PER_SECOND: z.coerce.number().int().positive().default(200),
  TEMPORAL_UI_URL: url.default('http://127.0.0.1:8233'),
  /** Where the built console lies; below the project unless it is a whole path. */
  CONSOLE_DIRECTORY: z.string().min(1).default('dist/console'),
  /** Whether orders can be searched by their state in Temporal's pages: the server must know the attributes, or it refuses orders. */
  TEMPORAL_SEARCH_ATTRIBUTES: z.enum(['on', 'off']).default('off'),
  /** A capability for the Temporal Web UI, which cannot send a key of ours: POST /v1/codec/<token>/decode. Off when absent. */
  CODEC_ENDPOINT_TOKEN: z.string().min(32).optional(),
  AWS_REGION: awsShape.AWS_REGION,
  AWS_ENDPOINT_URL: awsShape.AWS_ENDPOINT_URL,
  /** With the one below: what the read model's queue has put aside can be shown and redriven. */
  EVENTS_QUEUE_URL: url.optional(),
  EVENTS_DEAD_LETTER_QUEUE_URL: url.optional(),
  PAYMENT_WEBHOOK_SECRET: z.string().min(16),
  CARRIER_WEBHOOK_SECRET: z.string().min(16),
  /** Signs the tokens of waiting rooms; the same for every API process. */
  WAITING_ROOM_SECRET: z.string().min(32),
  /** How long an admitted ticket can be used. */
  WAITING_ROOM_TOKEN_VALID_MS: milliseconds.default(10 * 60_000),
  SHIP_WITHIN_MS: milliseconds.default(DEFAULT_DEADLINES.shipWithinMs),
  DELIVER_WITHIN_MS: milliseconds.default(DEFAULT_DEADLINES.deliverWithinMs),
  RETURN_WINDOW_MS: milliseconds.default(DEFAULT_DEADLINES.returnWindowMs),
  /** How long before an authorization expires it is let go and taken anew. */
  RENEW_HOLD_BEFORE_MS: milliseconds.default(DEFAULT_DEADLINES.renewHoldBeforeMs),
  /** Whether orders are screened for fraud; an order keeps what held when it was placed. */
  FRAUD_SCREENING: z.enum(['on', 'off']).default('on'),
  /** What becomes of an order whose review nobody has decided in time. */
  FRAUD_REVIEW_DEFAULT: z.enum(REVIEW_DECISIONS).default('reject'),
  FRAUD_REVIEW_WITHIN_MS: milliseconds.default(DEFAULT_DEADLINES.reviewWithinMs),
  /** Above this much money an action of an operator needs a second person; 0 when none does. Minor units, in any currency. */
  APPROVAL_LIMIT_MINOR: z.coerce.number().int().min(0).default(50_000),
  /** How many orders one bulk may be about. */
  BULK_MOST_ORDERS: z.coerce.number().int().min(1).max(10_000).default(10_000),
  /** How many orders a second one bulk may act upon; what it does when nothing else was asked for, too. */
  BULK_MOST_PER_SECOND: z.coerce.number().int().min(1).max(100).default(5),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  /** Where the issuer publishes its keys; JWTs are refused when absent. */
  JWT_JWKS_URL: url.optional(),
  /** The claim that names the role; a dot leads into what is nested. */
  JWT_ROLE_CLAIM: z.string().min(1).default('role'),
  /** As what the console is registered with the issuer; nobody signs in there when absent, but with a key. */
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  /** What the console's button calls the issuer; its host when absent. */
  OIDC_NAME: z.string().min(1).max(40).optional(),
  OIDC_SCOPES: z
    .string()
    .regex(/(^|\s)openid(\s|$)/, 'must have openid among the scopes, which are separated by spaces')
    .default('openid'),
  OIDC_PARAMETERS: requestParameters.optional(),
};

/** Codes and tokens pass there, so it is encrypted, unless they do not leave the machine. */
function isIssuerAddress(text: string): boolean {
  const address = URL.parse(text);
  if (address === null) return false;
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(address.hostname);
  return address.protocol === 'https:' || (address.protocol === 'http:' && isLocal);
}

const api = z
  .object(apiShape)
  .refine(
    (env) =>
      env.OIDC_CLIENT_ID === undefined || (env.JWT_AUDIENCE !== undefined && env.JWT_JWKS_URL !== undefined),
    {
      path: ['OIDC_CLIENT_ID'],
      message: 'needs JWT_AUDIENCE and JWT_JWKS_URL too, by which the tokens of who signs in are checked',
    },
  )
  .refine((env) => env.OIDC_CLIENT_ID === undefined || isIssuerAddress(env.JWT_ISSUER ?? ''), {
    path: ['JWT_ISSUER'],
    message:
      'must be the https:// address of the issuer where OIDC_CLIENT_ID is set; http:// on this machine only',
  });

const providersShape = {
  PAYMENT_PROVIDER_URL: url,
  PAYMENT_PROVIDER_API_KEY: z.string().min(1),
  CARRIER_URL: url,
  CARRIER_API_KEY: z.string().min(1),
  PROVIDER_TIMEOUT_MS: milliseconds.default(10_000),
};

const fraction = z.coerce.number().min(0).max(1);
/** Counts of orders never rise above what is looked at. */
const orderCount = z.coerce.number().int().min(2).max(MOST_ORDERS_LOOKED_AT);

const screeningShape = {
  /** Under it cards and addresses are digested; another one makes earlier orders look like nobody's. */
  FRAUD_DIGEST_KEY: z.string().min(32),
  /** Of a company that scores orders; none when absent. */
  FRAUD_SCORE_URL: url.optional(),
  FRAUD_SCORE_API_KEY: z.string().default(''),
  /** A customer waits meanwhile. A scorer that takes longer takes no part. */
  FRAUD_SCORE_TIMEOUT_MS: z.coerce.number().int().min(1).max(15_000).default(400),
  FRAUD_WEIGHT_RULES: fraction.default(DEFAULT_FRAUD_SETTINGS.weights.rules),
  FRAUD_WEIGHT_MODEL: fraction.default(DEFAULT_FRAUD_SETTINGS.weights.model),
  FRAUD_WEIGHT_EXTERNAL: fraction.default(DEFAULT_FRAUD_SETTINGS.weights.external),
  FRAUD_REVIEW_AT: fraction.default(DEFAULT_FRAUD_SETTINGS.reviewAt),
  FRAUD_REFUSE_AT: fraction.default(DEFAULT_FRAUD_SETTINGS.refuseAt),
  FRAUD_CUSTOMER_ORDERS_PER_HOUR: orderCount.default(DEFAULT_FRAUD_SETTINGS.limits.customerOrdersPerHour),
  FRAUD_CARD_ORDERS_PER_DAY: orderCount.default(DEFAULT_FRAUD_SETTINGS.limits.cardOrdersPerDay),
  FRAUD_ADDRESS_ORDERS_PER_DAY: orderCount.default(DEFAULT_FRAUD_SETTINGS.limits.addressOrdersPerDay),
  FRAUD_CUSTOMER_AMOUNT_PER_DAY_MINOR: z.coerce
    .number()
    .int()
    .positive()
    .default(DEFAULT_FRAUD_SETTINGS.limits.customerAmountPerDayMinor),
  FRAUD_AMOUNT_TIMES_MEAN: z.coerce.number().min(2).default(DEFAULT_FRAUD_SETTINGS.limits.amountTimesMean),
};
const smtpUrl = z.string().regex(/^smtps?:\/\//, 'must be smtp://host:port or smtps://…');
const mailFrom = z.string().default('Order desk <orders@example.com>');

const orderWorkerShape = {
  ...commonShape,
  ...databaseShape,
  ...temporalShape,
  ...callStacksShape,
  ...providersShape,
  ...screeningShape,
  SMTP_URL: smtpUrl,
  MAIL_FROM: mailFrom,
  /** Where accepted mails can be looked up by Message-ID, as the embedded mail sink can; plain SMTP cannot. */
  MAIL_LOOKUP_URL: url.optional(),
  /**
   * How many open workflows a worker remembers; any other it reads from its history. Enough for those that are under way: most of an
   * order's life it waits for a parcel, and one that is remembered meanwhile takes 0.3 MiB (docs/reports/performance.md).
   */
  WORKFLOW_CACHE_SIZE: z.coerce.number().int().min(0).default(200),
  /**
   * Which version of the code this worker is. With it the worker takes new orders only when its version has been promoted, and
   * keeps those that it began. Absent: one version at a time, which takes everything.
   */
  WORKER_BUILD_ID: buildId.optional(),
};

/** Temporal names the versions of the workers of a queue after it, with these between the parts of the name. */
const SEPARATORS_OF_VERSIONS = /[.:]/;
const orderWorker = z
  .object(orderWorkerShape)
  .refine(
    (env) => env.WORKER_BUILD_ID === undefined || !SEPARATORS_OF_VERSIONS.test(env.TEMPORAL_TASK_QUEUE),
    {
      path: ['TEMPORAL_TASK_QUEUE'],
      message:
        'must have neither a dot nor a colon where WORKER_BUILD_ID is set; choose another name, or unset that',
    },
  );

const days = z.coerce.number().int().min(1).max(3_650);

const auditShape = {
  /** How long ago something must have happened at another system before it is judged. */
  AUDIT_GRACE_MS: milliseconds.default(30_000),
  /** How long a message may wait to be handed on, and a workflow to begin or to end, before that is a violation. */
  AUDIT_BACKLOG_MS: milliseconds.default(10 * 60_000),
};

const maintenanceWorkerShape = {
  ...commonShape,
  ...databaseShape,
  ...temporalShape,
  ...callStacksShape,
  ...maintenanceQueueShape,
  ...providersShape,
  REPAIR_DRIFT_INTERVAL_MS: milliseconds.default(60_000),
  /** How long rows, workflow and read model may tell different things of an order before that is more than being under way. */
  DRIFT_GRACE_MS: milliseconds.default(5 * 60_000),
  /** How many orders without a run one look takes up; each costs about as much as a new order. */
  LOST_ORDERS_PER_RUN: z.coerce.number().int().min(1).default(300),
  FIND_STUCK_INTERVAL_MS: milliseconds.default(60_000),
  /** How long an order may be past the time for what it waits for before a person is called. */
  STUCK_GRACE_MS: milliseconds.default(5 * 60_000),
  /** How often a step may fail before a person is called, where no cause of its own does so. */
  STUCK_AFTER_ATTEMPTS: z.coerce.number().int().min(1).default(20),
  /** Operations staff, who are written to about what calls a person; nobody when absent. */
  OPS_MAIL_TO: z.email().optional(),
  /** Where that mail is sent through, and from whom. */
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: mailFrom,
  /** For the addresses in that mail: where people reach the API. */
  PUBLIC_URL: url.default('http://127.0.0.1:3000'),
  RECONCILE_INTERVAL_MS: milliseconds.default(5 * 60_000),
  /** How old an operation is before a difference about it is more than being under way. */
  RECONCILE_GRACE_MS: milliseconds.default(10 * 60_000),
  /** The auditor's own login, which can only read; no audit is scheduled without it. */
  AUDIT_DATABASE_URL: postgresUrl.optional(),
  ...auditShape,
  AUDIT_INTERVAL_MS: milliseconds.default(15 * 60_000),
  REAP_INTERVAL_MS: milliseconds.default(60 * 60_000),
  /** How long the answer to a request with an Idempotency-Key is kept. */
  IDEMPOTENCY_RETENTION_DAYS: days.default(30),
  /** How long webhooks are kept once they are settled, at the least; they are dropped by months. */
  MESSAGE_RETENTION_DAYS: days.default(30),
  /** How long events are kept, at the least; for ever when absent. Dropped by months, when all orders of a month are at their end. */
  EVENT_RETENTION_DAYS: days.min(30).optional(),
  /** How long a waiting room and its tickets are kept once it has closed. */
  WAITING_ROOM_RETENTION_DAYS: days.default(30),
};

const relayShape = {
  ...commonShape,
  ...databaseShape,
  ...temporalShape,
  ...awsShape,
  RELAY_POLL_MS: milliseconds.default(300),
};

const projectionsShape = {
  ...commonShape,
  ...databaseShape,
  AWS_REGION: awsShape.AWS_REGION,
  AWS_ENDPOINT_URL: awsShape.AWS_ENDPOINT_URL,
  EVENTS_QUEUE_URL: url,
};

export const ENVIRONMENT = {
  api,
  orderWorker,
  maintenanceWorker: z
    .object(maintenanceWorkerShape)
    .refine((env) => env.OPS_MAIL_TO === undefined || env.SMTP_URL !== undefined, {
      path: ['SMTP_URL'],
      message: 'must be set where OPS_MAIL_TO is, for the mail to go through',
    }),
  relay: z.object(relayShape),
  projections: z.object(projectionsShape),
  migrate: z.object({ ...commonShape, ...databaseShape, AUDIT_DATABASE_URL: postgresUrl.optional() }),
  audit: z.object({
    AUDIT_DATABASE_URL: postgresUrl,
    ...auditShape,
    PAYMENT_PROVIDER_URL: providersShape.PAYMENT_PROVIDER_URL,
    PAYMENT_PROVIDER_API_KEY: providersShape.PAYMENT_PROVIDER_API_KEY,
    CARRIER_URL: providersShape.CARRIER_URL,
    CARRIER_API_KEY: providersShape.CARRIER_API_KEY,
    ...taskQueueShape,
  }),
  workerVersions: z.object(taskQueueShape),
} as const;
export type ProcessName = keyof typeof ENVIRONMENT;
export type ApiEnvironment = z.output<typeof ENVIRONMENT.api>;
export type OrderWorkerEnvironment = z.output<typeof ENVIRONMENT.orderWorker>;
export type MaintenanceWorkerEnvironment = z.output<typeof ENVIRONMENT.maintenanceWorker>;
export type RelayEnvironment = z.output<typeof ENVIRONMENT.relay>;
export type ProjectionsEnvironment = z.output<typeof ENVIRONMENT.projections>;
export type AuditEnvironment = z.output<typeof ENVIRONMENT.audit>;
export type WorkerVersionsEnvironment = z.output<typeof ENVIRONMENT.workerVersions>;
export type MigrateEnvironment = z.output<typeof ENVIRONMENT.migrate>;

/** Thrown with one line for every variable that is wrong or missing. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * Reads what one process needs. An empty variable counts as absent.
 * @throws ConfigurationError naming every variable that is wrong
 */
export function readEnvironment<Name extends ProcessName>(
  name: Name,
  variables: NodeJS.ProcessEnv = process.env,
): z.output<(typeof ENVIRONMENT)[Name]> {
  const present = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = ENVIRONMENT[name].safeParse(present);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => {
      const variable = issue.path.join('.');
      return `  ${variable}: ${variable in present ? issue.message : 'is required and not set'}`;
    });
    throw new ConfigurationError(
      `The environment of "${name}" is not complete. Set or correct these variables (.env.example explains each):\n${lines.join('\n')}`,
    );
  }
  return parsed.data as z.output<(typeof ENVIRONMENT)[Name]>;
}
