import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { stack, waitFor } from '../../support/stack.ts';
import { runJson, runTool } from './run-tool.ts';

jest.setTimeout(60_000);

const SKU = 'CLI-LANTERN';
const CUSTOMER = 'cus_cli';

interface OrderAnswer {
  readonly id: string;
  readonly status: string;
  readonly paymentStatus: string;
}

async function call(method: string, url: string, key: string, body?: unknown): Promise<Response> {
  return fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** An order of two lines, 2 and 1 units, whose parcel stays in the house unless it may leave. */
async function placeOrder(mayLeave: boolean): Promise<OrderAnswer> {
  const { apiUrl, carrierUrl, keys } = stack();
  const response = await call('POST', `${apiUrl}/v1/orders`, keys.operator, {
    customerId: CUSTOMER,
    currency: 'GBP',
    lines: [
      { sku: SKU, quantity: 2 },
      { sku: SKU, quantity: 1 },
    ],
    payment: { method: 'card', token: 'tok_visa' },
    shipTo: { name: 'A', line1: '1 Example Street', city: 'Leeds', postalCode: 'LS1 1UR', country: 'GB' },
    contact: { email: 'cli@example.com' },
  });
  expect([201, 202]).toContain(response.status);
  const order = (await response.json()) as OrderAnswer;
  if (!mayLeave) {
    const speed = { shippedAfterMs: 3_600_000, deliveredAfterMs: 3_600_000, orderId: order.id };
    expect((await call('PUT', `${carrierUrl}/control/speed`, keys.operator, speed)).status).toBe(200);
  }
  return order;
}

/** Waits until the order is captured. */
function captured(orderId: string): Promise<true> {
  const { apiUrl, keys } = stack();
  return waitFor(
    async () => {
      const response = await call('GET', `${apiUrl}/v1/orders/${orderId}`, keys.operator);
      return ((await response.json()) as OrderAnswer).paymentStatus === 'captured';
    },
    { what: 'the capture', timeoutMs: 30_000 },
  );
}

beforeAll(async () => {
  const put = await runJson(
    'items',
    'put',
    SKU,
    '--name',
    'Paper lantern',
    '--price',
    'GBP=255',
    '--weight',
    '40',
  );
  expect(put).toMatchObject({
    exitCode: 0,
    json: { sku: SKU, prices: [{ amountMinor: 255, currency: 'GBP' }], weightGrams: 40, active: true },
  });
  const words = [
    'inventory',
    'adjust',
    SKU,
    '--location',
    'main',
    '--quantity',
    '+500',
    '--reason',
    'received',
  ];
  expect(await runTool(...words)).toMatchObject({ exitCode: 0 });
});

describe('items and inventory', () => {
  test('shows an item to a person and to a program', async () => {
    const { stdout } = await runTool('items', 'show', SKU);
    expect(stdout).toMatch(/Paper lantern[\s\S]*£2\.55[\s\S]*40 g/);
    expect((await runJson('items', 'show', SKU)).json).toMatchObject({ name: 'Paper lantern' });
  });

  test('shows stock per location', async () => {
    const { exitCode, stdout } = await runTool('inventory', 'show', SKU);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/main[\s\S]*west[\s\S]*all/);
  });

  test('adjusts once however often it is repeated with its key', async () => {
    const words = [
      'inventory',
      'adjust',
      SKU,
      '--location',
      'west',
      '--quantity',
      '7',
      '--reason',
      'received',
    ];
    const key = randomUUID();
    const first = await runJson(...words, '--idempotency-key', key);
    const second = await runJson(...words, '--idempotency-key', key);
    expect(second.json).toEqual(first.json);
    const { json } = await runJson('inventory', 'show', SKU);
    expect(json).toMatchObject({
      locations: expect.arrayContaining([expect.objectContaining({ locationId: 'west', onHand: 7 })]),
    });
  });

  test('ends with 1 and the reason when more would be taken than is there', async () => {
    const words = [
      'inventory',
      'adjust',
      SKU,
      '--location',
      'west',
      '--quantity',
      '-5000',
      '--reason',
      'broken',
    ];
    const { exitCode, json, stderr } = await runJson(...words);
    expect(exitCode).toBe(1);
    expect(json).toMatchObject({ error: { code: 'STOCK_WOULD_BE_NEGATIVE', status: 409 } });
    expect(stderr).toContain('STOCK_WOULD_BE_NEGATIVE, HTTP 409');
  });

  test('ends with 1 for an item that is not there', async () => {
    const { exitCode, json } = await runJson('inventory', 'show', 'NO-SUCH-ITEM');
    expect(exitCode).toBe(1);
    expect(json).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });
});

describe('waiting rooms', () => {
  test('are put, shown and listed, and refused for items that are not there', async () => {
    const item = 'CLI-GUARDED';
    await runJson('items', 'put', item, '--name', 'Guarded lantern', '--price', 'GBP=100');
    const words = ['waiting-rooms', 'put', 'cli-sale', '--name', 'Lantern sale', '--rate', '0.5'];
    const put = await runJson(...words, '--sku', item);
    expect(put).toMatchObject({ exitCode: 0, json: { id: 'cli-sale', skus: [item], opensAt: null } });
    const { json } = await runJson('waiting-rooms', 'show', 'cli-sale');
    expect(json).toMatchObject({
      state: 'open',
      admissionsPerSecond: 0.5,
      waiting: 0,
      admitted: 0,
      bought: 0,
    });
    expect((await runTool('waiting-rooms', 'show', 'cli-sale')).stdout).toMatch(
      /Lantern sale[\s\S]*0\.5 a second/,
    );
    expect((await runTool('waiting-rooms', 'list')).stdout).toMatch(/cli-sale.*Lantern sale.*open/);
    const refused = await runJson(...words, '--sku', 'NO-SUCH-ITEM');
    expect(refused).toMatchObject({ exitCode: 1, json: { error: { code: 'INVALID_REQUEST' } } });
  });
});

describe('orders', () => {
  test('are listed for a customer, page after page', async () => {
    const placed = [await placeOrder(true), await placeOrder(true), await placeOrder(true)];
    const { json } = await runJson('orders', 'list', '--customer', CUSTOMER, '--all');
    const ids = (json as { items: OrderAnswer[] }).items.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(placed.map(({ id }) => id)));

    const few = await runJson('orders', 'list', '--customer', CUSTOMER, '--limit', '2');
    expect(few.json).toMatchObject({ nextCursor: expect.any(String) });
    expect((few.json as { items: OrderAnswer[] }).items).toHaveLength(2);

    const { stdout } = await runTool('orders', 'list', '--customer', CUSTOMER, '--limit', '2');
    expect(stdout).toMatch(/£7\.65[\s\S]*There are more/);
  });

  test('are shown with their lines', async () => {
    const { id } = await placeOrder(true);
    const { exitCode, stdout } = await runTool('orders', 'show', id);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(id);
    expect(stdout).toMatch(/Paper lantern[\s\S]*£5\.10/);
    expect((await runJson('orders', 'show', id)).json).toMatchObject({ id, customerId: CUSTOMER });
  });

  test('tell their events without a gap', async () => {
    const { id } = await placeOrder(false);
    await captured(id);
    const { json } = await runJson('orders', 'events', id);
    const { items } = json as { items: { sequence: number; type: string }[] };
    expect(items.map(({ sequence }) => sequence)).toEqual(items.map((_, index) => index + 1));
    expect(items[0]?.type).toBe('commerce.order.placed.v1');
    const after = await runJson('orders', 'events', id, '--after', '2');
    expect((after.json as { items: { sequence: number }[] }).items[0]?.sequence).toBe(3);
    expect((await runTool('orders', 'events', id)).stdout).toContain('commerce.payment.captured.v1');
  });

  test('are cancelled while they are in the house', async () => {
    const { id } = await placeOrder(false);
    await captured(id);
    const words = ['orders', 'cancel', id, '--reason', 'customer_request', '--note', 'by telephone'];
    const { exitCode, json, stderr } = await runJson(...words);
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ id, status: expect.stringMatching(/^cancell(ed|ing)$/) });
    expect(stderr).toContain('--idempotency-key saga-');
  });

  test('are refunded by lines and by amount, and never twice with one key', async () => {
    const { id } = await placeOrder(false);
    await captured(id);
    const words = ['orders', 'refund', id, '--line', '1:1', '--line', '2:1', '--reason', 'damaged'];
    const key = randomUUID();
    const first = await runJson(...words, '--idempotency-key', key);
    expect(first).toMatchObject({
      exitCode: 0,
      json: { status: 'succeeded', amount: { amountMinor: 510, currency: 'GBP' }, reason: 'damaged' },
    });
    expect((await runJson(...words, '--idempotency-key', key)).json).toEqual(first.json);

    const rest = await runTool('orders', 'refund', id, '--amount', '255', '--reason', 'goodwill');
    expect(rest).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('£2.55') });

    const tooMuch = await runJson('orders', 'refund', id, '--amount', '1', '--reason', 'goodwill');
    expect(tooMuch).toMatchObject({ exitCode: 1, json: { error: { code: 'NOT_REFUNDABLE' } } });

    const ledger = await runJson('orders', 'ledger', id);
    expect(ledger).toMatchObject({ exitCode: 0, json: { orderId: id } });
    const { journals } = ledger.json as { journals: { kind: string }[] };
    expect(journals.map(({ kind }) => kind)).toEqual([
      'authorize',
      'capture',
      'refund_requested',
      'refund',
      'refund_requested',
      'refund',
    ]);
    const read = await runTool('orders', 'ledger', id);
    expect(read.stdout).toMatch(/refund\b.*refunds_due.*£2\.55/);
    const balances = await runTool('ledger', 'balances');
    expect(balances).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/cash_at_provider.*GBP.*£/),
    });
    const { items } = (await runJson('ledger', 'balances')).json as {
      items: { amount: { amountMinor: number; currency: string } }[];
    };
    const gbp = items.filter(({ amount }) => amount.currency === 'GBP');
    expect(gbp.reduce((sum, { amount }) => sum + amount.amountMinor, 0)).toBe(0);
  });

  test('that do not exist end with 1', async () => {
    const { exitCode, json } = await runJson('orders', 'show', 'ord_00000000000000000000000000');
    expect(exitCode).toBe(1);
    expect(json).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });
});

describe('an action upon an order', () => {
  test('is said beforehand, done, and listed with who did it and why', async () => {
    const { id } = await placeOrder(false);
    await captured(id);
    const refund = ['orders', 'refund', id, '--amount', '255', '--reason', 'damaged'];
    const before = await runTool(...refund, '--dry-run');
    expect(before).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/go back to the customer/) });
    const { apiUrl, keys } = stack();
    const unchanged = await call('GET', `${apiUrl}/v1/orders/${id}`, keys.operator);
    expect(((await unchanged.json()) as OrderAnswer).paymentStatus).toBe('captured');
    expect(await runTool(...refund)).toMatchObject({ exitCode: 0 });
    const { stdout } = await runTool('actions', 'list', '--order', id);
    expect(stdout).toMatch(/refund[\s\S]*damaged[\s\S]*done|refund[\s\S]*done[\s\S]*damaged/);
  });

  test('that is not possible is refused with what is possible instead', async () => {
    const { id } = await placeOrder(false);
    await captured(id);
    const held = await runTool('orders', 'hold', id, '--reason', 'fraud_suspected', '--dry-run');
    expect(held.exitCode).toBe(1);
    expect(held.stderr).toMatch(/Possible instead: .*cancel/);
  });
});
