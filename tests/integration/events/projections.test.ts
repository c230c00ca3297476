import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createDatabase as connect, type Database } from '../../../db/client.ts';
import { createRepositories, type Repositories } from '../../../db/repositories/index.ts';
import { createSqsEventSource } from '../../../src/adapters/events/sqs-event-source.ts';
import { createSnsEventPublisher } from '../../../src/adapters/events/sns-event-publisher.ts';
import type { OrderEvent } from '../../../src/domain/events/event.ts';
import { createDatabase, stack, waitFor } from '../../support/stack.ts';
import { sampleEvent } from '../../support/sample-events.ts';
import { createTopology, type TestTopology } from './broker.ts';
import { liveMany, stockUp, storedEvents } from './order-lives.ts';
import { startProgram, type RunningProgram } from './program.ts';

const PROJECTIONS = 'src/workers/projections.main.ts';

jest.setTimeout(120_000);

let database: Database;
let repositories: Repositories;
let topology: TestTopology;
let projectionsEnv: Record<string, string>;
let cleanUp: (() => unknown)[];

beforeEach(async () => {
  cleanUp = [];
  const { url, drop } = await createDatabase();
  cleanUp.push(drop);
  database = connect({ url });
  cleanUp.push(() => database.close());
  repositories = createRepositories(database);
  topology = await createTopology(stack().awsEndpointUrl);
  cleanUp.push(() => topology.close());
  // The SDK finds its credentials there; the publisher runs in this process.
  process.env['AWS_ACCESS_KEY_ID'] = topology.env['AWS_ACCESS_KEY_ID'];
  process.env['AWS_SECRET_ACCESS_KEY'] = topology.env['AWS_SECRET_ACCESS_KEY'];
  projectionsEnv = { ...topology.env, DATABASE_URL: url, LOG_LEVEL: 'info' };
});

afterEach(async () => {
  for (const end of cleanUp.toReversed()) await end();
});

async function startProjections(): Promise<RunningProgram> {
  const program = await startProgram(PROJECTIONS, projectionsEnv);
  cleanUp.push(() => program.kill());
  return program;
}

/** Publishes what orders have written, as the relay does. */
async function publishAll(orderIds: readonly string[]): Promise<readonly OrderEvent[]> {
  const events = [...(await storedEvents(repositories, orderIds)).values()].flat();
  const publisher = createSnsEventPublisher({
    topicArn: topology.env['EVENTS_TOPIC_ARN'] ?? '',
    region: stack().awsRegion,
    endpointUrl: stack().awsEndpointUrl,
  });
  const { publishedIds } = await publisher.publish(events);
  publisher.close();
  expect(publishedIds.size).toBe(events.length);
  return events;
}

/** The read model says of these orders what their rows say. */
async function expectReadModelToAgree(orderIds: readonly string[]): Promise<void> {
  for (const orderId of orderIds) {
    const order = await repositories.orderReads.find(orderId);
    expect(await repositories.projections.find(orderId)).toEqual({
      orderId,
      lastSequence: order?.view.version,
      status: order?.view.status,
      paymentStatus: order?.view.paymentStatus,
      customerId: order?.view.customerId,
      currency: order?.view.currency,
      totalMinor: order?.view.totals.total.amountMinor,
      capturedMinor: order?.view.totals.captured.amountMinor,
      refundedMinor: order?.view.totals.refunded.amountMinor,
      attentionCode: order?.view.attention?.code ?? null,
    });
  }
}

async function lastSequenceOf(orderId: string): Promise<number> {
  return (await repositories.projections.find(orderId))?.lastSequence ?? 0;
}

async function waitForSequence(orderId: string, sequence: number): Promise<void> {
  await waitFor(async () => (await lastSequenceOf(orderId)) === sequence, {
    timeoutMs: 30_000,
    what: `${orderId} to be at ${sequence} in the read model`,
  });
}

async function waitForEmptyQueue(): Promise<void> {
  await waitFor(async () => (await topology.queue.size()) === 0, {
    timeoutMs: 60_000,
    what: 'the queue to be empty',
  });
}

describe('the projections', () => {
  test('two at once keep a read model that agrees with the orders, however often an event is delivered', async () => {
    await stockUp(database, repositories);
    const orderIds = await liveMany(repositories.orders, 'read', 24);
    const programs = await Promise.all([startProjections(), startProjections()]);
    const events = await publishAll(orderIds);
    await waitForEmptyQueue();
    await expectReadModelToAgree(orderIds);

    // Later than the broker remembers, in any order.
    for (const event of events.slice(0, 40).toReversed()) await topology.queue.send(event.subject, event);
    await waitForEmptyQueue();
    await expectReadModelToAgree(orderIds);
    const repeated = await Promise.all(
      programs.map((program) => program.metric('order_saga_projection_events_total{outcome="repeated"}')),
    );
    expect(repeated.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(await topology.deadLetterQueue.size()).toBe(0);
    expect(await Promise.all(programs.map((program) => program.isReady()))).toEqual([true, true]);
  });

  test('killed in the middle of its work and started again, it misses nothing', async () => {
    await stockUp(database, repositories);
    await topology.queue.set({ VisibilityTimeout: '5' });
    const orderIds = await liveMany(repositories.orders, 'kill', 24);
    const events = await publishAll(orderIds);
    const first = await startProjections();
    await waitFor(async () => (await topology.queue.size()) < events.length - 20, {
      timeoutMs: 30_000,
      intervalMs: 5,
      what: 'some events to be consumed',
    });
    await first.kill();
    expect(await topology.queue.size()).toBeGreaterThan(0);

    await startProjections();
    await waitForEmptyQueue();
    await expectReadModelToAgree(orderIds);
    expect(await topology.deadLetterQueue.size()).toBe(0);
  });

  test('survives that its database connections are cut while it works', async () => {
    await stockUp(database, repositories);
    const orderIds = await liveMany(repositories.orders, 'cut', 18);
    const events = await publishAll(orderIds);
    const program = await startProjections();
    for (const left of [events.length - 10, events.length - 60]) {
      await waitFor(async () => (await topology.queue.size()) < left, {
        timeoutMs: 30_000,
        intervalMs: 5,
        what: `${left} events to be left`,
      });
      const cut = await database.query(
        'test.cutConnections',
        sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'order-saga-projections'`,
      );
      expect(cut.length).toBeGreaterThan(0);
    }
    await waitForEmptyQueue();
    await expectReadModelToAgree(orderIds);
    expect(await topology.deadLetterQueue.size()).toBe(0);
    expect(await program.stop()).toBe(0);
  });

  test.each([
    ['that is no JSON', 'not json'],
    ['of an unknown type', JSON.stringify({ ...sampleEvent('commerce.order.placed.v1'), type: 'other.v1' })],
  ])('a message %s goes to the dead-letter queue and holds nobody else up', async (_name, poison) => {
    const program = await startProjections();
    await topology.queue.send('ord_poison', poison);
    await topology.queue.send('ord_good', sampleEvent('commerce.order.placed.v1', 'ord_good', 1));
    await waitForSequence('ord_good', 1);
    expect(await topology.deadLetterQueue.takeUntil((bodies) => bodies.length === 1)).toEqual([poison]);
    expect(await program.metric('order_saga_projection_events_total{outcome="poison"}')).toBe(5);
    expect(program.log()).toContain('an event cannot be applied');
    await waitForEmptyQueue();
  });

  test('an event that comes before its time is put aside and taken in after a redrive', async () => {
    await topology.queue.set({ RedrivePolicy: await redrivePolicyWith(2) });
    const orderId = 'ord_gap';
    const program = await startProjections();
    await topology.queue.send(orderId, sampleEvent('commerce.order.placed.v1', orderId, 1));
    await waitForSequence(orderId, 1);
    const early = sampleEvent('commerce.payment.authorized.v1', orderId, 3);
    await topology.queue.send(orderId, early);
    await topology.queue.send(orderId, sampleEvent('commerce.inventory.reserved.v1', orderId, 2));
    await waitForSequence(orderId, 2);

    const [aside = ''] = await topology.deadLetterQueue.takeUntil((bodies) => bodies.length === 1);
    expect(JSON.parse(aside)).toEqual(early);
    expect(await lastSequenceOf(orderId)).toBe(2);
    expect(await program.metric('order_saga_projection_events_total{outcome="gap"}')).toBe(2);

    await topology.queue.send(orderId, aside);
    await waitForSequence(orderId, 3);
    await waitForEmptyQueue();
  });

  test('stops although it waits for messages, and leaves none behind half done', async () => {
    const program = await startProjections();
    await topology.queue.send('ord_last', sampleEvent('commerce.order.placed.v1', 'ord_last', 1));
    await waitForSequence('ord_last', 1);
    await waitForEmptyQueue();
    expect(await program.stop()).toBe(0);
  });
});

test('a receive that waits for messages ends when it is aborted', async () => {
  const source = createSqsEventSource({
    queueUrl: topology.queue.url,
    region: stack().awsRegion,
    endpointUrl: stack().awsEndpointUrl,
    waitSeconds: 20,
  });
  const stop = new AbortController();
  const receiving = source.receive(stop.signal);
  stop.abort();
  // One that had waited to its end would have resolved.
  await expect(receiving).rejects.toMatchObject({ name: 'AbortError' });
  source.close();
});

/** The queue's redrive policy with another number of deliveries. */
async function redrivePolicyWith(maxReceiveCount: number): Promise<string> {
  const arn = `arn:aws:sqs:${stack().awsRegion}:000000000000:${topology.deadLetterQueue.url.split('/').at(-1)}`;
  return JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount });
}
