/** How an order comes into being, or does not. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { holdShelves } from '../../support/held-rows.ts';
import { waitFor } from '../../support/stack.ts';
import { payWith, startPlaceOrderLab, type PlaceOrderLab } from './place-order-lab.ts';
import { expectStatus, newKey, orderBody, stockItems, type Sent } from './test-api.ts';

jest.setTimeout(60_000);

let lab: PlaceOrderLab;
beforeAll(async () => {
  lab = await startPlaceOrderLab({
    RARE: { amountMinor: 500, onHand: 3 },
    FREE: { amountMinor: 0, onHand: 10 },
  });
});
afterAll(() => lab.stop());

describe('an order that can be had', () => {
  it('is answered 201 with the order, where it is, and what it comes to', async () => {
    const sent = await lab.place(orderBody({ expectedTotalMinor: 2000 }));
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
    const { json: order } = await expectStatus(201, lab.place(orderBody()));
    for (const as of ['customer', 'viewer', 'operator'] as const) {
      const { json: read } = await expectStatus(200, lab.api.send('GET', `/v1/orders/${order.id}`, { as }));
      expect(read.id).toBe(order.id);
      expect(read.version).toBeGreaterThanOrEqual(order.version);
    }
    const { json: events } = await expectStatus(
      200,
      lab.api.send('GET', `/v1/orders/${order.id}/events`, { as: 'customer' }),
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
    const sent = await lab.place(orderBody(), { headers: { 'x-request-id': requestId } });
    expect(sent.headers.get('x-request-id')).toBe(requestId);
    const { json: events } = await lab.api.send('GET', `/v1/orders/${sent.json.id}/events`, { as: 'admin' });
    expect(events.items[0].correlationid).toBe(requestId);
    const line = await waitFor(
      () =>
        lab.api
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
      expect(lab.api.log()).not.toContain(secret);
  });

  it('may have 2,000 lines', async () => {
    const lines = Array.from({ length: 2_000 }, () => ({ sku: 'LAMP', quantity: 1 }));
    const sent = await lab.place(orderBody({ lines, expectedTotalMinor: 2_000_000 }));
    expect([201, 202]).toContain(sent.status);
    expect(sent.json.lines).toHaveLength(2_000);
  });

  it('may have 5,000 lines', async () => {
    const idempotencyKey = newKey();
    const body = orderBody({ lines: Array.from({ length: 5_000 }, () => ({ sku: 'LAMP', quantity: 1 })) });
    const sent = await waitFor(
      async () => {
        const answer = await lab.place(body, { idempotencyKey });
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
    const before = await lab.onHandOf('RARE');
    const body = orderBody({
      lines: [
        { sku: 'LAMP', quantity: 1 },
        { sku: 'RARE', quantity: 4 },
      ],
    });
    const sent = await lab.place(body);
    expect(sent.status).toBe(409);
    expect(sent.json).toMatchObject({
      code: 'OUT_OF_STOCK',
      lines: [{ lineId: '2', sku: 'RARE', requested: 4, available: 3 }],
    });
    expect(sent.json.orderId).toBeUndefined();
    expect(await lab.onHandOf('RARE')).toEqual(before);
  });

  it('is answered 409 for two lines on one item that only together ask for too much', async () => {
    const sent = await lab.place(
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
    await stockItems(lab.api, { LAST: { amountMinor: 500, onHand: 1 } });
    const shelf = await holdShelves(lab.api.databaseUrl, 'LAST');
    const body = orderBody({ lines: [{ sku: 'LAST', quantity: 1 }] });
    let answers: readonly Sent[];
    try {
      const racing = Promise.all([lab.place(body), lab.place(body)]);
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
      lab.api.send('GET', `/v1/orders/${lost?.json.orderId}`, { as: 'customer' }),
    );
    expect(order).toMatchObject({ status: 'rejected', rejection: { code: 'OUT_OF_STOCK' } });
    // Who comes now is told at the door.
    const late = await lab.place(body);
    expect([late.status, late.json.code, late.json.orderId]).toEqual([409, 'OUT_OF_STOCK', undefined]);
  });

  it.each(['insufficient_funds', 'do_not_honor', 'expired_card', 'fraud'])(
    'is answered 402 with the reason when the card is refused for %s',
    async (reason) => {
      const before = await lab.onHandOf('RARE');
      const sent = await lab.place(
        payWith(`tok_declined_${reason}`, { lines: [{ sku: 'RARE', quantity: 1 }] }),
      );
      expect(sent.status).toBe(402);
      expect(sent.json).toMatchObject({ code: 'PAYMENT_DECLINED', declineReason: reason });
      expect(await lab.onHandOf('RARE')).toEqual(before);
    },
  );

  it('is answered 409 when the total is not what the customer saw, and no order is made', async () => {
    const sent = await lab.place(orderBody({ expectedTotalMinor: 1999 }));
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
      lab.place(orderBody({ lines: [free, { sku: 'LAMP', quantity: 1 }] })),
    );
    expect(order.totals.total.amountMinor).toBe(1000);
    const refused = await expectStatus(400, lab.place(orderBody({ lines: [free] })));
    expect(refused.json.errors).toEqual([{ pointer: '/lines', message: 'make a total of 0' }]);
    const refund = await lab.api.send('POST', `/v1/orders/${order.id}/refunds`, {
      as: 'operator',
      idempotencyKey: newKey(),
      body: { lines: [{ lineId: '1', quantity: 1 }], reason: 'damaged' },
    });
    expect(refund.status).toBe(400);
  });

  it('come from the caller only with the permission', async () => {
    const lines = [{ sku: 'LAMP', quantity: 3, unitPriceMinor: 7 }];
    const refused = await lab.place(orderBody({ lines }), { as: 'operator' });
    expect(refused.status).toBe(403);
    expect(refused.json.detail).toContain('orders:price-override');
    const { json: order } = await expectStatus(201, lab.place(orderBody({ lines }), { as: 'importer' }));
    expect(order.totals.total.amountMinor).toBe(21);
  });

  it('may be named for an item that has none in this currency', async () => {
    const body = orderBody({ currency: 'EUR', lines: [{ sku: 'LAMP', quantity: 1, unitPriceMinor: 9 }] });
    const { json: order } = await expectStatus(201, lab.place(body, { as: 'importer' }));
    expect(order.totals.total).toEqual({ amountMinor: 9, currency: 'EUR' });
  });
});

describe('a payment that takes longer than the request may', () => {
  it('is answered 202 with an order that can be found, and a repetition tells how it ended', async () => {
    const idempotencyKey = newKey();
    const body = payWith('tok_slow');
    const first = await lab.place(body, { idempotencyKey });
    expect(first.status).toBe(202);
    expect(first.json.status).toBe('reserved');
    await expectStatus(200, lab.api.send('GET', first.headers.get('location') ?? '', { as: 'customer' }));
    const other = await lab.place(payWith('tok_visa'), { idempotencyKey });
    expect(other.status).toBe(422);
    const last = await waitFor(
      async () => {
        const answer = await lab.place(body, { idempotencyKey });
        return answer.status === 202 ? null : answer;
      },
      { timeoutMs: 20_000, what: 'the decision' },
    );
    expect(last.status).toBe(201);
    expect(last.json.id).toBe(first.json.id);
    expect((await lab.place(body, { idempotencyKey })).text).toBe(last.text);
  });

  it.each(['tok_error_before', 'tok_error_after', 'tok_lost_reply'])(
    'is decided in the end with %s, with one authorization',
    async (token) => {
      const idempotencyKey = newKey();
      const body = payWith(token);
      const last = await waitFor(
        async () => {
          const answer = await lab.place(body, { idempotencyKey });
          return answer.status === 202 || answer.status === 503 ? null : answer;
        },
        { timeoutMs: 30_000, what: 'the decision' },
      );
      expect(last.status).toBe(201);
      const operations = await lab.processes.paymentOperations(last.json.id);
      expect(
        operations.filter(({ operation, status }) => operation === 'authorize' && status === 'succeeded'),
      ).toHaveLength(1);
    },
  );
});
