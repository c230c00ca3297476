/** A checkout whose orders are really decided: its API, an order worker, and providers that a test can trouble. */
import { deriveId } from '../../../src/api/http/derived-id.ts';
import { waitFor } from '../../support/stack.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  KEYS,
  addLocations,
  expectStatus,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type Sent,
  type TestApi,
} from './test-api.ts';

/** A busy machine takes its time. */
export const PATIENCE_MS = 120_000;

export interface PlaceOptions {
  /** @default the customer `cus_1`; `other` is `cus_2` */
  readonly as?: 'customer' | 'other';
  /** How many of which item. @default three LAMPs */
  readonly units?: Readonly<Record<string, number>>;
  /** @default tok_visa */
  readonly token?: string;
  readonly email?: string;
  readonly postalCode?: string;
  /** What the API answers it with. @default 201 */
  readonly status?: number;
  /** Done before it is placed. */
  readonly prepare?: (orderId: string) => Promise<unknown>;
}

export interface CheckoutLab {
  readonly api: TestApi;
  readonly processes: OrderProcesses;
  /** Places an order, of three LAMPs at 10.00 GBP unless it is said otherwise. @returns its id */
  place(options?: PlaceOptions): Promise<string>;
  read(orderId: string): Promise<Sent['json']>;
  until(orderId: string, what: string, isSo: (order: Sent['json']) => boolean): Promise<Sent['json']>;
  untilCaptured(orderId: string): Promise<Sent['json']>;
  /** An order that is paid for, and whose parcels wait at the carrier's desk. */
  paid(options?: PlaceOptions): Promise<string>;
  actionsOf(orderId: string): Promise<readonly Sent['json'][]>;
  /** What the payment provider really did, in order, as `capture succeeded`. */
  moneyMoves(orderId: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface CheckoutOptions {
  /** Of the API. */
  readonly api?: Readonly<Record<string, string>>;
  /** Of the order worker. */
  readonly worker?: Readonly<Record<string, string>>;
  /** What there is besides 10,000 LAMPs on one shelf and 100 on another. */
  readonly items?: Parameters<typeof stockItems>[1];
  /** Whether the providers send their webhooks to the API. @default false */
  readonly hasWebhooks?: boolean;
}

export async function startCheckoutLab(options: CheckoutOptions = {}): Promise<CheckoutLab> {
  // Less than `tok_slow` takes, and enough for everything else on a busy machine.
  const api = await startTestApi({ variables: { CONFIRMATION_DEADLINE_MS: '4000', ...options.api } });
  await addLocations(api.databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 1000, onHand: 10_000 }, ...options.items });
  await expectStatus(
    201,
    api.send('POST', '/v1/inventory/LAMP/adjustments', {
      as: 'admin',
      idempotencyKey: newKey(),
      body: { locationId: 'west', quantity: 100, reason: 'received' },
    }),
  );
  const processes = await startOrderProcesses(
    api.databaseUrl,
    api.environment.TEMPORAL_TASK_QUEUE,
    options.worker,
    options.hasWebhooks === true ? api.url : undefined,
  );
  return createLab(api, processes);
}

function createLab(api: TestApi, processes: OrderProcesses): CheckoutLab {
  const lab: CheckoutLab = {
    api,
    processes,
    place: (options = {}) => place(api, options),
    read: async (orderId) =>
      (await expectStatus(200, api.send('GET', `/v1/orders/${orderId}`, { as: 'viewer' }))).json,
    until: (orderId, what, isSo) =>
      waitFor(
        async () => {
          const order = await lab.read(orderId);
          return isSo(order) ? order : null;
        },
        { timeoutMs: PATIENCE_MS, what: `${what} (${orderId})` },
      ),
    untilCaptured: (orderId) =>
      lab.until(orderId, 'the capture', ({ paymentStatus }) => paymentStatus === 'captured'),
    paid: async (options) => {
      const orderId = await lab.place(options);
      await lab.untilCaptured(orderId);
      return orderId;
    },
    actionsOf: async (orderId) =>
      (await expectStatus(200, api.send('GET', `/v1/ops/orders/${orderId}/actions`, { as: 'viewer' }))).json
        .items,
    moneyMoves: async (orderId) =>
      (await processes.paymentOperations(orderId)).map(({ operation, status }) => `${operation} ${status}`),
    stop: async () => {
      await processes.stop();
      await api.close();
    },
  };
  return lab;
}

async function place(
  api: TestApi,
  {
    as = 'customer',
    units = { LAMP: 3 },
    token = 'tok_visa',
    email,
    postalCode,
    status = 201,
    prepare,
  }: PlaceOptions,
): Promise<string> {
  const good = orderBody({
    customerId: KEYS[as].customerId,
    lines: Object.entries(units).map(([sku, quantity]) => ({ sku, quantity })),
    payment: { method: 'card', token },
    ...(email === undefined ? {} : { contact: { email } }),
  });
  const elsewhere = postalCode === undefined ? {} : { shipTo: { ...(good['shipTo'] as object), postalCode } };
  const idempotencyKey = newKey();
  await prepare?.(deriveId('ord', `key:${as}`, idempotencyKey));
  const request = { as, idempotencyKey, body: { ...good, ...elsewhere } };
  return (await expectStatus(status, api.send('POST', '/v1/orders', request))).json.id;
}
