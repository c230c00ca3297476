import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { createDatabase as connect, type Database } from '../../../db/client.ts';
import { createRepositories, type Repositories } from '../../../db/repositories/index.ts';
import type { InboxMessage } from '../../../db/repositories/messages.repository.ts';
import { readEnvironment } from '../../../src/config/env.ts';
import { createPayloadCodec } from '../../../src/config/payload-codec.ts';
import { createTemporalClient, type TemporalClient } from '../../../src/config/temporal.ts';
import { paymentOperationKey, shipmentId } from '../../../src/domain/ids.ts';
import { PROCESS_ORDER_WORKFLOW } from '../../../src/workflows/orders/process-order.contract.ts';
import { createDatabase, stack, waitFor } from '../../support/stack.ts';
import { createTopology } from './broker.ts';
import { live, stockUp } from './order-lives.ts';
import { startProgram, type RunningProgram } from './program.ts';

jest.setTimeout(120_000);

let relay: RunningProgram;
let database: Database;
let repositories: Repositories;
let temporal: TemporalClient;
let codecKeys: Parameters<typeof createPayloadCodec>[0];
let relayEnv: Readonly<Record<string, string>>;
const cleanUp: (() => unknown)[] = [];

beforeAll(async () => {
  const { url, drop } = await createDatabase();
  cleanUp.push(drop);
  database = connect({ url });
  cleanUp.push(() => database.close());
  repositories = createRepositories(database);
  await stockUp(database, repositories);
  const topology = await createTopology(stack().awsEndpointUrl);
  cleanUp.push(() => topology.close());
  relayEnv = {
    ...topology.env,
    DATABASE_URL: url,
    TEMPORAL_ADDRESS: stack().temporalAddress,
    TEMPORAL_CODEC_KEYS: stack().codecKeys,
  };
  const environment = readEnvironment('relay', relayEnv);
  codecKeys = environment.TEMPORAL_CODEC_KEYS;
  temporal = createTemporalClient(environment);
  cleanUp.push(() => temporal.close());
});

afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end();
});

beforeEach(async () => {
  relay = await startProgram('src/workers/relay.main.ts', relayEnv);
});

afterEach(() => relay.kill());

const newOrderId = (): string => `ord_inbox${randomBytes(6).toString('hex')}`;

/** The workflow of an order, which stays where it is because no worker runs it: what it was sent stands in its history. */
async function startWorkflow(orderId: string) {
  const handle = await temporal.client.workflow.start(PROCESS_ORDER_WORKFLOW, {
    workflowId: orderId,
    taskQueue: `nobody-${orderId}`,
    args: [],
  });
  cleanUp.push(() => handle.terminate().catch(() => undefined));
  return handle;
}

async function signalsOf(orderId: string): Promise<readonly { name: string; payload: unknown }[]> {
  const codec = createPayloadCodec(codecKeys);
  const { events } = await temporal.client.workflow.getHandle(orderId).fetchHistory();
  const signals = (events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes ?? []);
  return Promise.all(
    signals.map(async ({ signalName, input }) => {
      const [payload] = await codec.decode(input?.payloads ?? []);
      if (!payload) throw new Error('a signal without payload');
      return { name: String(signalName), payload: defaultPayloadConverter.fromPayload(payload) };
    }),
  );
}

function parcelMessage(orderId: string, status: string): InboxMessage {
  const messageId = `evt_${randomBytes(6).toString('hex')}`;
  return {
    provider: 'shipping',
    messageId,
    orderId,
    payload: {
      id: messageId,
      type: `shipment.${status}`,
      createdAt: '2026-01-02T10:00:00.000Z',
      data: {
        shipmentId: shipmentId(orderId, 1),
        orderId,
        trackingNumber: 'T1',
        bookingKey: 'k',
        status,
        at: '2026-01-02T10:00:00.000Z',
      },
    },
  };
}

function paymentMessage(orderId: string): InboxMessage & { readonly operationKey: string } {
  const messageId = `evt_${randomBytes(6).toString('hex')}`;
  const operationKey = paymentOperationKey(orderId, 'authorize');
  const data = {
    operationKey,
    kind: 'authorize',
    orderId,
    amountMinor: 510,
    currency: 'GBP',
    status: 'succeeded',
  };
  return {
    provider: 'payments',
    messageId,
    orderId,
    operationKey,
    payload: {
      id: messageId,
      type: 'payment.operation.succeeded',
      createdAt: '2026-01-02T10:00:00.000Z',
      data,
    },
  };
}

interface InboxRow {
  readonly state: string;
  readonly attempts: number;
  readonly lastError: string | null;
}

async function rowOf({ messageId }: InboxMessage): Promise<InboxRow> {
  const [row] = await database.query<InboxRow>(
    'test.inboxRow',
    sql`SELECT state, attempts, last_error AS "lastError" FROM webhook_inbox WHERE message_id = ${messageId}`,
  );
  if (!row) throw new Error(`${messageId} is not in the inbox`);
  return row;
}

async function waitForState(message: InboxMessage, state: string): Promise<InboxRow> {
  return waitFor(
    async () => {
      const row = await rowOf(message);
      return row.state === state ? row : null;
    },
    { timeoutMs: 30_000, what: `${message.messageId} to be ${state}` },
  );
}

describe('the inbox relay', () => {
  test('tells the workflow of an order what the providers said, each message once', async () => {
    const orderId = newOrderId();
    await startWorkflow(orderId);
    const messages = [
      paymentMessage(orderId),
      { ...parcelMessage(orderId, 'shipped'), operationKey: null },
      { ...parcelMessage(orderId, 'delivered'), operationKey: null },
    ];
    for (const message of messages) {
      expect(await repositories.inbox.store(message)).toBe('stored');
      expect(await repositories.inbox.store(message)).toBe('repeated');
    }
    for (const message of messages) await waitForState(message, 'delivered');
    const signals = await signalsOf(orderId);
    expect(signals).toHaveLength(3);
    expect(signals).toEqual(
      expect.arrayContaining([
        {
          name: 'paymentSettled',
          payload: { operationKey: `${orderId}:authorize:1`, messageId: messages[0]?.messageId },
        },
        {
          name: 'shipmentMoved',
          payload: {
            shipmentId: shipmentId(orderId, 1),
            status: 'shipped',
            messageId: messages[1]?.messageId,
          },
        },
        {
          name: 'shipmentMoved',
          payload: {
            shipmentId: shipmentId(orderId, 1),
            status: 'delivered',
            messageId: messages[2]?.messageId,
          },
        },
      ]),
    );
  });

  test('a message that comes before its order waits for it', async () => {
    const orderId = newOrderId();
    const message = parcelMessage(orderId, 'shipped');
    await repositories.inbox.store({ ...message, operationKey: null });
    const waiting = await waitFor(
      async () => {
        const row = await rowOf(message);
        return row.lastError === null ? null : row;
      },
      { timeoutMs: 10_000, what: 'a first attempt' },
    );
    expect(waiting).toMatchObject({ state: 'pending', lastError: 'the order is not known' });
    await startWorkflow(orderId);
    await waitForState(message, 'delivered');
    expect(await signalsOf(orderId)).toHaveLength(1);
  });

  test('a message that comes after the end of its order is recorded and changes nothing', async () => {
    const orderId = newOrderId();
    await live(repositories.orders, orderId, 'completed');
    await (await startWorkflow(orderId)).terminate();
    const message = parcelMessage(orderId, 'delivered');
    await repositories.inbox.store({ ...message, operationKey: null });
    const row = await waitForState(message, 'not_needed');
    expect(row.lastError).toBe('the order has ended: completed');
    expect(await signalsOf(orderId)).toEqual([]);
  });

  test('a message that nobody understands is dead, counted, logged, and holds nobody else up', async () => {
    const orderId = newOrderId();
    await startWorkflow(orderId);
    const poison = {
      ...parcelMessage(orderId, 'shipped'),
      payload: { data: { orderId, status: 'shipped' } },
    };
    const good = parcelMessage(orderId, 'shipped');
    for (const message of [poison, good]) await repositories.inbox.store({ ...message, operationKey: null });
    const row = await waitForState(poison, 'dead');
    expect(row.lastError).toContain('data.shipmentId: ');
    await waitForState(good, 'delivered');
    expect(await relay.metric('order_saga_inbox_messages_total{provider="shipping",outcome="dead"}')).toBe(1);
    expect(relay.log()).toContain('webhook cannot be delivered and needs a person');
  });

  test('while Temporal is away messages wait, and arrive through the relay that finds it again', async () => {
    await relay.stop();
    const orderId = newOrderId();
    await startWorkflow(orderId);
    const message = parcelMessage(orderId, 'shipped');
    relay = await startProgram('src/workers/relay.main.ts', { ...relayEnv, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    await repositories.inbox.store({ ...message, operationKey: null });
    await waitFor(async () => !(await relay.isReady()), { timeoutMs: 20_000, what: 'the relay to notice' });
    const waiting = await waitFor(
      async () => {
        const row = await rowOf(message);
        return row.lastError === null ? null : row;
      },
      { timeoutMs: 10_000, what: 'a failed attempt' },
    );
    expect(waiting.state).toBe('pending');
    expect(await relay.stop()).toBe(0);

    relay = await startProgram('src/workers/relay.main.ts', relayEnv);
    await waitForState(message, 'delivered');
    expect(await signalsOf(orderId)).toHaveLength(1);
  });
});
