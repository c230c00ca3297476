/** Orders upon the real workflow, providers and mail server, and what an operator asks for them over HTTP. */
import { waitFor } from '../../support/stack.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  addLocations,
  expectStatus,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type KeyName,
  type Sent,
  type TestApi,
} from './test-api.ts';

/** A busy machine takes its time. */
export const PATIENCE_MS = 90_000;

export interface PlacedOptions {
  readonly token?: string;
  readonly email?: string;
  readonly status?: number;
  readonly quantity?: number;
  readonly postalCode?: string;
}

export interface OperateOptions {
  readonly as?: KeyName;
  readonly idempotencyKey?: string;
  readonly query?: string;
}

export interface OperatorLab {
  readonly api: TestApi;
  readonly processes: OrderProcesses;
  /** Places an order of three at 10.00 GBP each. @returns its id */
  place(options?: PlacedOptions): Promise<string>;
  read(orderId: string): Promise<Sent['json']>;
  untilOrder(orderId: string, what: string, isSo: (order: Sent['json']) => boolean): Promise<Sent['json']>;
  untilCaptured(orderId: string): Promise<Sent['json']>;
  /** An order whose money is not held yet, because the provider is away, and which an operator holds. */
  heldOrder(): Promise<string>;
  operate(
    orderId: string,
    action: string,
    body?: Readonly<Record<string, unknown>>,
    options?: OperateOptions,
  ): Promise<Sent>;
  actionsOf(orderId: string): Promise<readonly Sent['json'][]>;
  stop(): Promise<void>;
}

export async function startOperatorLab(): Promise<OperatorLab> {
  const api = await startTestApi({ variables: { CONFIRMATION_DEADLINE_MS: '4000' } });
  await addLocations(api.databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 1000, onHand: 10_000 } });
  await expectStatus(
    201,
    api.send('POST', '/v1/inventory/LAMP/adjustments', {
      as: 'admin',
      idempotencyKey: newKey(),
      body: { locationId: 'west', quantity: 100, reason: 'received' },
    }),
  );
  const processes = await startOrderProcesses(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE);

  const place: OperatorLab['place'] = (options = {}) => placeThree(api, options);
  const read: OperatorLab['read'] = async (id) =>
    (await expectStatus(200, api.send('GET', `/v1/orders/${id}`, { as: 'viewer' }))).json;
  const untilOrder: OperatorLab['untilOrder'] = (id, what, isSo) =>
    waitFor(
      async () => {
        const order = await read(id);
        return isSo(order) ? order : null;
      },
      { timeoutMs: PATIENCE_MS, what },
    );
  const operate: OperatorLab['operate'] = (id, action, body = {}, options = {}) => {
    const { as = 'operator', idempotencyKey = newKey(), query = '' } = options;
    return api.send('POST', `/v1/ops/orders/${id}/actions/${action}${query}`, {
      as,
      idempotencyKey,
      body: { reason: 'asked by the customer', ...body },
    });
  };
  return {
    api,
    processes,
    place,
    read,
    untilOrder,
    operate,
    untilCaptured: (id) => untilOrder(id, 'the capture', (order) => order.paymentStatus === 'captured'),
    heldOrder: async () => {
      await processes.misbehave('payments', { operation: 'authorize', behaviour: 'maintenance', times: -1 });
      const id = await place({ status: 202 });
      await expectStatus(200, operate(id, 'hold'));
      await processes.calm();
      await untilOrder(id, 'the order to show that it is held', ({ waiting }) => waiting?.for === 'held');
      return id;
    },
    actionsOf: async (id) =>
      (await expectStatus(200, api.send('GET', `/v1/ops/orders/${id}/actions`, { as: 'viewer' }))).json.items,
    stop: async () => {
      await processes.stop();
      await api.close();
    },
  };
}

async function placeThree(
  api: TestApi,
  { token = 'tok_visa', email, status = 201, quantity = 3, postalCode = 'SW1Y 4JH' }: PlacedOptions,
): Promise<string> {
  const good = orderBody({
    lines: [{ sku: 'LAMP', quantity }],
    payment: { method: 'card', token },
    ...(email === undefined ? {} : { contact: { email } }),
  });
  const body = { ...good, shipTo: { ...(good['shipTo'] as object), postalCode } };
  const request = { as: 'customer', idempotencyKey: newKey(), body } as const;
  return (await expectStatus(status, api.send('POST', '/v1/orders', request))).json.id;
}
