/** Equal requests for an order, one after another and at once. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../support/stack.ts';
import { payWith, startPlaceOrderLab, type PlaceOrderLab } from './place-order-lab.ts';
import { expectStatus, newKey, orderBody, stockItems } from './test-api.ts';

jest.setTimeout(60_000);

let lab: PlaceOrderLab;
beforeAll(async () => {
  lab = await startPlaceOrderLab({
    RARE: { amountMinor: 500, onHand: 3 },
    FLUX: { amountMinor: 250, onHand: 1_000 },
  });
});
afterAll(() => lab.stop());

describe('a repeated request', () => {
  it('gets the first answer, byte for byte, and makes no second order', async () => {
    const idempotencyKey = newKey();
    const first = await expectStatus(201, lab.place(orderBody(), { idempotencyKey }));
    await waitFor(
      async () => {
        const { json } = await lab.api.send('GET', `/v1/orders/${first.json.id}`, { as: 'customer' });
        return json.version > first.json.version;
      },
      { timeoutMs: 10_000, what: 'the order to go on' },
    );
    const again = await lab.place(orderBody(), { idempotencyKey });
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    for (const header of ['location', 'etag', 'content-type'])
      expect(again.headers.get(header)).toBe(first.headers.get(header));
    const operations = await lab.processes.paymentOperations(first.json.id);
    expect(operations.filter((operation) => operation.operation === 'authorize')).toHaveLength(1);
  });

  it.each([
    ['a refusal for want of stock', 409, orderBody({ lines: [{ sku: 'RARE', quantity: 99 }] })],
    ['a declined card', 402, payWith('tok_declined_fraud')],
  ])('gets the same answer for %s, byte for byte', async (_name, status, body) => {
    const idempotencyKey = newKey();
    const first = await lab.place(body, { idempotencyKey });
    expect(first.status).toBe(status);
    const again = await lab.place(body, { idempotencyKey });
    expect(again.status).toBe(status);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('content-type')).toBe('application/problem+json');
  });

  it('is the same request when only the order of its fields differs', async () => {
    const idempotencyKey = newKey();
    const body = orderBody();
    const first = await expectStatus(201, lab.place(body, { idempotencyKey }));
    const reversed = Object.fromEntries(Object.entries(body).toReversed());
    expect((await lab.place(reversed, { idempotencyKey })).text).toBe(first.text);
  });

  it('with another body is answered 422', async () => {
    const idempotencyKey = newKey();
    await expectStatus(201, lab.place(orderBody(), { idempotencyKey }));
    const sent = await lab.place(orderBody({ lines: [{ sku: 'LAMP', quantity: 3 }] }), { idempotencyKey });
    expect(sent.status).toBe(422);
    expect(sent.json.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('with the same key to another address is answered 422', async () => {
    const idempotencyKey = newKey();
    const { json } = await expectStatus(201, lab.place(orderBody(), { idempotencyKey }));
    const sent = await lab.api.send('POST', `/v1/orders/${json.id}/cancel`, {
      as: 'customer',
      idempotencyKey,
      body: { reason: 'changed my mind' },
    });
    expect(sent.status).toBe(422);
  });

  it('with the same key to another address is answered 422 also while the order is being decided', async () => {
    const idempotencyKey = newKey();
    const { json } = await expectStatus(202, lab.place(payWith('tok_slow'), { idempotencyKey }));
    const sent = await lab.api.send('POST', `/v1/orders/${json.id}/cancel`, {
      as: 'customer',
      idempotencyKey,
      body: { reason: 'changed my mind' },
    });
    expect(sent.status).toBe(422);
  });

  it('of somebody else with the same key is another request', async () => {
    const idempotencyKey = newKey();
    const { json: mine } = await expectStatus(201, lab.place(orderBody(), { idempotencyKey }));
    const { json: theirs } = await expectStatus(
      201,
      lab.place(orderBody({ customerId: 'cus_2' }), { idempotencyKey, as: 'other' }),
    );
    expect(theirs.id).not.toBe(mine.id);
  });

  it('gets its order although that holds the last unit itself', async () => {
    await stockItems(lab.api, { ONLY: { amountMinor: 500, onHand: 1 } });
    const idempotencyKey = newKey();
    const body = payWith('tok_slow', { lines: [{ sku: 'ONLY', quantity: 1 }] });
    const first = await expectStatus(202, lab.place(body, { idempotencyKey }));
    expect((await lab.place(body)).json.code).toBe('OUT_OF_STOCK');
    const later = await waitFor(
      async () => {
        const answer = await lab.place(body, { idempotencyKey });
        return answer.status === 202 ? null : answer;
      },
      { timeoutMs: 20_000, what: 'the slow payment' },
    );
    expect([later.status, later.json.id]).toEqual([201, first.json.id]);
  });

  it('gets its order although the price has changed meanwhile', async () => {
    const idempotencyKey = newKey();
    const body = payWith('tok_slow', { lines: [{ sku: 'FLUX', quantity: 1 }], expectedTotalMinor: 250 });
    const first = await expectStatus(202, lab.place(body, { idempotencyKey }));
    await stockItems(lab.api, { FLUX: { amountMinor: 999, onHand: 0 } });
    expect((await lab.place(body)).json.code).toBe('TOTAL_CHANGED');
    const later = await waitFor(
      async () => {
        const answer = await lab.place(body, { idempotencyKey });
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
    const before = await lab.onHandOf('LAMP');
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => lab.place(orderBody(), { idempotencyKey })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    const [first] = answers;
    const operations = await lab.processes.paymentOperations(first?.json.id);
    expect(operations.filter((operation) => operation.operation === 'authorize')).toHaveLength(1);
    const after = await lab.onHandOf('LAMP');
    const left = (shelf: { onHand: number; reserved: number }): number => shelf.onHand - shelf.reserved;
    expect(left(before) - left(after)).toBe(2);
  });

  it('with two bodies among them make one order; the others are answered 422', async () => {
    const idempotencyKey = newKey();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        lab.place(orderBody({ lines: [{ sku: 'LAMP', quantity: 1 + (index % 2) }] }), { idempotencyKey }),
      ),
    );
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(25);
    expect(statuses.filter((status) => status === 422)).toHaveLength(25);
    const ids = answers.filter((answer) => answer.status === 201).map((answer) => answer.json.id);
    expect(new Set(ids).size).toBe(1);
  });
});
