import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTemporalClient } from '../../../src/config/temporal.ts';
import { holdShelves } from '../../support/held-rows.ts';
import { waitFor } from '../../support/stack.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  addLocations,
  expectStatus,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type Sent,
  type SendOptions,
  type TestApi,
} from './test-api.ts';

jest.setTimeout(60_000);

let api: TestApi;
let processes: OrderProcesses;

beforeAll(async () => {
  // Less than `tok_slow` takes, and enough for everything else on a busy machine.
  api = await startTestApi({ variables: { CONFIRMATION_DEADLINE_MS: '4000' } });
  await addLocations(api.databaseUrl);
  await stockItems(api, {
    LAMP: { amountMinor: 1000, onHand: 100_000 },
    RARE: { amountMinor: 500, onHand: 3 },
    FLUX: { amountMinor: 250, onHand: 1_000 },
    FREE: { amountMinor: 0, onHand: 10 },
  });
  processes = await startOrderProcesses(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE);
});
afterAll(async () => {
  await processes.stop();
  await api.close();
});

const place = (body: unknown, options: SendOptions = {}): Promise<Sent> =>
  api.send('POST', '/v1/orders', { as: 'customer', idempotencyKey: newKey(), body, ...options });

const payWith = (token: string, changes: Record<string, unknown> = {}): Record<string, unknown> =>
  orderBody({ payment: { method: 'card', token }, ...changes });

const onHandOf = async (sku: string): Promise<{ onHand: number; reserved: number }> => {
  const { json } = await expectStatus(200, api.send('GET', `/v1/inventory/${sku}`, { as: 'viewer' }));
  return { onHand: json.onHand, reserved: json.reserved };
};

describe('an order that can be had', () => {
  it('is answered 201 with the order, where it is, and what it comes to', async () => {
    const sent = await place(orderBody({ expectedTotalMinor: 2000 }));
    expect(sent.status).toBe(201);
    expect(sent.json).toMatchObject({
      customerId: 'cus_1',
      currency: 'GBP',
      attention: null,
      rejection: null,
      lines: [
        {
          lineId: '1',
          sku: 'LAMP',
          name: 'The LAMP',
          quantity: 2,
          unitPrice: { amountMinor: 1000, currency: 'GBP' },
          total: { amountMinor: 2000, currency: 'GBP' },
          locationId: 'main',
        },
      ],
      totals: { total: { amountMinor: 2000, currency: 'GBP' } },
      payment: { method: 'card' },
    });
    expect(['confirmed', 'fulfilling', 'shipped']).toContain(sent.json.status);
    expect(sent.json.id).toMatch(/^ord_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(sent.headers.get('location')).toBe(`/v1/orders/${sent.json.id}`);
    expect(sent.headers.get('etag')).toBe(`"${sent.json.version}"`);
    expect(sent.json.links).toEqual({
      self: `/v1/orders/${sent.json.id}`,
      events: `/v1/orders/${sent.json.id}/events`,
      stream: `/v1/orders/${sent.json.id}/stream`,
      temporal: `http://127.0.0.1:8233/namespaces/default/workflows/${sent.json.id}`,
    });
    for (const secret of ['tok_visa', 'ada@example.com', 'Ada Lovelace'])
      expect(sent.text).not.toContain(secret);
  });

  it('can be read, with its events 1..n, by its customer and by staff', async () => {
    const { json: order } = await expectStatus(201, place(orderBody()));
    for (const as of ['customer', 'viewer', 'operator'] as const) {
      const { json: read } = await expectStatus(200, api.send('GET', `/v1/orders/${order.id}`, { as }));
      expect(read.id).toBe(order.id);
      expect(read.version).toBeGreaterThanOrEqual(order.version);
    }
    const { json: events } = await expectStatus(
      200,
      api.send('GET', `/v1/orders/${order.id}/events`, { as: 'customer' }),
    );
    expect(events.items.map((event: { sequence: number }) => event.sequence)).toEqual(
      events.items.map((_event: unknown, index: number) => index + 1),
    );
    expect(events.items.slice(0, 4).map((event: { type: string }) => event.type)).toEqual([
      'commerce.order.placed.v1',
      'commerce.inventory.reserved.v1',
      'commerce.payment.authorized.v1',
      'commerce.order.confirmed.v1',
    ]);
  });

  it('carries the id of the request that placed it, and logs it with its order', async () => {
    const requestId = `test-${newKey()}`;
    const sent = await place(orderBody(), { headers: { 'x-request-id': requestId } });
    expect(sent.headers.get('x-request-id')).toBe(requestId);
    const { json: events } = await api.send('GET', `/v1/orders/${sent.json.id}/events`, { as: 'admin' });
    expect(events.items[0].correlationid).toBe(requestId);
    const line = await waitFor(
      () =>
        api
          .log()
          .split('\n')
          .find((text) => text.includes(requestId) && text.includes('"route"')),
      { timeoutMs: 2_000, what: 'the log line of the request' },
    );
    expect(JSON.parse(line)).toMatchObject({
      requestId,
      route: '/v1/orders',
      status: 201,
      orderId: sent.json.id,
      workflowId: sent.json.id,
      principalId: 'key:customer',
    });
    for (const secret of ['ada@example.com', 'Ada Lovelace', 'St James', 'tok_visa', 'secret-of-customer'])
      expect(api.log()).not.toContain(secret);
  });

  it('may have 2,000 lines', async () => {
    const lines = Array.from({ length: 2_000 }, () => ({ sku: 'LAMP', quantity: 1 }));
    const sent = await place(orderBody({ lines, expectedTotalMinor: 2_000_000 }));
    expect([201, 202]).toContain(sent.status);
    expect(sent.json.lines).toHaveLength(2_000);
  });

  it('may have 5,000 lines', async () => {
    const idempotencyKey = newKey();
    const body = orderBody({ lines: Array.from({ length: 5_000 }, () => ({ sku: 'LAMP', quantity: 1 })) });
    const sent = await waitFor(
      async () => {
        const answer = await place(body, { idempotencyKey });
        return answer.status === 503 ? null : answer;
      },
      { timeoutMs: 20_000, what: 'an order of 5,000 lines' },
    );
    expect([201, 202]).toContain(sent.status);
    expect(sent.json.totals.total.amountMinor).toBe(5_000_000);
  });
});

describe('an order that cannot be had leaves nothing behind', () => {
  it('is answered 409 with the lines that lack stock, and what there is', async () => {
    const before = await onHandOf('RARE');
    const body = orderBody({
      lines: [
        { sku: 'LAMP', quantity: 1 },
        { sku: 'RARE', quantity: 4 },
      ],
    });
    const sent = await place(body);
    expect(sent.status).toBe(409);
    expect(sent.json).toMatchObject({
      code: 'OUT_OF_STOCK',
      lines: [{ lineId: '2', sku: 'RARE', requested: 4, available: 3 }],
    });
    expect(sent.json.orderId).toBeUndefined();
    expect(await onHandOf('RARE')).toEqual(before);
  });

  it('is answered 409 for two lines on one item that only together ask for too much', async () => {
    const sent = await place(
      orderBody({
        lines: [
          { sku: 'RARE', quantity: 2 },
          { sku: 'RARE', quantity: 2 },
        ],
      }),
    );
    expect(sent.status).toBe(409);
    expect(sent.json.lines).toEqual([
      { lineId: '1', sku: 'RARE', requested: 2, available: 3 },
      { lineId: '2', sku: 'RARE', requested: 2, available: 3 },
    ]);
  });

  it('is recorded as rejected when somebody else was faster at the shelf', async () => {
    await stockItems(api, { LAST: { amountMinor: 500, onHand: 1 } });
    const shelf = await holdShelves(api.databaseUrl, 'LAST');
    const body = orderBody({ lines: [{ sku: 'LAST', quantity: 1 }] });
    let answers: readonly Sent[];
    try {
      const racing = Promise.all([place(body), place(body)]);
      // Both have seen the unit, and stand in line for it.
      await shelf.untilWaiting(2);
      await shelf.release();
      answers = await racing;
    } finally {
      await shelf.close();
    }
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    const lost = answers.find(({ status }) => status === 409);
    expect(lost?.json).toMatchObject({
      code: 'OUT_OF_STOCK',
      lines: [{ lineId: '1', sku: 'LAST', requested: 1, available: 0 }],
    });
    const { json: order } = await expectStatus(
      200,
      api.send('GET', `/v1/orders/${lost?.json.orderId}`, { as: 'customer' }),
    );
    expect(order).toMatchObject({ status: 'rejected', rejection: { code: 'OUT_OF_STOCK' } });
    // Who comes now is told at the door.
    const late = await place(body);
    expect([late.status, late.json.code, late.json.orderId]).toEqual([409, 'OUT_OF_STOCK', undefined]);
  });

  it.each(['insufficient_funds', 'do_not_honor', 'expired_card', 'fraud'])(
    'is answered 402 with the reason when the card is refused for %s',
    async (reason) => {
      const before = await onHandOf('RARE');
      const sent = await place(payWith(`tok_declined_${reason}`, { lines: [{ sku: 'RARE', quantity: 1 }] }));
      expect(sent.status).toBe(402);
      expect(sent.json).toMatchObject({ code: 'PAYMENT_DECLINED', declineReason: reason });
      expect(await onHandOf('RARE')).toEqual(before);
    },
  );

  it('is answered 409 when the total is not what the customer saw, and no order is made', async () => {
    const sent = await place(orderBody({ expectedTotalMinor: 1999 }));
    expect(sent.status).toBe(409);
    expect(sent.json).toMatchObject({
      code: 'TOTAL_CHANGED',
      actualTotal: { amountMinor: 2000, currency: 'GBP' },
    });
    expect(sent.json.orderId).toBeUndefined();
  });
});

describe('prices', () => {
  it('may be zero for a line, but not for the whole order', async () => {
    const free = { sku: 'FREE', quantity: 1 };
    const { json: order } = await expectStatus(
      201,
      place(orderBody({ lines: [free, { sku: 'LAMP', quantity: 1 }] })),
    );
    expect(order.totals.total.amountMinor).toBe(1000);
    const refused = await expectStatus(400, place(orderBody({ lines: [free] })));
    expect(refused.json.errors).toEqual([{ pointer: '/lines', message: 'make a total of 0' }]);
    const refund = await api.send('POST', `/v1/orders/${order.id}/refunds`, {
      as: 'operator',
      idempotencyKey: newKey(),
      body: { lines: [{ lineId: '1', quantity: 1 }], reason: 'damaged' },
    });
    expect(refund.status).toBe(400);
  });

  it('come from the caller only with the permission', async () => {
    const lines = [{ sku: 'LAMP', quantity: 3, unitPriceMinor: 7 }];
    const refused = await place(orderBody({ lines }), { as: 'operator' });
    expect(refused.status).toBe(403);
    expect(refused.json.detail).toContain('orders:price-override');
    const { json: order } = await expectStatus(201, place(orderBody({ lines }), { as: 'importer' }));
    expect(order.totals.total.amountMinor).toBe(21);
  });

  it('may be named for an item that has none in this currency', async () => {
    const body = orderBody({ currency: 'EUR', lines: [{ sku: 'LAMP', quantity: 1, unitPriceMinor: 9 }] });
    const { json: order } = await expectStatus(201, place(body, { as: 'importer' }));
    expect(order.totals.total).toEqual({ amountMinor: 9, currency: 'EUR' });
  });
});

describe('a repeated request', () => {
  it('gets the first answer, byte for byte, and makes no second order', async () => {
    const idempotencyKey = newKey();
    const first = await expectStatus(201, place(orderBody(), { idempotencyKey }));
    await waitFor(
      async () => {
        const { json } = await api.send('GET', `/v1/orders/${first.json.id}`, { as: 'customer' });
        return json.version > first.json.version;
      },
      { timeoutMs: 10_000, what: 'the order to go on' },
    );
    const again = await place(orderBody(), { idempotencyKey });
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    for (const header of ['location', 'etag', 'content-type'])
      expect(again.headers.get(header)).toBe(first.headers.get(header));
    const operations = await processes.paymentOperations(first.json.id);
    expect(operations.filter((operation) => operation.operation === 'authorize')).toHaveLength(1);
  });

  it.each([
    ['a refusal for want of stock', 409, orderBody({ lines: [{ sku: 'RARE', quantity: 99 }] })],
    ['a declined card', 402, payWith('tok_declined_fraud')],
  ])('gets the same answer for %s, byte for byte', async (_name, status, body) => {
    const idempotencyKey = newKey();
    const first = await place(body, { idempotencyKey });
    expect(first.status).toBe(status);
    const again = await place(body, { idempotencyKey });
    expect(again.status).toBe(status);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('content-type')).toBe('application/problem+json');
  });

  it('is the same request when only the order of its fields differs', async () => {
    const idempotencyKey = newKey();
    const body = orderBody();
    const first = await expectStatus(201, place(body, { idempotencyKey }));
    const reversed = Object.fromEntries(Object.entries(body).toReversed());
    expect((await place(reversed, { idempotencyKey })).text).toBe(first.text);
  });

  it('with another body is answered 422', async () => {
    const idempotencyKey = newKey();
    await expectStatus(201, place(orderBody(), { idempotencyKey }));
    const sent = await place(orderBody({ lines: [{ sku: 'LAMP', quantity: 3 }] }), { idempotencyKey });
    expect(sent.status).toBe(422);
    expect(sent.json.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('with the same key to another address is answered 422', async () => {
    const idempotencyKey = newKey();
    const { json } = await expectStatus(201, place(orderBody(), { idempotencyKey }));
    const sent = await api.send('POST', `/v1/orders/${json.id}/cancel`, {
      as: 'customer',
      idempotencyKey,
      body: { reason: 'changed my mind' },
    });
    expect(sent.status).toBe(422);
  });

  it('with the same key to another address is answered 422 also while the order is being decided', async () => {
    const idempotencyKey = newKey();
    const { json } = await expectStatus(202, place(payWith('tok_slow'), { idempotencyKey }));
    const sent = await api.send('POST', `/v1/orders/${json.id}/cancel`, {
      as: 'customer',
      idempotencyKey,
      body: { reason: 'changed my mind' },
    });
    expect(sent.status).toBe(422);
  });

  it('of somebody else with the same key is another request', async () => {
    const idempotencyKey = newKey();
    const { json: mine } = await expectStatus(201, place(orderBody(), { idempotencyKey }));
    const { json: theirs } = await expectStatus(
      201,
      place(orderBody({ customerId: 'cus_2' }), { idempotencyKey, as: 'other' }),
    );
    expect(theirs.id).not.toBe(mine.id);
  });

  it('gets its order although that holds the last unit itself', async () => {
    await stockItems(api, { ONLY: { amountMinor: 500, onHand: 1 } });
    const idempotencyKey = newKey();
    const body = payWith('tok_slow', { lines: [{ sku: 'ONLY', quantity: 1 }] });
    const first = await expectStatus(202, place(body, { idempotencyKey }));
    expect((await place(body)).json.code).toBe('OUT_OF_STOCK');
    const later = await waitFor(
      async () => {
        const answer = await place(body, { idempotencyKey });
        return answer.status === 202 ? null : answer;
      },
      { timeoutMs: 20_000, what: 'the slow payment' },
    );
    expect([later.status, later.json.id]).toEqual([201, first.json.id]);
  });

  it('gets its order although the price has changed meanwhile', async () => {
    const idempotencyKey = newKey();
    const body = payWith('tok_slow', { lines: [{ sku: 'FLUX', quantity: 1 }], expectedTotalMinor: 250 });
    const first = await expectStatus(202, place(body, { idempotencyKey }));
    await stockItems(api, { FLUX: { amountMinor: 999, onHand: 0 } });
    expect((await place(body)).json.code).toBe('TOTAL_CHANGED');
    const later = await waitFor(
      async () => {
        const answer = await place(body, { idempotencyKey });
        return answer.status === 202 ? null : answer;
      },
      { timeoutMs: 20_000, what: 'the slow payment' },
    );
    expect(later.status).toBe(201);
    expect(later.json).toMatchObject({ id: first.json.id, totals: { total: { amountMinor: 250 } } });
  });
});

describe('fifty equal requests at once', () => {
  it('make one order and get one answer', async () => {
    const idempotencyKey = newKey();
    const before = await onHandOf('LAMP');
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => place(orderBody(), { idempotencyKey })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    const [first] = answers;
    const operations = await processes.paymentOperations(first?.json.id);
    expect(operations.filter((operation) => operation.operation === 'authorize')).toHaveLength(1);
    const after = await onHandOf('LAMP');
    const left = (shelf: { onHand: number; reserved: number }): number => shelf.onHand - shelf.reserved;
    expect(left(before) - left(after)).toBe(2);
  });

  it('with two bodies among them make one order; the others are answered 422', async () => {
    const idempotencyKey = newKey();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        place(orderBody({ lines: [{ sku: 'LAMP', quantity: 1 + (index % 2) }] }), { idempotencyKey }),
      ),
    );
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(25);
    expect(statuses.filter((status) => status === 422)).toHaveLength(25);
    const ids = answers.filter((answer) => answer.status === 201).map((answer) => answer.json.id);
    expect(new Set(ids).size).toBe(1);
  });
});

describe('a payment that takes longer than the request may', () => {
  it('is answered 202 with an order that can be found, and a repetition tells how it ended', async () => {
    const idempotencyKey = newKey();
    const body = payWith('tok_slow');
    const first = await place(body, { idempotencyKey });
    expect(first.status).toBe(202);
    expect(first.json.status).toBe('reserved');
    await expectStatus(200, api.send('GET', first.headers.get('location') ?? '', { as: 'customer' }));
    const other = await place(payWith('tok_visa'), { idempotencyKey });
    expect(other.status).toBe(422);
    const last = await waitFor(
      async () => {
        const answer = await place(body, { idempotencyKey });
        return answer.status === 202 ? null : answer;
      },
      { timeoutMs: 20_000, what: 'the decision' },
    );
    expect(last.status).toBe(201);
    expect(last.json.id).toBe(first.json.id);
    expect((await place(body, { idempotencyKey })).text).toBe(last.text);
  });

  it.each(['tok_error_before', 'tok_error_after', 'tok_lost_reply'])(
    'is decided in the end with %s, with one authorization',
    async (token) => {
      const idempotencyKey = newKey();
      const body = payWith(token);
      const last = await waitFor(
        async () => {
          const answer = await place(body, { idempotencyKey });
          return answer.status === 202 || answer.status === 503 ? null : answer;
        },
        { timeoutMs: 30_000, what: 'the decision' },
      );
      expect(last.status).toBe(201);
      const operations = await processes.paymentOperations(last.json.id);
      expect(
        operations.filter(({ operation, status }) => operation === 'authorize' && status === 'succeeded'),
      ).toHaveLength(1);
    },
  );
});

describe('when something is away', () => {
  /** A port that nobody listens on. */
  const deadPort = async (): Promise<number> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  };

  it('Temporal: 503 with Retry-After in good time, nothing placed, and reads go on', async () => {
    const broken = await startTestApi({
      databaseUrl: api.databaseUrl,
      variables: { TEMPORAL_ADDRESS: `127.0.0.1:${await deadPort()}`, CONFIRMATION_DEADLINE_MS: '500' },
    });
    try {
      const idempotencyKey = newKey();
      const startedAt = performance.now();
      const sent = await broken.send('POST', '/v1/orders', {
        as: 'customer',
        idempotencyKey,
        body: orderBody(),
      });
      expect(performance.now() - startedAt).toBeLessThan(8_000);
      expect(sent.status).toBe(503);
      expect(sent.json.code).toBe('UNAVAILABLE');
      expect(Number(sent.headers.get('retry-after'))).toBeGreaterThan(0);
      await expectStatus(200, broken.send('GET', '/v1/orders?limit=1', { as: 'viewer' }));
      await expectStatus(200, broken.send('GET', '/livez'));
      const ready = await expectStatus(503, broken.send('GET', '/readyz'));
      expect(ready.json).toMatchObject({ database: 'up', temporal: 'down' });
      const placed = await expectStatus(201, place(orderBody(), { idempotencyKey }));
      for (const path of ['cancel', 'refunds']) {
        const answer = await broken.send('POST', `/v1/orders/${placed.json.id}/${path}`, {
          as: 'operator',
          idempotencyKey: newKey(),
          body: path === 'cancel' ? { reason: 'x' } : { amountMinor: 1, reason: 'x' },
        });
        expect(answer.status).toBe(503);
      }
    } finally {
      await broken.close();
    }
  });

  it('the worker: 503, and the same request finds its order when it is back', async () => {
    const alone = await startTestApi({
      databaseUrl: api.databaseUrl,
      variables: { CONFIRMATION_DEADLINE_MS: '500' },
    });
    const idempotencyKey = newKey();
    try {
      const sent = await alone.send('POST', '/v1/orders', {
        as: 'customer',
        idempotencyKey,
        body: orderBody(),
      });
      expect(sent.status).toBe(503);
      const other = await alone.send('POST', '/v1/orders', {
        as: 'customer',
        idempotencyKey,
        body: orderBody({ lines: [{ sku: 'LAMP', quantity: 9 }] }),
      });
      expect(other.status).toBe(422);
      const worker = await startOrderProcesses(alone.databaseUrl, alone.environment.TEMPORAL_TASK_QUEUE);
      try {
        const later = await waitFor(
          async () => {
            const answer = await alone.send('POST', '/v1/orders', {
              as: 'customer',
              idempotencyKey,
              body: orderBody(),
            });
            return answer.status >= 500 ? null : answer;
          },
          { timeoutMs: 20_000, what: 'the order of the first request' },
        );
        expect([201, 202]).toContain(later.status);
        const refused = await alone.send('POST', '/v1/orders', {
          as: 'customer',
          idempotencyKey,
          body: orderBody({ lines: [{ sku: 'LAMP', quantity: 9 }] }),
        });
        expect(refused.status).toBe(422);
      } finally {
        await worker.stop();
      }
    } finally {
      await alone.close();
    }
  });

  it('the run that was to decide: what was recorded decides', async () => {
    const idempotencyKey = newKey();
    const body = payWith('tok_slow');
    const { json } = await expectStatus(202, place(body, { idempotencyKey }));
    const temporal = createTemporalClient(api.environment);
    try {
      await temporal.client.workflow.getHandle(json.id).terminate('a person ended it');
      const sent = await place(body, { idempotencyKey });
      expect(sent.status).toBe(202);
      expect(sent.json.id).toBe(json.id);
    } finally {
      await temporal.close();
    }
  });
});
