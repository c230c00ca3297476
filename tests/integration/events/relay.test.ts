import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { createDatabase as connect, type Database } from '../../../db/client.ts';
import { createRepositories, type Repositories } from '../../../db/repositories/index.ts';
import { findFreePorts } from '../../../embedded/ports.ts';
import { createDatabase, stack, waitFor } from '../../support/stack.ts';
import { createTopology, type TestTopology } from './broker.ts';
import { startLossyProxy } from './lossy-proxy.ts';
import { firstDeliveries, liveMany, stockUp, storedEvents } from './order-lives.ts';
import { startProgram, type RunningProgram } from './program.ts';

const RELAY = 'src/workers/relay.main.ts';

jest.setTimeout(120_000);

let database: Database;
let repositories: Repositories;
let relayEnv: Record<string, string>;
let cleanUp: (() => unknown)[];

beforeEach(async () => {
  cleanUp = [];
  const { url, drop } = await createDatabase();
  cleanUp.push(drop);
  database = connect({ url });
  cleanUp.push(() => database.close());
  repositories = createRepositories(database);
  await stockUp(database, repositories);
  relayEnv = {
    LOG_LEVEL: 'info',
    DATABASE_URL: url,
    TEMPORAL_ADDRESS: stack().temporalAddress,
    TEMPORAL_CODEC_KEYS: stack().codecKeys,
  };
});

afterEach(async () => {
  for (const end of cleanUp.toReversed()) await end();
});

async function topologyAt(endpoint: string): Promise<TestTopology> {
  const topology = await createTopology(endpoint);
  cleanUp.push(() => topology.close());
  return topology;
}

async function startRelay(env: Readonly<Record<string, string>>): Promise<RunningProgram> {
  const relay = await startProgram(RELAY, { ...relayEnv, ...env });
  cleanUp.push(() => relay.kill());
  return relay;
}

const outboxIsEmpty = async (): Promise<boolean> => (await repositories.outbox.lag()).waiting === 0;

async function waitForEmptyOutbox(): Promise<void> {
  await waitFor(outboxIsEmpty, { timeoutMs: 60_000, what: 'the outbox to be empty' });
}

/** Every event of these orders has come, in order, as it is stored. */
async function expectAllDelivered(bodies: readonly string[], orderIds: readonly string[]): Promise<void> {
  const stored = await storedEvents(repositories, orderIds);
  const delivered = firstDeliveries(bodies);
  expect(new Set(delivered.keys())).toEqual(new Set(orderIds));
  for (const [orderId, events] of stored) {
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    expect(delivered.get(orderId)).toEqual(events);
  }
}

/** Whether as many different events have come as are stored. */
async function allOf(orderIds: readonly string[]): Promise<(bodies: readonly string[]) => boolean> {
  const stored = await storedEvents(repositories, orderIds);
  const expected = [...stored.values()].reduce((sum, events) => sum + events.length, 0);
  return (bodies) => new Set(bodies).size >= expected;
}

describe('the relay', () => {
  test('two at once publish every event of every kind of order once, in order and as documented', async () => {
    const topology = await topologyAt(stack().awsEndpointUrl);
    const relays = await Promise.all([startRelay(topology.env), startRelay(topology.env)]);
    const orderIds = await liveMany(repositories.orders, 'two', 36);
    const bodies = await topology.queue.takeUntil(await allOf(orderIds));
    await expectAllDelivered(bodies, orderIds);
    await waitForEmptyOutbox();
    expect(bodies).toHaveLength(new Set(bodies).size);
    expect(await topology.queue.size()).toBe(0);

    const placed = 'order_saga_events_published_total{type="commerce.order.placed.v1"}';
    const counts = await Promise.all(relays.map((relay) => relay.metric(placed)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(orderIds.length);
    expect(await relays[0]?.metric('order_saga_outbox_waiting')).toBe(0);
    expect(await Promise.all(relays.map((relay) => relay.isReady()))).toEqual([true, true]);
    expect(await Promise.all(relays.map((relay) => relay.stop()))).toEqual([0, 0]);
  });

  test('killed in the middle of its work and started again, it loses nothing and keeps the order', async () => {
    const topology = await topologyAt(stack().awsEndpointUrl);
    const first = await startRelay(topology.env);
    const living = liveMany(repositories.orders, 'kill', 30);
    const early = await topology.queue.takeUntil((bodies) => bodies.length >= 20);
    await first.kill();
    const orderIds = [...(await living), ...(await liveMany(repositories.orders, 'dead', 6))];
    expect(await outboxIsEmpty()).toBe(false);

    await startRelay(topology.env);
    const isAll = await allOf(orderIds);
    const late = await topology.queue.takeUntil((bodies) => isAll([...early, ...bodies]));
    await expectAllDelivered([...early, ...late], orderIds);
    await waitForEmptyOutbox();
  });

  test('keeps trying while the broker is away, says that it is not ready, and drains when it is back', async () => {
    const broker = await startBroker();
    const topology = await topologyAt(broker.endpoint);
    const relay = await startRelay(topology.env);
    await waitFor(() => relay.isReady(), { timeoutMs: 10_000, what: 'the relay to be ready' });

    await broker.kill();
    const orderIds = await liveMany(repositories.orders, 'away', 12);
    await waitFor(async () => !(await relay.isReady()), { timeoutMs: 15_000, what: 'the relay to notice' });
    expect(await outboxIsEmpty()).toBe(false);
    expect(await relay.metric('order_saga_outbox_waiting')).toBeGreaterThan(0);

    await broker.start();
    const bodies = await topology.queue.takeUntil(await allOf(orderIds));
    await expectAllDelivered(bodies, orderIds);
    await waitForEmptyOutbox();
    await waitFor(() => relay.isReady(), { timeoutMs: 10_000, what: 'the relay to be ready again' });
  });

  test('publishes again under the same id when the answer to an accepted call never comes', async () => {
    const proxy = await startLossyProxy(stack().awsEndpointUrl);
    cleanUp.push(() => proxy.close());
    const topology = await topologyAt(stack().awsEndpointUrl);
    // More than the two attempts of one call, so that the relay itself has to begin again.
    proxy.loseAnswers(5);
    await startRelay({ ...topology.env, AWS_ENDPOINT_URL: proxy.url });
    const orderIds = await liveMany(repositories.orders, 'lost', 6);
    const bodies = await topology.queue.takeUntil(await allOf(orderIds));
    await waitForEmptyOutbox();
    expect(proxy.lost()).toBe(5);
    await expectAllDelivered(bodies, orderIds);
    expect(await topology.queue.size()).toBe(0);
  });

  test('survives that its database connections are cut while it works', async () => {
    const topology = await topologyAt(stack().awsEndpointUrl);
    const relay = await startRelay(topology.env);
    const living = liveMany(repositories.orders, 'cut', 18);
    const early = await topology.queue.takeUntil((bodies) => bodies.length >= 10);
    await cutConnectionsOf('order-saga-relay');
    const orderIds = await living;
    const isAll = await allOf(orderIds);
    const late = await topology.queue.takeUntil((bodies) => isAll([...early, ...bodies]));
    await expectAllDelivered([...early, ...late], orderIds);
    await waitForEmptyOutbox();
    expect(await relay.stop()).toBe(0);
  });
});

async function cutConnectionsOf(applicationName: string): Promise<void> {
  const cut = await database.query<{ readonly cut: boolean }>(
    'test.cutConnections',
    sql`SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = ${applicationName}`,
  );
  expect(cut.length).toBeGreaterThan(0);
}

/** A broker of its own, which can be killed and comes back with what it had stored. */
async function startBroker() {
  const directory = await mkdtemp(join(tmpdir(), 'order-saga-broker-'));
  cleanUp.push(() => rm(directory, { recursive: true, force: true }));
  const [port] = await findFreePorts(1);
  const start = (): Promise<RunningProgram> =>
    startProgram('embedded/aws/fauxqs.main.ts', {
      PORT: String(port),
      DATA_DIRECTORY: directory,
      AWS_REGION: 'eu-west-1',
    });
  let running = await start();
  cleanUp.push(() => running.kill());
  return {
    endpoint: `http://127.0.0.1:${port}`,
    kill: () => running.kill(),
    start: async () => {
      running = await start();
    },
  };
}
