import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { OrderEvent } from '../../../src/domain/events/event.ts';
import { addLocations, expectStatus, startTestApi, stockItems, type Sent, type TestApi } from './test-api.ts';

jest.setTimeout(60_000);

let api: TestApi;
const ids = Array.from({ length: 23 }, (_, index) => `ord_${String(index).padStart(26, '0')}`);
const ID = ids[0] ?? '';

/** Orders without a workflow: reading is all that is done to them. */
beforeAll(async () => {
  api = await startTestApi();
  await addLocations(api.databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 10, onHand: 0 } });
  for (const [index, orderId] of ids.entries()) {
    await api.repositories.orders.placeAndReject({
      orderId,
      cause: { correlationId: 'test', causationId: 'test' },
      workflowRunId: `run-${index}`,
      principalId: 'key:customer',
      fingerprint: 'f',
      customerId: index % 2 === 0 ? 'cus_1' : 'cus_2',
      currency: 'GBP',
      totalMinor: 10,
      lines: [{ lineId: '1', sku: 'LAMP', quantity: 1, unitPriceMinor: 10 }],
      paymentMethod: 'card',
      shipTo: { name: 'Ada', line1: 'x', city: 'x', postalCode: 'x', country: 'GB' },
      contact: { email: 'ada@example.com' },
      shortLines: [{ lineId: '1', sku: 'LAMP', requested: 1, available: 0 }],
    });
  }
});
afterAll(() => api.close());

const get = (path: string, headers: Record<string, string> = {}): Promise<Sent> =>
  api.send('GET', path, { as: 'viewer', headers });
const idsOf = (sent: Sent): string[] => sent.json.items.map((order: { id: string }) => order.id);

describe('a list of orders', () => {
  it('is read page by page, each order once, the newest first', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? 'limit=5' : `limit=5&cursor=${encodeURIComponent(cursor)}`;
      const page: Sent = await expectStatus(200, get(`/v1/orders?${query}`));
      seen.push(...idsOf(page));
      cursor = page.json.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids.toReversed());
  });

  it('is narrowed by customer, status, attention and time', async () => {
    expect(idsOf(await get('/v1/orders?customerId=cus_2'))).toHaveLength(11);
    expect(idsOf(await get('/v1/orders?status=rejected&limit=100'))).toHaveLength(23);
    expect(idsOf(await get('/v1/orders?status=confirmed'))).toEqual([]);
    expect(idsOf(await get('/v1/orders?attention=true'))).toEqual([]);
    expect(idsOf(await get('/v1/orders?attention=false&limit=100'))).toHaveLength(23);
    const { createdAt } = (await get(`/v1/orders/${ids[10]}`)).json;
    const after = idsOf(await get(`/v1/orders?limit=100&createdAfter=${createdAt}`));
    const before = idsOf(await get(`/v1/orders?limit=100&createdBefore=${createdAt}`));
    expect(after).toContain(ids[10]);
    expect(before).not.toContain(ids[10]);
    expect([...after, ...before].toSorted()).toEqual(ids);
    const withOffset = new Date(createdAt).toISOString().replace('Z', '%2B00:00');
    expect(idsOf(await get(`/v1/orders?limit=100&createdAfter=${withOffset}`))).toEqual(after);
  });
});

describe('an order', () => {
  it('has its version as ETag, and is not sent again to who has it', async () => {
    const first = await expectStatus(200, get(`/v1/orders/${ID}`));
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toBe(`"${first.json.version}"`);
    for (const value of [etag, `W/${etag}`, `"0", ${etag}`, '*']) {
      const again = await expectStatus(304, get(`/v1/orders/${ID}`, { 'if-none-match': value }));
      expect(again.text).toBe('');
      expect(again.headers.get('etag')).toBe(etag);
    }
    await expectStatus(200, get(`/v1/orders/${ID}`, { 'if-none-match': '"999"' }));
  });

  it('is never kept by a cache that does not ask again', async () => {
    expect((await get(`/v1/orders/${ID}`)).headers.get('cache-control')).toBe('private, no-cache');
    expect((await get('/v1/orders')).headers.get('cache-control')).toBe('no-store');
  });

  it('does not tell who gets it', async () => {
    expect((await get(`/v1/orders/${ID}`)).text).not.toContain('Ada');
    expect((await get(`/v1/orders/${ID}/events`)).text).not.toContain('ada@example.com');
  });
});

describe('the events of an order', () => {
  it('are told from a sequence on, and page by page', async () => {
    const all = (await expectStatus(200, get(`/v1/orders/${ID}/events`))).json;
    expect(all).toMatchObject({ items: [{ sequence: 1 }, { sequence: 2 }], nextCursor: null });
    expect((await get(`/v1/orders/${ID}/events?after=1`)).json.items).toEqual([all.items[1]]);
    expect((await get(`/v1/orders/${ID}/events?after=2`)).json.items).toEqual([]);
    const page = (await get(`/v1/orders/${ID}/events?limit=1`)).json;
    expect(page).toMatchObject({ items: [{ sequence: 1 }], nextCursor: '1' });
  });
});

describe('the summary of an order', () => {
  it('is not there before its events have arrived, and then says what they said', async () => {
    await expectStatus(404, get(`/v1/orders/${ID}/summary`));
    const events: readonly OrderEvent[] = await api.repositories.orderReads.events(ID, 0, 10);
    for (const event of events) await api.repositories.projections.apply([event]);
    expect((await expectStatus(200, get(`/v1/orders/${ID}/summary`))).json).toEqual({
      orderId: ID,
      lastSequence: 2,
      status: 'rejected',
      paymentStatus: 'none',
      customerId: 'cus_1',
      currency: 'GBP',
      totalMinor: 10,
      capturedMinor: 0,
      refundedMinor: 0,
      attentionCode: null,
    });
    await expectStatus(404, api.send('GET', `/v1/orders/${ID}/summary`, { as: 'other' }));
  });
});
