import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTemporalClient, type TemporalClient } from '../../../src/config/temporal.ts';
import {
  SHIPMENT_MOVED_SIGNAL,
  type ShipmentMoved,
} from '../../../src/workflows/orders/process-order.contract.ts';
import { waitFor } from '../../support/stack.ts';
import type { OrderProcesses } from './order-processes.ts';
import { PATIENCE_MS, startCheckoutLab, type CheckoutLab } from './checkout-lab.ts';
import { expectStatus, newKey, orderBody, type Sent, type SendOptions, type TestApi } from './test-api.ts';

jest.setTimeout(180_000);

let lab: CheckoutLab;
let api: TestApi;
let processes: OrderProcesses;
let temporal: TemporalClient;

beforeAll(async () => {
  lab = await startCheckoutLab({
    api: { RETURN_WINDOW_MS: '1', CONFIRMATION_DEADLINE_MS: '5000' },
    items: { CORD: { amountMinor: 300, onHand: 10_000 } },
  });
  ({ api, processes } = lab);
  temporal = createTemporalClient(api.environment);
});
afterAll(async () => {
  await temporal.close();
  await lab.stop();
});

const placed = (): Promise<string> => lab.place({ units: { LAMP: 3, CORD: 2 } });

const cancel = (id: string, options: SendOptions = {}): Promise<Sent> =>
  api.send('POST', `/v1/orders/${id}/cancel`, {
    as: 'customer',
    idempotencyKey: newKey(),
    body: { reason: 'customer_request' },
    ...options,
  });
const refund = (id: string, body: Record<string, unknown>, options: SendOptions = {}): Promise<Sent> =>
  api.send('POST', `/v1/orders/${id}/refunds`, {
    as: 'operator',
    idempotencyKey: newKey(),
    body: { reason: 'damaged', ...body },
    ...options,
  });

/** Says what the carrier would: the relay process, which delivers its webhooks, does not run here. */
const move = async (id: string, status: 'shipped' | 'delivered'): Promise<void> => {
  const order = await lab.until(id, 'a parcel', (candidate) => candidate.shipments.length > 0);
  for (const shipment of order.shipments) {
    const moved: ShipmentMoved = { shipmentId: shipment.id, status, messageId: `evt_${newKey()}` };
    await temporal.client.workflow.getHandle(id).signal<[ShipmentMoved]>(SHIPMENT_MOVED_SIGNAL, moved);
  }
};
const shipped = async (id: string): Promise<void> => {
  await lab.untilCaptured(id);
  await move(id, 'shipped');
  await lab.until(id, 'the order to be shipped', (order) => order.status === 'shipped');
};
const completed = async (id: string): Promise<void> => {
  await shipped(id);
  await move(id, 'delivered');
  await lab.until(id, 'the order to be completed', (order) => order.status === 'completed');
  await waitFor(
    async () => (await temporal.client.workflow.getHandle(id).describe()).status.name === 'COMPLETED',
    { timeoutMs: PATIENCE_MS, what: 'the workflow to close' },
  );
};
const free = async (sku: string): Promise<number> =>
  (await expectStatus(200, api.send('GET', `/v1/inventory/${sku}`, { as: 'viewer' }))).json.available;

describe('a cancellation', () => {
  it('before the parcels leave is answered 200 with the order, and everything is given back', async () => {
    const before = await free('LAMP');
    const id = await placed();
    const sent = await expectStatus(200, cancel(id));
    expect(sent.json.id).toBe(id);
    const order = await lab.until(id, 'the cancellation', ({ status }) => status === 'cancelled');
    expect(['voided', 'refunded']).toContain(order.paymentStatus);
    expect(await free('LAMP')).toBe(before);
  });

  it('repeated with its key gets the first answer, byte for byte', async () => {
    const id = await placed();
    const idempotencyKey = newKey();
    const first = await expectStatus(200, cancel(id, { idempotencyKey }));
    await lab.until(id, 'the cancellation', ({ status }) => status === 'cancelled');
    expect((await cancel(id, { idempotencyKey })).text).toBe(first.text);
  });

  it('twenty times at once, with one key and with many, is one cancellation', async () => {
    const id = await placed();
    const idempotencyKey = newKey();
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => cancel(id, { idempotencyKey })),
      ...Array.from({ length: 5 }, () => cancel(id)),
    ]);
    expect(new Set(answers.map((sent) => sent.status))).toEqual(new Set([200]));
    expect(new Set(answers.slice(0, 10).map((sent) => sent.text)).size).toBe(1);
    await lab.until(id, 'the cancellation', ({ status }) => status === 'cancelled');
    const operations = await processes.paymentOperations(id);
    const undos = operations.filter(({ operation }) => operation === 'void' || operation === 'refund');
    expect(undos).toHaveLength(1);
  });

  it('with its key and another reason is answered 422, also at once', async () => {
    const id = await placed();
    const idempotencyKey = newKey();
    const answers = await Promise.all(
      ['customer_request', 'fraud'].map((reason) => cancel(id, { idempotencyKey, body: { reason } })),
    );
    expect(answers.map((sent) => sent.status).toSorted()).toEqual([200, 422]);
  });

  it('of an order that is cancelled already is answered 200 with the order', async () => {
    const id = await placed();
    await expectStatus(200, cancel(id));
    await lab.until(id, 'the cancellation', ({ status }) => status === 'cancelled');
    const sent = await expectStatus(200, cancel(id));
    expect(sent.json.status).toBe('cancelled');
  });

  it('that takes longer than the request may is answered 200 with the order as it is, or asks to be repeated', async () => {
    const id = await placed();
    await lab.untilCaptured(id);
    await processes.misbehave('payments', {
      operation: 'refund',
      behaviour: 'delay',
      delayMs: 8_000,
      orderId: id,
    });
    try {
      const sent = await expectStatus(200, cancel(id));
      expect(sent.json.status).toBe('cancelling');
      const order = await lab.until(id, 'the cancellation', ({ status }) => status === 'cancelled');
      expect(order.paymentStatus).toBe('refunded');
    } finally {
      await processes.calm();
    }
  });

  it('after the parcels have left is answered 409 and says that a refund is possible', async () => {
    const id = await placed();
    await shipped(id);
    const idempotencyKey = newKey();
    const sent = await expectStatus(409, cancel(id, { idempotencyKey }));
    expect(sent.json).toMatchObject({
      code: 'NOT_CANCELLABLE',
      orderStatus: 'shipped',
      possible: ['refund'],
    });
    expect(sent.json.detail).toContain('refund');
    expect((await cancel(id, { idempotencyKey })).text).toBe(sent.text);
  });

  it('of a completed order, whose workflow has closed, is answered 409', async () => {
    const id = await placed();
    await completed(id);
    expect((await expectStatus(409, cancel(id))).json.orderStatus).toBe('completed');
  });

  it('of a rejected order is answered 409 and says that nothing is held', async () => {
    const rejected = await expectStatus(
      402,
      api.send('POST', '/v1/orders', {
        as: 'customer',
        idempotencyKey: newKey(),
        body: orderBody({ payment: { method: 'card', token: 'tok_declined_fraud' } }),
      }),
    );
    const sent = await expectStatus(409, cancel(rejected.json.orderId));
    expect(sent.json).toMatchObject({ orderStatus: 'rejected', possible: [] });
  });
});

describe('a refund', () => {
  it('of an amount is answered 201 with the refund, which the order then shows', async () => {
    const id = await placed();
    await lab.untilCaptured(id);
    const sent = await expectStatus(201, refund(id, { amountMinor: 500 }));
    expect(sent.json).toMatchObject({
      status: 'succeeded',
      amount: { amountMinor: 500, currency: 'GBP' },
      reason: 'damaged',
      restock: false,
      lines: [],
    });
    expect(sent.json.id).toMatch(/^ref_/);
    expect(sent.headers.get('location')).toBe(`/v1/orders/${id}`);
    expect(await lab.read(id)).toMatchObject({
      paymentStatus: 'partially_refunded',
      totals: { refunded: { amountMinor: 500 } },
      refunds: [{ id: sent.json.id }],
    });
  });

  it('of lines costs what was paid for them', async () => {
    const id = await placed();
    await lab.untilCaptured(id);
    const lines = [
      { lineId: '1', quantity: 1 },
      { lineId: '2', quantity: 2 },
    ];
    expect((await expectStatus(201, refund(id, { lines }))).json).toMatchObject({
      amount: { amountMinor: 1600 },
      lines,
    });
  });

  it('fifty times at once with one key is one refund and one answer', async () => {
    const id = await placed();
    await lab.untilCaptured(id);
    const idempotencyKey = newKey();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => refund(id, { amountMinor: 700 }, { idempotencyKey })),
    );
    expect(new Set(answers.map((sent) => sent.status))).toEqual(new Set([201]));
    expect(new Set(answers.map((sent) => sent.text)).size).toBe(1);
    expect((await lab.read(id)).totals.refunded.amountMinor).toBe(700);
  });

  it('with its key and another amount is answered 422, also at once, and nothing more is refunded', async () => {
    const id = await placed();
    await lab.untilCaptured(id);
    const idempotencyKey = newKey();
    const answers = await Promise.all(
      [100, 200].map((amountMinor) => refund(id, { amountMinor }, { idempotencyKey })),
    );
    expect(answers.map((sent) => sent.status).toSorted()).toEqual([201, 422]);
    const given = answers.find((sent) => sent.status === 201)?.json.amount.amountMinor;
    expect((await lab.read(id)).totals.refunded.amountMinor).toBe(given);
  });

  it('of more than was captured is answered 409 and says what is left', async () => {
    const id = await placed();
    await lab.untilCaptured(id);
    await expectStatus(201, refund(id, { amountMinor: 3_000 }));
    const sent = await expectStatus(409, refund(id, { amountMinor: 601 }));
    expect(sent.json).toMatchObject({
      code: 'NOT_REFUNDABLE',
      reason: 'exceeds_captured',
      refundable: { amountMinor: 600, currency: 'GBP' },
    });
    expect(sent.json.detail).toContain('600');
    const lines = await expectStatus(409, refund(id, { lines: [{ lineId: '1', quantity: 4 }] }));
    expect(lines.json.code).toBe('NOT_REFUNDABLE');
  });

  it('of a line that the order does not have is answered 400, naming it', async () => {
    const id = await placed();
    const lines = [
      { lineId: '1', quantity: 1 },
      { lineId: '9', quantity: 1 },
    ];
    const sent = await expectStatus(400, refund(id, { lines }));
    expect(sent.json.errors).toEqual([
      { pointer: '/lines/1/lineId', message: 'is not a line of this order' },
    ]);
  });

  it('of an order of which nothing was captured is answered 409', async () => {
    const rejected = await expectStatus(
      402,
      api.send('POST', '/v1/orders', {
        as: 'customer',
        idempotencyKey: newKey(),
        body: orderBody({ payment: { method: 'card', token: 'tok_declined_fraud' } }),
      }),
    );
    const sent = await expectStatus(409, refund(rejected.json.orderId, { amountMinor: 1 }));
    expect(sent.json.reason).toBe('not_captured');
  });

  it('of a completed order is taken by a run of its own, once for each key, and restocks', async () => {
    const id = await placed();
    await completed(id);
    const before = await free('LAMP');
    const idempotencyKey = newKey();
    const body = { lines: [{ lineId: '1', quantity: 2 }], restock: true };
    const answers = await Promise.all(Array.from({ length: 10 }, () => refund(id, body, { idempotencyKey })));
    expect(new Set(answers.map((sent) => sent.status))).toEqual(new Set([201]));
    expect(new Set(answers.map((sent) => sent.text)).size).toBe(1);
    expect(await lab.read(id)).toMatchObject({
      status: 'completed',
      paymentStatus: 'partially_refunded',
      totals: { refunded: { amountMinor: 2_000 } },
    });
    expect(await free('LAMP')).toBe(before + 2);
    await expectStatus(201, refund(id, { amountMinor: 1_600 }));
    expect((await lab.read(id)).paymentStatus).toBe('refunded');
  });

  it('that the provider answers late is answered 202, and a repetition tells how it ended', async () => {
    const id = await placed();
    await lab.untilCaptured(id);
    await processes.misbehave('payments', {
      operation: 'refund',
      behaviour: 'delay',
      delayMs: 8_000,
      orderId: id,
    });
    try {
      const idempotencyKey = newKey();
      const first = await expectStatus(202, refund(id, { amountMinor: 100 }, { idempotencyKey }));
      expect(first.json.status).toBe('pending');
      await expectStatus(422, refund(id, { amountMinor: 101 }, { idempotencyKey }));
      const last = await waitFor(
        async () => {
          const sent = await refund(id, { amountMinor: 100 }, { idempotencyKey });
          return sent.status === 202 ? null : sent;
        },
        { timeoutMs: PATIENCE_MS, what: 'the refund' },
      );
      expect(last.status).toBe(201);
      expect(last.json).toMatchObject({ id: first.json.id, status: 'succeeded' });
    } finally {
      await processes.calm();
    }
  });
});
