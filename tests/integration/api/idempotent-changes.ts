/** For every command that takes an Idempotency-Key: a request that changes something, and how often it has happened. */
import { randomBytes } from 'node:crypto';
import { deriveId } from '../../../src/api/http/derived-id.ts';
import { waitFor } from '../../support/stack.ts';
import type { OrderProcesses } from './order-processes.ts';
import { expectStatus, newKey, orderBody, stockItems, type Sent, type TestApi } from './test-api.ts';

/** One request that changes something, ready to be sent. */
export interface Change {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Another body that is as good. */
  readonly otherBody: Readonly<Record<string, unknown>>;
  readonly status: number;
  /** A table that the handler reads first. */
  readonly readsFirst: string;
  /** How often it has happened. */
  readonly effects: (idempotencyKey: string) => Promise<number>;
}

/** The order that a request of the operator with this key is for. */
export const orderIdOf = (idempotencyKey: string): string => deriveId('ord', 'key:operator', idempotencyKey);

/** Whether a repetition may be answered otherwise, as on a machine that is busy. */
export const isUndecided = (status: number): boolean => status === 202 || status >= 500;

/** Where they are sent. */
interface Shop {
  readonly api: TestApi;
  readonly processes: OrderProcesses;
}

/** Makes what each request is about, for instance an order to cancel, and the request. By method and path. */
export const CHANGES: Readonly<Record<string, (shop: Shop) => Promise<Change>>> = {
  'POST /v1/orders': async ({ processes }) => ({
    method: 'POST',
    path: '/v1/orders',
    body: orderBody(),
    otherBody: orderBody({ lines: [{ sku: 'LAMP', quantity: 3 }] }),
    status: 201,
    readsFirst: 'items',
    effects: (key) => operationsOf(processes, orderIdOf(key), 'authorize'),
  }),
  'POST /v1/orders/{id}/cancel': async (shop) => {
    const id = await placed(shop);
    return {
      method: 'POST',
      path: `/v1/orders/${id}/cancel`,
      body: { reason: 'customer_request' },
      otherBody: { reason: 'fraud' },
      status: 200,
      readsFirst: 'orders',
      effects: async () => {
        await untilOrder(shop, id, ({ status }) => status === 'cancelled');
        return operationsOf(shop.processes, id, 'void', 'refund');
      },
    };
  },
  'POST /v1/orders/{id}/refunds': async (shop) => {
    const id = await placed(shop);
    await untilOrder(shop, id, ({ paymentStatus }) => paymentStatus === 'captured');
    return {
      method: 'POST',
      path: `/v1/orders/${id}/refunds`,
      body: { amountMinor: 500, reason: 'damaged' },
      otherBody: { amountMinor: 501, reason: 'damaged' },
      status: 201,
      readsFirst: 'orders',
      effects: () => operationsOf(shop.processes, id, 'refund'),
    };
  },
  'POST /v1/inventory/{sku}/adjustments': async (shop) => {
    const sku = await newSku(shop);
    return {
      method: 'POST',
      path: `/v1/inventory/${sku}/adjustments`,
      body: { locationId: 'main', quantity: 7, reason: 'receipt' },
      otherBody: { locationId: 'main', quantity: 8, reason: 'receipt' },
      status: 201,
      readsFirst: 'stock',
      effects: async () => {
        const shelf = await shop.api.send('GET', `/v1/inventory/${sku}`, { as: 'viewer' });
        return shelf.json.onHand / 7;
      },
    };
  },
  'PUT /v1/items/{sku}': async (shop) => {
    const sku = await newSku(shop);
    const prices = [
      { amountMinor: 339, currency: 'GBP' },
      { amountMinor: 400, currency: 'EUR' },
    ];
    return {
      method: 'PUT',
      path: `/v1/items/${sku}`,
      body: { name: 'Lantern', prices, active: true },
      otherBody: { name: 'Lamp', prices, active: true },
      status: 200,
      readsFirst: 'items',
      effects: async () => {
        const read = await shop.api.send('GET', `/v1/items/${sku}`, { as: 'viewer' });
        return read.json.name === 'Lantern' ? 1 : 0;
      },
    };
  },
  'POST /v1/waiting-rooms/{roomId}/tickets': async (shop) => {
    const room = await newRoom(shop);
    return {
      method: 'POST',
      path: `/v1/waiting-rooms/${room}/tickets`,
      body: { customerId: 'cus_1' },
      otherBody: { customerId: 'cus_2' },
      status: 201,
      readsFirst: 'waiting_room_tickets',
      effects: async () =>
        (await shop.api.send('GET', `/v1/waiting-rooms/${room}`, { as: 'viewer' })).json.waiting,
    };
  },
  'PUT /v1/waiting-rooms/{roomId}': async (shop) => {
    const room = await newRoom(shop);
    const body = { name: 'Lantern sale', skus: ['LAMP'], admissionsPerSecond: 0, closesAt: LONG_AGO };
    return {
      method: 'PUT',
      path: `/v1/waiting-rooms/${room}`,
      body,
      otherBody: { ...body, name: 'Lamp sale' },
      status: 200,
      readsFirst: 'items',
      effects: async () => {
        const read = await shop.api.send('GET', `/v1/waiting-rooms/${room}`, { as: 'viewer' });
        return read.json.name === 'Lantern sale' ? 1 : 0;
      },
    };
  },
};

/** An item of which there is none. @returns its sku */
export async function newSku({ api }: Pick<Shop, 'api'>): Promise<string> {
  const sku = `ITEM-${randomBytes(4).toString('hex')}`;
  await stockItems(api, { [sku]: { amountMinor: 100, onHand: 0 } });
  return sku;
}

const LONG_AGO = '2020-01-01T00:00:00Z';

/** For an item that nobody orders here. */
async function newRoom(shop: Shop): Promise<string> {
  const sku = await newSku(shop);
  const room = sku.toLowerCase();
  const body = { name: 'A sale', skus: [sku], admissionsPerSecond: 0 };
  await expectStatus(200, shop.api.send('PUT', `/v1/waiting-rooms/${room}`, { as: 'admin', body }));
  return room;
}

async function placed({ api }: Shop): Promise<string> {
  const request = { as: 'operator', idempotencyKey: newKey(), body: orderBody() } as const;
  const sent = await waitFor(
    async () => {
      const answer = await api.send('POST', '/v1/orders', request);
      return isUndecided(answer.status) ? null : answer;
    },
    { timeoutMs: 40_000, what: 'an order' },
  );
  if (sent.status !== 201) throw new Error(`An order was answered ${sent.status}: ${sent.text}`);
  return sent.json.id;
}

async function untilOrder({ api }: Shop, id: string, isSo: (order: Sent['json']) => boolean): Promise<void> {
  await waitFor(async () => isSo((await api.send('GET', `/v1/orders/${id}`, { as: 'viewer' })).json), {
    timeoutMs: 40_000,
    what: `order ${id}`,
  });
}

async function operationsOf(
  processes: OrderProcesses,
  orderId: string,
  ...kinds: readonly string[]
): Promise<number> {
  const operations = await processes.paymentOperations(orderId);
  return operations.filter(({ operation }) => kinds.includes(operation)).length;
}
