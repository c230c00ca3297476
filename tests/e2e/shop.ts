/** A shop that speaks to the running stack over HTTP, and looks at what the world outside saw of it. */
import { randomUUID } from 'node:crypto';
import { deriveId } from '../../src/api/http/derived-id.ts';
import { stack, waitFor } from '../support/stack.ts';
import { checkInvariants } from '../support/invariants.ts';

interface MoneyAnswer {
  readonly amountMinor: number;
  readonly currency: string;
}

/** What these tests read of an order or of a problem; the answers have more. */
export interface AnswerBody {
  readonly id: string;
  readonly version: number;
  readonly status: string | number;
  readonly paymentStatus: string;
  readonly code?: string;
  readonly declineReason?: string;
  readonly lines?: unknown;
  readonly totals: { readonly total: MoneyAnswer; readonly refunded: MoneyAnswer };
  readonly shipments: readonly { readonly status: string }[];
  readonly items: readonly { readonly type: string; readonly sequence: number }[];
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: AnswerBody;
}

export const addresses = stack();

export async function call(
  method: string,
  path: string,
  options: { body?: unknown; key?: string; idempotencyKey?: string } = {},
): Promise<Answer> {
  const response = await fetch(`${addresses.apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${options.key ?? addresses.keys.operator}`,
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
    },
    body: options.body === undefined ? null : JSON.stringify(options.body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as AnswerBody };
}

/** An item of its own for each test, so that its stock can be counted. */
export async function stockedItem(onHand: Record<string, number>, amountMinor = 1000): Promise<string> {
  const sku = `T-${randomUUID().slice(0, 8)}`;
  const put = await call('PUT', `/v1/items/${sku}`, {
    body: {
      name: `Test item ${sku}`,
      prices: [{ amountMinor, currency: 'GBP' }],
      weightGrams: 200,
      active: true,
    },
    key: addresses.keys.admin,
  });
  if (put.status !== 200) throw new Error(put.text);
  for (const [locationId, quantity] of Object.entries(onHand)) {
    const adjusted = await call('POST', `/v1/inventory/${sku}/adjustments`, {
      body: { locationId, quantity, reason: 'opening stock' },
      key: addresses.keys.admin,
      idempotencyKey: randomUUID(),
    });
    if (adjusted.status !== 201) throw new Error(adjusted.text);
  }
  return sku;
}

interface OrderOptions {
  readonly quantity?: number;
  readonly token?: string;
  readonly customerId?: string;
  readonly idempotencyKey?: string;
}

/** The body of a request that places an order. */
export function orderBody(sku: string, options: OrderOptions = {}): Record<string, unknown> {
  return {
    customerId: options.customerId ?? 'cus_e2e',
    currency: 'GBP',
    lines: [{ sku, quantity: options.quantity ?? 2 }],
    payment: { method: 'card', token: options.token ?? 'tok_visa' },
    shipTo: { name: 'Ada Byron', line1: '1 Test Row', city: 'Leeds', postalCode: 'LS1 1UR', country: 'GB' },
    contact: { email: `${options.customerId ?? 'cus_e2e'}@example.com` },
  };
}

/** Repeats a request, with the same key, while the service cannot take it at that moment. */
export function place(sku: string, options: OrderOptions = {}): Promise<Answer> {
  return placeWhile([503], sku, options);
}

/** Repeats it also while the order is still being decided, which a busy machine may take long for. */
export function placeDecided(sku: string, options: OrderOptions = {}): Promise<Answer> {
  return placeWhile([202, 503], sku, options);
}

function placeWhile(undecided: readonly number[], sku: string, options: OrderOptions): Promise<Answer> {
  const request = { body: orderBody(sku, options), idempotencyKey: options.idempotencyKey ?? randomUUID() };
  return waitFor(
    async () => {
      const answer = await call('POST', '/v1/orders', request);
      const isUnderWay = answer.body.code === 'REQUEST_IN_PROGRESS';
      return isUnderWay || undecided.includes(answer.status) ? null : answer;
    },
    { timeoutMs: 60_000, what: 'the order to be decided' },
  );
}

export async function waitForStatus(orderId: string, status: string): Promise<AnswerBody> {
  return waitFor(
    async () => {
      const { body } = await call('GET', `/v1/orders/${orderId}`);
      return body.status === status ? body : null;
    },
    { timeoutMs: 60_000, what: `order ${orderId} to be ${status}` },
  );
}

export async function eventsOf(orderId: string): Promise<AnswerBody['items']> {
  const { body } = await call('GET', `/v1/orders/${orderId}/events`);
  return body.items;
}

export async function paymentOperations(
  orderId: string,
): Promise<{ operation: string; status: string; amountMinor: number }[]> {
  const response = await fetch(`${addresses.paymentProviderUrl}/control/operations?orderId=${orderId}`);
  const body = (await response.json()) as unknown;
  return (Array.isArray(body) ? body : (body as { items: unknown[] }).items) as {
    operation: string;
    status: string;
    amountMinor: number;
  }[];
}

export async function inventory(sku: string): Promise<AnswerBody> {
  const { body } = await call('GET', `/v1/inventory/${sku}`);
  return body;
}

export async function mailsTo(address: string): Promise<{ subject: string; text: string }[]> {
  const response = await fetch(`${addresses.mailUrl}/api/messages?to=${encodeURIComponent(address)}`);
  return ((await response.json()) as { items: { subject: string; text: string }[] }).items;
}

/** Every invariant that the database alone can show, over all orders so far. */
export function brokenInvariants(): Promise<string[]> {
  return checkInvariants(addresses.databaseUrl);
}

/**
 * Keeps the parcels of one order at the carrier's desk. The order need not be there yet: its id follows from who places it
 * and the Idempotency-Key, so nobody else's parcels are held up.
 * @returns the order's id
 */
export async function holdParcelsOf(idempotencyKey: string): Promise<string> {
  const orderId = deriveId('ord', 'key:demo-operator', idempotencyKey);
  const response = await fetch(`${addresses.carrierUrl}/control/speed`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ orderId, shippedAfterMs: 3_600_000 }),
  });
  if (!response.ok) throw new Error(`The carrier answered ${response.status}: ${await response.text()}`);
  return orderId;
}
