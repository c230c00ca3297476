/**
 * The promises of the README, tried from outside on the running stack: HTTP in, and then what the event log, the
 * queue-fed read model, the mail sink, the providers' own records and the shelves say about the same order.
 */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { validateEvent } from '../support/event-schemas.ts';
import { waitFor } from '../support/stack.ts';
import {
  brokenInvariants,
  call,
  holdParcelsOf,
  eventsOf,
  inventory,
  mailsTo,
  paymentOperations,
  place,
  placeDecided,
  stockedItem,
  waitForStatus,
  type AnswerBody,
} from './shop.ts';

describe('an order that goes well', () => {
  let order: AnswerBody;
  let sku: string;
  const customerId = `cus_${randomUUID().slice(0, 8)}`;

  beforeAll(async () => {
    sku = await stockedItem({ main: 10 });
    const answer = await placeDecided(sku, { customerId });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      status: 'confirmed',
      paymentStatus: 'authorized',
      customerId,
      totals: { total: { amountMinor: 2000, currency: 'GBP' } },
    });
    order = await waitForStatus(answer.body.id, 'completed');
  });

  test('is completed, paid and shipped', () => {
    expect(order).toMatchObject({
      status: 'completed',
      paymentStatus: 'captured',
      attention: null,
      shipments: [{ status: 'delivered' }],
    });
  });

  test('has its events 1..n without a gap, each as its schema says', async () => {
    const events = await eventsOf(order.id);
    expect(events.map((event) => event.sequence)).toEqual(events.map((_, index) => index + 1));
    expect(events.flatMap((event) => validateEvent(event))).toEqual([]);
    expect(events.map((event) => event.type)).toEqual([
      'commerce.order.placed.v1',
      'commerce.inventory.reserved.v1',
      'commerce.payment.authorized.v1',
      'commerce.order.confirmed.v1',
      'commerce.fulfilment.started.v1',
      'commerce.shipment.label_created.v1',
      'commerce.payment.captured.v1',
      'commerce.order.shipped.v1',
      'commerce.delivery.confirmed.v1',
      'commerce.order.completed.v1',
    ]);
    expect(order.version).toBe(events.length);
  });

  test('stands in the read model that is fed from the queue', async () => {
    const summary = await waitFor(
      async () => {
        const { status, body } = await call('GET', `/v1/orders/${order.id}/summary`);
        return status === 200 && body.status === 'completed' ? body : null;
      },
      { timeoutMs: 30_000, what: 'the read model to see the order completed' },
    );
    expect(summary).toMatchObject({
      status: 'completed',
      paymentStatus: 'captured',
      lastSequence: order.version,
    });
  });

  test('sent one mail for the confirmation and one for the shipment', async () => {
    const mails = await waitFor(
      async () => {
        const found = await mailsTo(`${customerId}@example.com`);
        return found.length >= 2 ? found : null;
      },
      { timeoutMs: 30_000, what: 'both mails' },
    );
    expect(mails).toHaveLength(2);
    expect(mails.every((mail) => mail.text.includes(order.id))).toBe(true);
  });

  test('was authorized once and captured once at the provider', async () => {
    expect(
      (await paymentOperations(order.id)).map((operation) => [
        operation.operation,
        operation.status,
        operation.amountMinor,
      ]),
    ).toEqual([
      ['authorize', 'succeeded', 2000],
      ['capture', 'succeeded', 2000],
    ]);
  });

  test('took its goods off the shelf', async () => {
    expect(await inventory(sku)).toMatchObject({ onHand: 8, reserved: 0, available: 8 });
    expect(await brokenInvariants()).toEqual([]);
  });

  test('can be refunded after it is completed, never above what was captured', async () => {
    const path = `/v1/orders/${order.id}/refunds`;
    const first = await call('POST', path, {
      body: { lines: [{ lineId: '1', quantity: 1 }], reason: 'damaged', restock: true },
      idempotencyKey: randomUUID(),
    });
    expect(first.status).toBe(201);
    const tooMuch = await call('POST', path, {
      body: { amountMinor: 1001, reason: 'goodwill' },
      idempotencyKey: randomUUID(),
    });
    expect([tooMuch.status, tooMuch.body.code]).toEqual([409, 'NOT_REFUNDABLE']);
    const { body } = await call('GET', `/v1/orders/${order.id}`);
    expect(body).toMatchObject({
      status: 'completed',
      paymentStatus: 'partially_refunded',
      totals: { refunded: { amountMinor: 1000 } },
    });
    expect(await inventory(sku)).toMatchObject({ onHand: 9, available: 9 });
    expect(await brokenInvariants()).toEqual([]);
  });
});

describe('an order that does not go well', () => {
  test.each([
    ['tok_declined_insufficient_funds', 'insufficient_funds'],
    ['tok_declined_expired_card', 'expired_card'],
  ])('answers 402 for %s, with stock and money as before', async (token, declineReason) => {
    const sku = await stockedItem({ main: 5 });
    const answer = await placeDecided(sku, { token });
    expect([answer.status, answer.body.code]).toEqual([402, 'PAYMENT_DECLINED']);
    expect(answer.text).toContain(declineReason);
    expect(await inventory(sku)).toMatchObject({ onHand: 5, reserved: 0, available: 5 });
    expect(await brokenInvariants()).toEqual([]);
  });

  test('answers 409 for an empty shelf and names the lines and what is available', async () => {
    const sku = await stockedItem({ main: 1, west: 2 });
    const answer = await placeDecided(sku, { quantity: 4 });
    expect([answer.status, answer.body.code]).toEqual([409, 'OUT_OF_STOCK']);
    expect(answer.body.lines).toEqual([{ lineId: '1', sku, requested: 4, available: 3 }]);
    expect(await inventory(sku)).toMatchObject({ onHand: 3, reserved: 0 });
  });

  test('answers 202 while a slow provider decides, and is completed later', async () => {
    const sku = await stockedItem({ main: 5 });
    const answer = await place(sku, { token: 'tok_slow' });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toContain(answer.body.id);
    await waitForStatus(answer.body.id, 'completed');
    expect(
      (await paymentOperations(answer.body.id)).filter((operation) => operation.operation === 'authorize'),
    ).toHaveLength(1);
  });

  test.each(['tok_lost_reply', 'tok_error_before', 'tok_error_after', 'tok_rate_limited'])(
    'pays once in spite of %s',
    async (token) => {
      const sku = await stockedItem({ main: 5 });
      const answer = await placeDecided(sku, { token });
      expect([201, 202]).toContain(answer.status);
      await waitForStatus(answer.body.id, 'completed');
      const operations = await paymentOperations(answer.body.id);
      expect(
        operations
          .filter((operation) => operation.status === 'succeeded')
          .map((operation) => operation.operation),
      ).toEqual(['authorize', 'capture']);
      expect(await brokenInvariants()).toEqual([]);
    },
  );

  test('is split over two locations when neither has everything', async () => {
    const sku = await stockedItem({ main: 3, west: 3 });
    const answer = await placeDecided(sku, { quantity: 5 });
    expect(answer.status).toBe(201);
    const order = await waitForStatus(answer.body.id, 'completed');
    expect(order.shipments).toHaveLength(2);
    expect(await inventory(sku)).toMatchObject({ onHand: 1, reserved: 0 });
    expect(await brokenInvariants()).toEqual([]);
  });

  test('gives everything back when it is cancelled, and refuses to be cancelled once it has left', async () => {
    const idempotencyKey = randomUUID();
    const orderId = await holdParcelsOf(idempotencyKey);
    const customerId = `cus_${randomUUID().slice(0, 8)}`;
    const sku = await stockedItem({ main: 5 });
    const answer = await placeDecided(sku, { customerId, idempotencyKey });
    expect(answer.body.id).toBe(orderId);
    await waitFor(
      async () =>
        (await call('GET', `/v1/orders/${orderId}`)).body.paymentStatus === 'captured' ? true : null,
      { timeoutMs: 30_000, what: 'the capture' },
    );
    const cancelled = await call('POST', `/v1/orders/${orderId}/cancel`, {
      body: { reason: 'customer_request' },
      idempotencyKey: randomUUID(),
    });
    expect(cancelled.status).toBe(200);
    const order = await waitForStatus(orderId, 'cancelled');
    expect(order).toMatchObject({ paymentStatus: 'refunded', shipments: [{ status: 'cancelled' }] });
    expect(await inventory(sku)).toMatchObject({ onHand: 5, reserved: 0 });
    await waitFor(
      async () =>
        (await mailsTo(`${customerId}@example.com`)).some((mail) => /cancel/i.test(mail.subject))
          ? true
          : null,
      { timeoutMs: 20_000, what: 'the mail about the cancellation' },
    );
    const shipped = await placeDecided(sku);
    await waitForStatus(shipped.body.id, 'completed');
    const refused = await call('POST', `/v1/orders/${shipped.body.id}/cancel`, {
      body: { reason: 'customer_request' },
      idempotencyKey: randomUUID(),
    });
    expect([refused.status, refused.body.code]).toEqual([409, 'NOT_CANCELLABLE']);
    expect(await brokenInvariants()).toEqual([]);
  });
});

describe('equal requests', () => {
  test('have one effect and equal answers, 50 at once', async () => {
    const sku = await stockedItem({ main: 100 });
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => placeDecided(sku, { idempotencyKey })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(await inventory(sku)).toMatchObject({ available: 98 });
    const other = await placeDecided(sku, { idempotencyKey, quantity: 3 });
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  test('never sell more than there is, 30 buyers for 10 units', async () => {
    const sku = await stockedItem({ main: 6, west: 4 });
    const answers = await Promise.all(Array.from({ length: 30 }, () => placeDecided(sku, { quantity: 1 })));
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(10);
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(20);
    expect(await inventory(sku)).toMatchObject({ available: 0 });
    expect(await brokenInvariants()).toEqual([]);
  });
});
