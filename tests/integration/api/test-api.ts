/** The HTTP service on a free port over a database of its own, and a client that checks what it gets. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import type { Express } from 'express';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createDatabase as connectDatabase, type Database } from '../../../db/client.ts';
import { createRepositories, type Repositories } from '../../../db/repositories/index.ts';
import { createApp } from '../../../src/api/app.ts';
import type { ApiDependencies } from '../../../src/api/dependencies.ts';
import { deadLetterQueueOf } from '../../../src/api/run-api.ts';
import { listen, type RunningServer } from '../../../src/api/server.ts';
import { readEnvironment, type ApiEnvironment } from '../../../src/config/env.ts';
import { createPayloadCodec } from '../../../src/config/payload-codec.ts';
import { createTemporalClient } from '../../../src/config/temporal.ts';
import { createDatabase, stack } from '../../support/stack.ts';
import { createDocumentCheck, type OpenApiPaths } from './document-check.ts';

/** One key for each role; `other` is a second customer. */
export const KEYS = {
  customer: { role: 'customer', customerId: 'cus_1' },
  other: { role: 'customer', customerId: 'cus_2' },
  viewer: { role: 'viewer', customerId: null },
  operator: { role: 'operator', customerId: null },
  approver: { role: 'approver', customerId: null },
  admin: { role: 'admin', customerId: null },
  importer: { role: 'importer', customerId: null },
} as const;
export type KeyName = keyof typeof KEYS;
export const keyOf = (name: KeyName): string => `secret-of-${name}`;

export const PAYMENT_SECRET = 'payment-webhook-secret';
export const CARRIER_SECRET = 'carrier-webhook-secret';
export const WAITING_ROOM_SECRET = 'waiting-room-secret-'.repeat(2);
export const CODEC_TOKEN = 'c0dec-'.repeat(8);

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- what is asserted is exactly what came
  readonly json: any;
}

export interface SendOptions {
  readonly as?: KeyName | undefined;
  /** Sent as JSON, unless it is text or bytes already. */
  readonly body?: unknown;
  readonly idempotencyKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestApi {
  readonly url: string;
  readonly app: Express;
  readonly databaseUrl: string;
  readonly database: Database;
  readonly repositories: Repositories;
  readonly environment: ApiEnvironment;
  readonly document: OpenApiPaths;
  send(method: string, path: string, options?: SendOptions): Promise<Sent>;
  /** Every log line so far. */
  log(): string;
  close(): Promise<void>;
}

export interface TestApiOptions {
  readonly variables?: Readonly<Record<string, string>>;
  /** An existing database instead of a fresh one. */
  readonly databaseUrl?: string;
}

/** What every process on this database and task queue has to know. */
export function commonVariables(databaseUrl: string, taskQueue: string): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: stack().temporalAddress,
    TEMPORAL_TASK_QUEUE: taskQueue,
    TEMPORAL_CODEC_KEYS: stack().codecKeys,
    LOG_LEVEL: 'info',
  };
}

export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const owned = options.databaseUrl === undefined ? await createDatabase() : null;
  const databaseUrl = options.databaseUrl ?? owned?.url ?? '';
  const environment = readEnvironment('api', {
    ...commonVariables(databaseUrl, `api-test-${randomBytes(6).toString('hex')}`),
    PAYMENT_WEBHOOK_SECRET: PAYMENT_SECRET,
    CARRIER_WEBHOOK_SECRET: CARRIER_SECRET,
    CODEC_ENDPOINT_TOKEN: CODEC_TOKEN,
    WAITING_ROOM_SECRET,
    // Tests order for few customers with few cards, which is what screening is to find; its own tests turn it on.
    FRAUD_SCREENING: 'off',
    RATE_LIMIT_PER_SECOND: '10000',
    ...options.variables,
  });
  const database = connectDatabase({
    url: environment.DATABASE_URL,
    connectTimeoutMs: 1_000,
    statementTimeoutMs: 4_000,
  });
  const repositories = createRepositories(database);
  if (owned !== null) await addKeys(repositories);
  const lines: string[] = [];
  const logger = pino(
    { level: 'debug' },
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    }),
  );
  const temporal = createTemporalClient(environment);
  const eventDeadLetters = deadLetterQueueOf(environment);
  const dependencies: ApiDependencies = {
    environment,
    repositories,
    temporal: temporal.client,
    isTemporalReachable: temporal.isReachable,
    pingDatabase: () => database.ping(),
    codec: createPayloadCodec(environment.TEMPORAL_CODEC_KEYS),
    eventDeadLetters,
    logger,
    metrics: new Registry(),
    isStopping: () => false,
  };
  const app = createApp(dependencies);
  const server: RunningServer = await listen(app, { host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${server.port}`;
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiPaths;
  const check = createDocumentCheck(document);
  return {
    url,
    app,
    databaseUrl,
    database,
    repositories,
    environment,
    document,
    send: async (method, path, sendOptions = {}) => {
      const response = await fetch(`${url}${path}`, toRequest(method, sendOptions));
      const text = await response.text();
      const contentType = response.headers.get('content-type') ?? '';
      check({ method, path, status: response.status, contentType, text });
      const json: unknown = /json/.test(contentType) && text !== '' ? JSON.parse(text) : undefined;
      return { status: response.status, headers: response.headers, text, json };
    },
    log: () => lines.join(''),
    close: async () => {
      await server.close(5_000);
      eventDeadLetters?.close();
      await Promise.all([temporal.close(), database.close()]);
      await owned?.drop();
    },
  };
}

function toRequest(method: string, options: SendOptions): RequestInit {
  const { as, body, idempotencyKey, headers } = options;
  return {
    method,
    headers: {
      ...(as === undefined ? {} : { authorization: `Bearer ${keyOf(as)}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
  };
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}

async function addKeys({ access }: Repositories): Promise<void> {
  for (const [name, { role, customerId }] of Object.entries(KEYS)) {
    const keyHash = createHash('sha256')
      .update(keyOf(name as KeyName))
      .digest('hex');
    await access.putApiKey({ id: name, role, customerId, keyHash });
  }
}

/** A key that nobody has used. */
export const newKey = (): string => randomUUID();

/** The body of a good order; give what is to differ. */
export function orderBody(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    customerId: 'cus_1',
    currency: 'GBP',
    lines: [{ sku: 'LAMP', quantity: 2 }],
    payment: { method: 'card', token: 'tok_visa' },
    shipTo: {
      name: 'Ada Lovelace',
      line1: '12 St James’s Square',
      city: 'London',
      postalCode: 'SW1Y 4JH',
      country: 'GB',
    },
    contact: { email: 'ada@example.com' },
    ...changes,
  };
}

/** Creates items through the API and puts stock on the shelf `main`. */
export async function stockItems(
  api: TestApi,
  items: Readonly<Record<string, { readonly amountMinor: number; readonly onHand: number }>>,
): Promise<void> {
  for (const [sku, { amountMinor, onHand }] of Object.entries(items)) {
    await expectStatus(
      200,
      api.send('PUT', `/v1/items/${sku}`, {
        as: 'admin',
        body: { name: `The ${sku}`, prices: [{ amountMinor, currency: 'GBP' }], active: true },
      }),
    );
    if (onHand === 0) continue;
    await expectStatus(
      201,
      api.send('POST', `/v1/inventory/${sku}/adjustments`, {
        as: 'admin',
        idempotencyKey: newKey(),
        body: { locationId: 'main', quantity: onHand, reason: 'opening stock' },
      }),
    );
  }
}

/** @throws Error with what came instead */
export async function expectStatus(status: number, sending: Promise<Sent>): Promise<Sent> {
  const sent = await sending;
  if (sent.status !== status)
    throw new Error(`expected ${status} and got ${sent.status}: ${sent.text.slice(0, 1_000)}`);
  return sent;
}

/** The fields that an answer complains about. */
export const pointersOf = (sent: Sent): string[] =>
  (sent.json.errors as { readonly pointer: string }[]).map(({ pointer }) => pointer);

/** Locations are part of the stack's seed and not of the schema, so a fresh database has none. */
export async function addLocations(databaseUrl: string): Promise<void> {
  const { default: postgres } = await import('postgres');
  const admin = postgres(databaseUrl, { max: 1 });
  try {
    await admin`INSERT INTO locations (id, name, priority) VALUES ('main', 'Main', 1), ('west', 'West', 2)
      ON CONFLICT DO NOTHING`;
  } finally {
    await admin.end({ timeout: 5 });
  }
}
