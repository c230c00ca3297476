/** What the console asks of the service beside what everybody asks. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { stack, waitFor } from '../../support/stack.ts';
import {
  addLocations,
  expectStatus,
  keyOf,
  startTestApi,
  stockItems,
  type KeyName,
  type Sent,
  type TestApi,
} from './test-api.ts';

jest.setTimeout(120_000);

const ids = Array.from({ length: 7 }, (_, index) => `ord_${String(index).padStart(26, '0')}`);

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    variables: { CONSOLE_DIRECTORY: stack().env['CONSOLE_DIRECTORY'] ?? 'none' },
  });
  await addLocations(api.databaseUrl);
  await stockItems(api, {
    LAMP: { amountMinor: 10, onHand: 0 },
    'LAMP-2': { amountMinor: 10, onHand: 0 },
    'lamp-3': { amountMinor: 10, onHand: 0 },
    SHADE: { amountMinor: 10, onHand: 0 },
  });
  for (const [index, orderId] of ids.entries()) {
    await api.repositories.orders.placeAndReject({
      orderId,
      cause: { correlationId: 'test', causationId: 'test' },
      workflowRunId: `run-${index}`,
      principalId: 'key:customer',
      fingerprint: 'f',
      customerId: index % 2 === 0 ? 'cus_1' : 'cus_2',
      currency: 'GBP',
      totalMinor: 10 + (index % 3),
      lines: [{ lineId: '1', sku: 'LAMP', quantity: 1, unitPriceMinor: 10 + (index % 3) }],
      paymentMethod: 'card',
      shipTo: { name: 'Ada', line1: 'x', city: 'x', postalCode: 'x', country: 'GB' },
      contact: { email: `Ada${index % 2}@Example.com` },
      shortLines: [{ lineId: '1', sku: 'LAMP', requested: 1, available: 0 }],
    });
  }
});
afterAll(() => api?.close());

const idsOf = (sent: Sent): string[] => sent.json.items.map((order: { id: string }) => order.id);
const search = (body: unknown, as: KeyName = 'operator'): Promise<Sent> =>
  api.send('POST', '/v1/ops/orders/search', { as, body });

describe('who is calling', () => {
  it('is told with the role and what it may do', async () => {
    const { json } = await expectStatus(200, api.send('GET', '/v1/ops/me', { as: 'viewer' }));
    expect(json).toMatchObject({ principal: 'key:viewer', role: 'viewer' });
    expect(json.permissions).toContain('orders:search');
    expect(json.permissions).not.toContain('orders:cancel');
  });
});

describe('a search of orders', () => {
  it('finds those of a mail address, in any case of letters and not by a part of it', async () => {
    const found = await expectStatus(200, search({ by: 'email', email: 'ADA1@example.COM' }));
    expect(idsOf(found)).toEqual([ids[5], ids[3], ids[1]]);
    expect(found.json.total).toBe(3);
    expect((await search({ by: 'email', email: 'ada1@example' })).json).toEqual({ items: [], total: 0 });
  });

  it('by a mail address is for those who may look for people, and is written to no log', async () => {
    const refused = await search({ by: 'email', email: 'ada1@example.com' }, 'viewer');
    expect(refused.json).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(refused.json.detail).toContain('orders:search-by-mail');
    expect(api.log().toLowerCase()).not.toContain('ada1@');
  });

  it('finds those of an amount', async () => {
    expect(idsOf(await search({ by: 'amount', amountMinor: 11 }, 'viewer'))).toEqual([ids[4], ids[1]]);
  });

  it('finds the one of a parcel', async () => {
    await api.database.query(
      'test.parcel',
      sql`INSERT INTO shipments (id, order_id, location_id, status, carrier, tracking_number)
        VALUES ('shp_1', ${ids[2]}, 'main', 'booked', 'post', 'TRK 1')`,
    );
    expect(idsOf(await search({ by: 'trackingNumber', trackingNumber: 'TRK 1' }, 'viewer'))).toEqual([
      ids[2],
    ]);
    expect(idsOf(await search({ by: 'trackingNumber', trackingNumber: 'TRK' }, 'viewer'))).toEqual([]);
  });

  it('refuses what it cannot look for', async () => {
    for (const body of [{ by: 'name', name: 'Ada' }, { by: 'amount' }, { by: 'email', email: '' }])
      expect((await search(body)).json).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
  });
});

describe('an export of orders', () => {
  const get = (query: string): Promise<Sent> =>
    expectStatus(200, api.send('GET', `/v1/ops/orders/export?${query}`, { as: 'viewer' }));
  const linesOf = ({ text }: Sent): string[] => text.trim().split('\r\n').slice(1);

  it('has a line for each order that the list has, in the same order', async () => {
    const sent = await get('');
    expect(sent.headers.get('content-type')).toContain('text/csv');
    expect(sent.headers.get('content-disposition')).toBe('attachment; filename="orders.csv"');
    expect(linesOf(sent).map((line) => line.split(',')[0])).toEqual(ids.toReversed());
    expect(linesOf(sent)[0]).toMatch(/,rejected,none,,cus_1,GBP,10,0,0$/);
  });

  it('is narrowed as the list is, and ends where it is told to', async () => {
    expect(linesOf(await get('customerId=cus_2'))).toHaveLength(3);
    expect(linesOf(await get('status=confirmed'))).toEqual([]);
    expect(linesOf(await get('limit=2'))).toHaveLength(2);
    expect((await api.send('GET', '/v1/ops/orders/export?limit=10001', { as: 'viewer' })).status).toBe(400);
  });
});

describe('a list of items', () => {
  const list = async (query: string): Promise<Sent['json']> =>
    (await expectStatus(200, api.send('GET', `/v1/items?${query}`, { as: 'viewer' }))).json;
  const skusOf = (page: { items: { sku: string }[] }): string[] => page.items.map(({ sku }) => sku);

  it('has those whose sku begins so, page by page', async () => {
    expect(skusOf(await list('skuPrefix=LAMP'))).toEqual(['LAMP', 'LAMP-2']);
    const first = await list('limit=3');
    expect(skusOf(first)).toEqual(['LAMP', 'LAMP-2', 'SHADE']);
    const second = await list(`limit=3&cursor=${first.nextCursor}`);
    expect([skusOf(second), second.nextCursor]).toEqual([['lamp-3'], null]);
  });
});

describe('the stream of the present', () => {
  const listen = async (events: number): Promise<readonly Sent['json'][]> => {
    const { text } = await expectStatus(
      200,
      api.send('GET', `/v1/ops/now/stream?events=${events}`, { as: 'viewer' }),
    );
    return text
      .split('\n')
      .filter((line) => line.startsWith('data:'))
      .map((line) => JSON.parse(line.slice('data:'.length)) as unknown);
  };

  it('begins with the last five minutes, and goes on with every second that is over', async () => {
    const [first, second] = await listen(2);
    expect(first.points).toHaveLength(300);
    expect(first).toMatchObject({ attention: 0, inFlight: { placed: 0, shipped: 0 } });
    expect(first.outbox.waiting).toBe(2 * ids.length);
    expect(Object.keys(first.inFlight)).not.toContain('completed');
    const all = [...first.points, ...second.points];
    const seconds = all.map(({ at }: { at: string }) => Date.parse(at) / 1000);
    expect(seconds).toEqual(seconds.map((_, index) => (seconds[0] ?? 0) + index));
  });

  it('counts every order in the second in which it was placed', async () => {
    const sum = await waitFor(
      async () => {
        const [{ points }] = await listen(1);
        const total = points.reduce((counted: number, { orders }: { orders: number }) => counted + orders, 0);
        return total < ids.length ? null : (total as number);
      },
      { timeoutMs: 60_000, what: 'the second to be over in which the orders were placed' },
    );
    expect(sum).toBe(ids.length);
  });

  it('says how many of the newest orders the read model lags behind', async () => {
    const lag = await waitFor(
      async () => {
        const [{ readModel }] = await listen(1);
        return readModel.behind === ids.length ? readModel : null;
      },
      { timeoutMs: 60_000, what: 'all orders to be missed, which nobody makes a read model of' },
    );
    expect(lag.oldestAgeMs).toBeGreaterThan(5_000);
  });

  it('says what the newest orders ask of other companies, and how long answers take', async () => {
    const [orderId = ''] = ids;
    const operations = [
      ['authorize', '300 milliseconds'],
      ['capture', '700 milliseconds'],
      ['book', null],
    ] as const;
    for (const [kind, took] of operations)
      await api.database.query(
        'test.operation',
        sql`INSERT INTO provider_operations (key, order_id, kind, status, created_at, settled_at)
        VALUES (${`${orderId}:${kind}:seen`}, ${orderId}, ${kind}, ${took === null ? 'pending' : 'succeeded'},
          now() - interval '1 minute', now() - interval '1 minute' + ${took}::interval)`,
      );
    // They are read anew some seconds after somebody has last looked.
    const steps = await waitFor(
      async () => {
        const [first] = await listen(1);
        return first.steps.length === operations.length ? first.steps : null;
      },
      { timeoutMs: 60_000, what: 'the three steps to be seen' },
    );
    expect(steps).toEqual([
      { step: 'authorize', answered: 1, p50Ms: 300, p95Ms: 300, waiting: 0, oldestAgeMs: null },
      { step: 'book', answered: 0, p50Ms: null, p95Ms: null, waiting: 1, oldestAgeMs: expect.any(Number) },
      { step: 'capture', answered: 1, p50Ms: 700, p95Ms: 700, waiting: 0, oldestAgeMs: null },
    ]);
    await api.database.query('test.forget', sql`DELETE FROM provider_operations WHERE key LIKE '%:seen'`);
  });

  it('says how many order workers there are, and what waits for them', async () => {
    const workers = await waitFor(async () => (await listen(1))[0].workers as unknown, {
      timeoutMs: 60_000,
      what: 'Temporal to say',
    });
    // Nobody works on the task queue of this test.
    expect(workers).toEqual({ processes: 0, waiting: 0, oldestAgeMs: null, perSecond: 0 });
  });

  it('looks once a second for all who watch, and not when nobody does', async () => {
    const streams = await Promise.all([listen(2), listen(2), listen(2)]);
    const [shown, ...others] = streams.map(([, second]) => JSON.stringify(second.points));
    expect(new Set(others)).toEqual(new Set([shown]));
  });
});

describe('the count of what calls a person', () => {
  it('is by severity, and counts causes', async () => {
    const count = async (): Promise<unknown> =>
      (await expectStatus(200, api.send('GET', '/v1/ops/attention/counts', { as: 'viewer' }))).json;
    expect(await count()).toEqual({ critical: 0, high: 0, medium: 0, low: 0 });
    for (const code of ['CAPTURE_UNRESOLVED', 'WORKFLOW_ASTRAY', 'SHIPMENT_LATE'] as const)
      await api.repositories.orders.raiseAttention({
        orderId: ids[0] ?? '',
        cause: { correlationId: 'test', causationId: 'test' },
        code,
        message: 'for the test',
        raisedBy: 'test',
      });
    expect(await count()).toEqual({ critical: 1, high: 0, medium: 2, low: 0 });
    for (const code of ['CAPTURE_UNRESOLVED', 'WORKFLOW_ASTRAY', 'SHIPMENT_LATE'] as const)
      await api.repositories.orders.clearAttention({
        orderId: ids[0] ?? '',
        cause: { correlationId: 'test', causationId: 'test' },
        code,
      });
    expect(await count()).toEqual({ critical: 0, high: 0, medium: 0, low: 0 });
  });
});

describe('the console', () => {
  it('is one page that may load nothing from elsewhere, and files that are kept for ever', async () => {
    const page = await expectStatus(200, api.send('GET', '/console'));
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(page.headers.get('cache-control')).toBe('no-store');
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    const assets = files.filter((address) => !address.startsWith('data:'));
    expect(assets.length).toBeGreaterThan(1);
    for (const address of assets) {
      expect(address).toMatch(/^\/console\/assets\/[\w-]+\.(js|css)$/);
      const file = await expectStatus(200, api.send('GET', address));
      expect(file.headers.get('cache-control')).toContain('immutable');
    }
    expect(page.text).not.toMatch(/<script[^>]*>[^<]/);
  });

  it('has no other files', async () => {
    for (const name of ['nothing.js', '..%2Findex.html', '.env'])
      expect((await api.send('GET', `/console/assets/${name}`)).status).toBe(404);
  });

  it('says how to build it where there is none', async () => {
    const bare = await startTestApi({ variables: { CONSOLE_DIRECTORY: '/nonexistent' } });
    try {
      const sent = await bare.send('GET', '/console');
      expect(sent.json).toMatchObject({ status: 404, code: 'NOT_FOUND' });
      expect(sent.json.detail).toContain('node console/build.main.ts');
    } finally {
      await bare.close();
    }
  });

  it('is read with a key as all that is protected', async () => {
    expect((await fetch(`${api.url}/v1/ops/now/stream`)).status).toBe(401);
    const headers = { authorization: `Bearer ${keyOf('customer')}` };
    expect((await fetch(`${api.url}/v1/ops/now/stream`, { headers })).status).toBe(403);
  });
});
