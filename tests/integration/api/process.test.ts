import { request as httpRequest } from 'node:http';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findFreePorts } from '../../../embedded/ports.ts';
import { deriveId } from '../../../src/api/http/derived-id.ts';
import { listen } from '../../../src/api/server.ts';
import { createTemporalClient, type TemporalClient } from '../../../src/config/temporal.ts';
import { waitFor } from '../../support/stack.ts';
import { startProgram, type RunningProgram } from '../events/program.ts';
import { startOrderProcesses } from './order-processes.ts';
import {
  addLocations,
  CARRIER_SECRET,
  commonVariables,
  keyOf,
  newKey,
  orderBody,
  PAYMENT_SECRET,
  startTestApi,
  stockItems,
  type TestApi,
  WAITING_ROOM_SECRET,
} from './test-api.ts';

jest.setTimeout(60_000);

let api: TestApi;
let temporal: TemporalClient;
beforeAll(async () => {
  api = await startTestApi();
  temporal = createTemporalClient(api.environment);
  await addLocations(api.databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 1000, onHand: 1_000 } });
});
afterAll(async () => {
  await temporal.close();
  await api.close();
});

const orderIdOf = (idempotencyKey: string): string => deriveId('ord', 'key:customer', idempotencyKey);
const untilStarted = (orderId: string): Promise<unknown> =>
  waitFor(() => temporal.client.workflow.getHandle(orderId).describe(), {
    timeoutMs: 10_000,
    intervalMs: 5,
    what: 'the workflow of the order',
  });
const untilRecorded = (orderId: string): Promise<unknown> =>
  waitFor(() => api.repositories.orderReads.find(orderId), {
    timeoutMs: 10_000,
    intervalMs: 5,
    what: 'the row of the order',
  });

interface ApiProcess extends RunningProgram {
  readonly url: string;
  place(idempotencyKey: string, token?: string): Promise<Response>;
}

async function startApi(variables: Readonly<Record<string, string>> = {}): Promise<ApiProcess> {
  const [port] = await findFreePorts(1);
  const program = await startProgram('src/api/main.ts', {
    ...commonVariables(api.databaseUrl, `api-process-${randomBytes(6).toString('hex')}`),
    PAYMENT_WEBHOOK_SECRET: PAYMENT_SECRET,
    CARRIER_WEBHOOK_SECRET: CARRIER_SECRET,
    WAITING_ROOM_SECRET,
    API_PORT: String(port),
    ...variables,
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    ...program,
    url,
    place: (idempotencyKey, token = 'tok_visa') =>
      fetch(`${url}/v1/orders`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${keyOf('customer')}`,
          'content-type': 'application/json',
          'idempotency-key': idempotencyKey,
        },
        body: JSON.stringify(orderBody({ payment: { method: 'card', token } })),
      }),
  };
}

describe('the API as a process', () => {
  it('answers, measures itself, and logs neither credentials nor personal data', async () => {
    const program = await startApi({ CONFIRMATION_DEADLINE_MS: '200' });
    try {
      expect((await fetch(`${program.url}/readyz`)).status).toBe(200);
      expect(await program.isReady()).toBe(true);
      const requestId = `test-${newKey()}`;
      const answer = await fetch(`${program.url}/v1/orders?customerId=cus_1`, {
        headers: { authorization: `Bearer ${keyOf('customer')}`, 'x-request-id': requestId },
      });
      expect(answer.status).toBe(200);
      expect((await program.place(newKey())).status).toBe(503);
      const metrics = await (await fetch(`${program.url}/metrics`)).text();
      expect(metrics).toContain(
        'http_request_duration_seconds_count{method="GET",route="/v1/orders",status="200"} 1',
      );
      expect(metrics).toContain('orders_placed_total{outcome="unavailable"} 1');
      expect(metrics).toMatch(/^outbox_waiting \d+$/m);
      expect(metrics).toMatch(/^inbox_oldest_age_seconds \d/m);
      expect(metrics).toContain('process_cpu_seconds_total');
      await waitFor(() => program.log().includes(requestId), { timeoutMs: 2_000, what: 'the log line' });
      for (const secret of [keyOf('customer'), 'ada@example.com', 'Ada Lovelace', 'tok_visa'])
        expect(program.log()).not.toContain(secret);
    } finally {
      await program.stop();
    }
  });

  it('ends the streams of those who wait in a room when it is told to stop, so that they come back to another', async () => {
    const roomId = `sale-${randomBytes(4).toString('hex')}`;
    await stockItems(api, { [roomId]: { amountMinor: 1000, onHand: 1 } });
    const room = { name: 'The sale', skus: [roomId], admissionsPerSecond: 0 };
    expect(
      (await api.send('PUT', `/v1/waiting-rooms/${roomId}`, { as: 'operator', body: room })).status,
    ).toBe(200);
    const path = `/v1/waiting-rooms/${roomId}/tickets`;
    const body = { customerId: 'cus_1' };
    const joined = await api.send('POST', path, { as: 'customer', idempotencyKey: newKey(), body });
    expect(joined.status).toBe(201);
    const program = await startApi();
    try {
      const stream = await fetch(`${program.url}${path}/${String(joined.json.id)}/events`, {
        headers: { authorization: `Bearer ${keyOf('customer')}` },
      });
      const text = stream.text();
      expect(await program.stop()).toBe(0);
      expect(await text).toMatch(/event: ?waiting/);
      expect(program.log()).not.toMatch(/"level":(50|60)/);
    } finally {
      await program.kill();
    }
  });

  it('finishes what is under way when it is told to stop, takes nothing new, and ends with 0', async () => {
    // Nobody decides orders on this task queue, so the request lasts as long as its deadline.
    const program = await startApi({ CONFIRMATION_DEADLINE_MS: '1500' });
    const idle = await fetch(`${program.url}/livez`);
    await idle.text();
    const idempotencyKey = newKey();
    const underWay = program.place(idempotencyKey);
    await untilStarted(orderIdOf(idempotencyKey));
    const exit = program.stop();
    await waitFor(
      () =>
        fetch(`${program.url}/livez`).then(
          (response) => response.status === 0,
          () => true,
        ),
      { timeoutMs: 5_000, what: 'new requests to be refused' },
    );
    const answer = await underWay;
    expect(answer.status).toBe(503);
    expect(await exit).toBe(0);
    expect(program.log()).toContain('api has stopped');
  });

  it.each<[string, (orderId: string) => Promise<unknown>, string]>([
    ['before the start reaches Temporal', async () => undefined, 'tok_visa'],
    ['after the workflow has started', (orderId) => untilStarted(orderId), 'tok_slow'],
    ['after the order was written down', (orderId) => untilRecorded(orderId), 'tok_slow'],
  ])('killed %s loses no order: another process answers the same request', async (_name, until, token) => {
    const taskQueue = `api-process-${randomBytes(6).toString('hex')}`;
    const processes = await startOrderProcesses(api.databaseUrl, taskQueue);
    const [first, second] = await Promise.all([
      startApi({ TEMPORAL_TASK_QUEUE: taskQueue }),
      startApi({ TEMPORAL_TASK_QUEUE: taskQueue }),
    ]);
    try {
      const idempotencyKey = newKey();
      const lost = first.place(idempotencyKey, token).catch(() => null);
      await until(orderIdOf(idempotencyKey));
      await first.kill();
      expect(await lost).toBeNull();
      const answer = await waitFor(
        async () => {
          const repeated = await second.place(idempotencyKey, token);
          return repeated.status >= 500 || repeated.status === 202 ? null : repeated;
        },
        { timeoutMs: 30_000, what: 'the order' },
      );
      expect(answer.status).toBe(201);
      expect(await answer.json()).toMatchObject({ id: orderIdOf(idempotencyKey) });
      const operations = await processes.paymentOperations(orderIdOf(idempotencyKey));
      expect(operations.filter(({ operation }) => operation === 'authorize')).toHaveLength(1);
    } finally {
      await second.stop();
      await processes.stop();
    }
  });

  it('says which variable to change when its port is taken', async () => {
    const taken = new URL(api.url).port;
    await expect(startApi({ API_PORT: taken })).rejects.toThrow(/API_PORT/);
  });

  it('answers 503 with Retry-After when PostgreSQL is away, and still lives', async () => {
    const [port] = await findFreePorts(1);
    const url = new URL(api.databaseUrl);
    url.port = String(port);
    const program = await startApi({ DATABASE_URL: url.href });
    try {
      for (const path of ['/v1/orders', '/v1/items/LAMP', '/v1/locations']) {
        const answer = await fetch(`${program.url}${path}`, {
          headers: { authorization: `Bearer ${keyOf('viewer')}` },
        });
        expect(answer.status).toBe(503);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(await answer.json()).toMatchObject({ code: 'UNAVAILABLE' });
      }
      expect((await program.place(newKey())).status).toBe(503);
      expect((await fetch(`${program.url}/livez`)).status).toBe(200);
      const ready = await fetch(`${program.url}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({ database: 'down', temporal: 'up' });
      const metrics = await fetch(`${program.url}/metrics`);
      expect(metrics.status).toBe(200);
      expect(await metrics.text()).not.toMatch(/^outbox_waiting \d/m);
    } finally {
      expect(await program.stop()).toBe(0);
    }
  });

  it('lets go of a client that never finishes its request', async () => {
    const server = await listen(api.app, { host: '127.0.0.1', port: 0 }, 500);
    try {
      const ended = await new Promise<string>((resolve) => {
        const request = httpRequest(`http://127.0.0.1:${server.port}/v1/webhooks/payments`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-length': '1000' },
        });
        request.on('response', (response) => resolve(String(response.statusCode)));
        request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
        request.write('{');
      });
      expect(['408', 'ECONNRESET']).toContain(ended);
    } finally {
      await server.close(1_000);
    }
  });
});
