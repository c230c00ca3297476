/** What operators can do about messages: over HTTP and with the tool, on real queues, with the real relay and consumer. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { runCli } from '../../../src/cli/program.ts';
import { stack, waitFor } from '../../support/stack.ts';
import { createTopology, type TestTopology } from '../events/broker.ts';
import { liveMany, stockUp } from '../events/order-lives.ts';
import { startProgram, type RunningProgram } from '../events/program.ts';
import {
  commonVariables,
  expectStatus,
  keyOf,
  newKey,
  startTestApi,
  type Sent,
  type TestApi,
} from './test-api.ts';

jest.setTimeout(180_000);

let api: TestApi;
let topology: TestTopology;
let programs: RunningProgram[] = [];
beforeAll(async () => {
  topology = await createTopology(stack().awsEndpointUrl);
  // The SDK finds its credentials there; the service runs in this process.
  process.env['AWS_ACCESS_KEY_ID'] = topology.env['AWS_ACCESS_KEY_ID'];
  process.env['AWS_SECRET_ACCESS_KEY'] = topology.env['AWS_SECRET_ACCESS_KEY'];
  // Put aside soon.
  const arn = `arn:aws:sqs:${stack().awsRegion}:000000000000:${topology.deadLetterQueue.url.split('/').at(-1)}`;
  await topology.queue.set({
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 2 }),
  });
  api = await startTestApi({ variables: topology.env });
  await stockUp(api.database, api.repositories);
  const env = {
    ...commonVariables(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE),
    ...topology.env,
  };
  programs = await Promise.all([
    startProgram('src/workers/relay.main.ts', env),
    startProgram('src/workers/projections.main.ts', env),
  ]);
});
afterAll(async () => {
  for (const program of programs) await program.kill();
  await api.close();
  topology.close();
});

const list = async (source: string): Promise<Sent['json']> =>
  (await expectStatus(200, api.send('GET', `/v1/ops/dead-letters?source=${source}`, { as: 'viewer' }))).json;
const post = (path: string, body: unknown): Promise<Sent> =>
  api.send('POST', `/v1/ops/${path}`, { as: 'operator', idempotencyKey: newKey(), body });

/** The tool, with what it prints for programs. */
async function tool(...words: readonly string[]): Promise<{ exitCode: number; json: Sent['json'] }> {
  let out = '';
  const exitCode = await runCli([...words, '--json'], {
    environment: { ORDER_SAGA_URL: api.url, ORDER_SAGA_API_KEY: keyOf('operator') },
    projectDirectory: '/nowhere',
    writeOut: (text) => {
      out += text;
    },
    remark: () => undefined,
    signal: new AbortController().signal,
  });
  return { exitCode, json: JSON.parse(out) as unknown };
}

const lastSequence = async (orderId: string): Promise<number> =>
  (await api.repositories.projections.find(orderId))?.lastSequence ?? 0;
const untilSeen = (orderId: string, sequence: number): Promise<unknown> =>
  waitFor(async () => (await lastSequence(orderId)) === sequence, {
    timeoutMs: 60_000,
    what: `event ${sequence} of ${orderId}`,
  });
const versionOf = async (orderId: string): Promise<number> =>
  (await api.repositories.orderReads.find(orderId))?.view.version ?? 0;

describe('dead letters', () => {
  it('of the read model are listed with the reason, redriven, and applied when the reason is gone', async () => {
    const [early = ''] = await liveMany(api.repositories.orders, 'gap', 1);
    await untilSeen(early, await versionOf(early));
    // The read model loses the order; its second event comes without the first.
    await api.database.query('test.lose', sql`DELETE FROM projections.order_summaries`);
    const [first, next] = await api.repositories.orderReads.events(early, 0, 2);
    if (first === undefined || next === undefined) throw new Error('The order has two events');
    await topology.queue.send(early, next);
    await topology.queue.send('ord_poison', 'not json');
    await waitFor(async () => (await topology.deadLetterQueue.size()) === 2, {
      timeoutMs: 60_000,
      what: 'both to be put aside',
    });
    const listed = await waitFor(
      async () => {
        const found = await list('events');
        return found.items.length === 2 ? found : null;
      },
      { timeoutMs: 60_000, what: 'both to be seen' },
    );
    expect(listed.total).toBe(2);
    const reasons = new Map(listed.items.map((item: Sent['json']) => [item.orderId, item.error]));
    expect(reasons).toEqual(
      new Map([
        [early, 'event 1 of the order has to come before it'],
        ['ord_poison', 'the body is not JSON'],
      ]),
    );

    await topology.queue.send(early, first);
    await untilSeen(early, 1);
    // What was looked at is not seen for a moment, so it may take more than one go.
    await waitFor(
      async () => (await tool('dead-letters', 'redrive', '--source', 'events', '--all')).json.remaining === 0,
      { timeoutMs: 60_000, what: 'the queue of dead letters to be empty' },
    );
    await untilSeen(early, 2);
    await waitFor(
      async () => {
        const { json } = await tool('dead-letters', 'list', '--source', 'events');
        return json.items.some((item: Sent['json']) => item.orderId === 'ord_poison');
      },
      { timeoutMs: 60_000, what: 'the poison to be put aside again' },
    );
  });

  it('of the inbox are listed with the reason and redriven, those that are named or all', async () => {
    for (const messageId of ['one', 'two', 'three'])
      await api.repositories.inbox.store({
        provider: 'shipping',
        messageId,
        orderId: 'ord_1',
        payload: {},
        operationKey: null,
      });
    // The relay does not understand them.
    const { items } = await waitFor(
      async () => {
        const found = await list('inbox');
        return found.total === 3 && found;
      },
      { timeoutMs: 60_000, what: 'the relay to give them up' },
    );
    expect(items[0]).toMatchObject({
      source: 'inbox',
      type: 'shipping',
      error: expect.stringContaining('data: Invalid input'),
    });
    const named = await expectStatus(
      200,
      post('dead-letters/redrive', { source: 'inbox', ids: ['shipping:two', 'shipping:none'] }),
    );
    expect(named.json).toMatchObject({ ids: ['shipping:two'], notFound: ['shipping:none'] });
    const unknown = await tool('dead-letters', 'redrive', '--source', 'inbox', 'payments:none');
    expect(unknown).toMatchObject({ exitCode: 1, json: { redriven: 0, notFound: ['payments:none'] } });
    await tool('dead-letters', 'redrive', '--source', 'inbox', '--all');
    // Nobody understands them now either, so they come back with their error.
    await waitFor(async () => (await list('inbox')).total === 3, {
      timeoutMs: 60_000,
      what: 'the relay to give them up again',
    });
  });

  it('of the inbox are given up by name, with the reason, and those of events are not', async () => {
    const body = { ids: ['shipping:one', 'shipping:none'], reason: 'nobody can read it' };
    const given = await expectStatus(200, post('dead-letters/discard', body));
    expect(given.json).toEqual({ discarded: 1, notFound: ['shipping:none'], remaining: 2 });
    const [row] = await api.database.query<{ state: string; error: string }>(
      'test.given',
      sql`SELECT state, last_error AS error FROM webhook_inbox WHERE message_id = 'one'`,
    );
    expect(row).toEqual({
      state: 'not_needed',
      error: 'given up by key:operator: nobody can read it',
    });
    const named = await tool(
      'dead-letters',
      'discard',
      'shipping:three',
      '--reason',
      'a test of the carrier',
    );
    expect(named).toMatchObject({ exitCode: 0, json: { discarded: 1, remaining: 1 } });
    const event = await post('dead-letters/discard', { ...body, ids: ['of-an-event'] });
    expect(event.json.errors).toMatchObject([{ pointer: '/ids/0' }]);
    expect((await post('dead-letters/discard', { ids: ['shipping:two'] })).status).toBe(400);
  });

  it('need either ids or all, and ids of the right form', async () => {
    for (const body of [{ source: 'inbox' }, { source: 'inbox', ids: ['payments:x'], all: true }])
      expect((await post('dead-letters/redrive', body)).status).toBe(400);
    const wrong = await post('dead-letters/redrive', { source: 'inbox', ids: ['mail:x'] });
    expect(wrong.json.errors).toMatchObject([{ pointer: '/ids/0' }]);
  });

  it('of events are answered 503 by a service that is not told of the queues', async () => {
    const alone = await startTestApi({ databaseUrl: api.databaseUrl });
    try {
      const sent = await alone.send('GET', '/v1/ops/dead-letters?source=events', { as: 'operator' });
      expect(sent.status).toBe(503);
      expect(sent.json.detail).toContain('EVENTS_DEAD_LETTER_QUEUE_URL');
    } finally {
      await alone.close();
    }
  });
});

describe('a replay', () => {
  it('publishes the same events again, in order, also within five minutes', async () => {
    // In the form of a real order id, which the address asks for.
    const [orderId = ''] = await liveMany(api.repositories.orders, 'ag'.padEnd(22, '0'), 1);
    const version = await versionOf(orderId);
    await untilSeen(orderId, version);
    const preview = await tool('events', 'replay', '--order', orderId, '--dry-run');
    expect(preview).toMatchObject({ exitCode: 0, json: { orders: 1, events: version, skipped: [] } });
    const consumer = programs[1];
    const repeated = 'order_saga_projection_events_total{outcome="repeated"}';
    const before = (await consumer?.metric(repeated)) ?? 0;
    const replayed = await tool('events', 'replay', '--order', orderId);
    expect(replayed).toMatchObject({ exitCode: 0, json: { orders: 1, events: version, skipped: [] } });
    await waitFor(async () => ((await consumer?.metric(repeated)) ?? 0) >= before + version, {
      timeoutMs: 60_000,
      what: 'the events to come again',
    });
    expect(await lastSequence(orderId)).toBe(version);
  });

  it('fills a read model that has lost everything', async () => {
    const orderIds = await liveMany(api.repositories.orders, 'fill', 6);
    for (const orderId of orderIds) await untilSeen(orderId, await versionOf(orderId));
    await api.database.query('test.lose', sql`DELETE FROM projections.order_summaries`);
    const outcome = await tool('events', 'replay', '--from', '2020-01-01', '--to', '2100-01-01');
    expect(outcome).toMatchObject({ exitCode: 0, json: { skipped: [] } });
    for (const orderId of orderIds) await untilSeen(orderId, await versionOf(orderId));
  });

  it('needs an order or a whole range', async () => {
    const from = '2026-01-01T00:00:00Z';
    expect((await post('events/replay', {})).json.errors).toHaveLength(2);
    expect((await post('events/replay', { from })).status).toBe(400);
    expect((await post('events/replay', { from, to: from })).json.errors).toMatchObject([{ pointer: '/to' }]);
    const nobody = await post('events/replay', { orderId: 'ord_00000000000000000000000000' });
    expect(nobody.status).toBe(404);
    expect((await tool('events', 'replay', '--from', from)).exitCode).toBe(2);
  });
});

describe('the read model', () => {
  it('is compared and put right by the tool', async () => {
    const [orderId = ''] = await liveMany(api.repositories.orders, 'model', 1);
    await untilSeen(orderId, await versionOf(orderId));
    await api.database.query(
      'test.spoil',
      sql`UPDATE projections.order_summaries SET status = 'wrong' WHERE order_id = ${orderId}`,
    );
    const differences = [{ orderId, kind: 'different', fields: ['status'] }];
    const check = await tool('projections', 'rebuild', '--check');
    expect(check).toMatchObject({ exitCode: 1, json: { replaced: 0 } });
    expect(check.json.differences).toEqual(differences);
    const rebuilt = await tool('projections', 'rebuild');
    expect(rebuilt).toMatchObject({ exitCode: 0, json: { replaced: 1, differences } });
    expect(await tool('projections', 'rebuild', '--check')).toMatchObject({
      exitCode: 0,
      json: { differences: [] },
    });
  });
});
