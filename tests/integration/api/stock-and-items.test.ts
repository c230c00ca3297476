import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  addLocations,
  expectStatus,
  newKey,
  startTestApi,
  type Sent,
  type SendOptions,
  type TestApi,
} from './test-api.ts';

jest.setTimeout(60_000);

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await addLocations(api.databaseUrl);
});
afterAll(() => api.close());

const item = {
  name: 'Lantern',
  prices: [{ amountMinor: 339, currency: 'GBP' }],
  weightGrams: 250,
  active: true,
};
const putItem = (sku: string, body: unknown = item): Promise<Sent> =>
  api.send('PUT', `/v1/items/${encodeURIComponent(sku)}`, { as: 'operator', body });
const adjust = (sku: string, body: unknown, options: SendOptions = {}): Promise<Sent> =>
  api.send('POST', `/v1/inventory/${sku}/adjustments`, {
    as: 'operator',
    idempotencyKey: newKey(),
    body,
    ...options,
  });
const shelf = async (sku: string): Promise<Record<string, unknown>> =>
  (await expectStatus(200, api.send('GET', `/v1/inventory/${sku}`, { as: 'viewer' }))).json;

describe('an item', () => {
  it('is created, read, and replaced with all its prices', async () => {
    expect((await expectStatus(200, putItem('71053'))).json).toEqual({ sku: '71053', ...item });
    const changed = { ...item, prices: [{ amountMinor: 400, currency: 'EUR' }], active: false };
    await expectStatus(200, putItem('71053', changed));
    const read = await expectStatus(200, api.send('GET', '/v1/items/71053', { as: 'customer' }));
    expect(read.json).toEqual({ sku: '71053', ...changed });
  });

  it('may have a space in its sku, as real shops have them', async () => {
    await expectStatus(200, putItem('BANK CHARGES'));
    expect((await api.send('GET', '/v1/items/BANK%20CHARGES', { as: 'viewer' })).json.sku).toBe(
      'BANK CHARGES',
    );
  });

  it('weighs something when nobody says what', async () => {
    const { weightGrams: _left, ...rest } = item;
    expect((await expectStatus(200, putItem('NOWEIGHT', rest))).json.weightGrams).toBe(500);
  });
});

describe('stock', () => {
  it('is zero at every location at first, and changes by adjustments', async () => {
    await putItem('STOCK1');
    expect(await shelf('STOCK1')).toEqual({
      sku: 'STOCK1',
      onHand: 0,
      reserved: 0,
      available: 0,
      locations: [
        { locationId: 'main', onHand: 0, reserved: 0, available: 0 },
        { locationId: 'west', onHand: 0, reserved: 0, available: 0 },
      ],
    });
    const added = await expectStatus(
      201,
      adjust('STOCK1', { locationId: 'west', quantity: 7, reason: 'receipt' }),
    );
    expect(added.json).toMatchObject({
      sku: 'STOCK1',
      locationId: 'west',
      quantity: 7,
      reason: 'receipt',
      inventory: { onHand: 7 },
    });
    expect(added.json.id).toMatch(/^adj_/);
    await expectStatus(201, adjust('STOCK1', { locationId: 'west', quantity: -2, reason: 'damaged' }));
    expect(await shelf('STOCK1')).toMatchObject({ onHand: 5, available: 5 });
  });

  it('never becomes negative: 409 for that key for ever, and a new key succeeds when stock has come', async () => {
    await putItem('STOCK2');
    await expectStatus(201, adjust('STOCK2', { locationId: 'main', quantity: 3, reason: 'receipt' }));
    const idempotencyKey = newKey();
    const taking = { locationId: 'main', quantity: -4, reason: 'theft' };
    const refused = await expectStatus(409, adjust('STOCK2', taking, { idempotencyKey }));
    expect(refused.json).toMatchObject({ code: 'STOCK_WOULD_BE_NEGATIVE', inventory: { onHand: 3 } });
    await expectStatus(201, adjust('STOCK2', { locationId: 'main', quantity: 1, reason: 'receipt' }));
    expect((await expectStatus(409, adjust('STOCK2', taking, { idempotencyKey }))).text).toBe(refused.text);
    expect(await shelf('STOCK2')).toMatchObject({ onHand: 4 });
    await expectStatus(201, adjust('STOCK2', taking));
    expect(await shelf('STOCK2')).toMatchObject({ onHand: 0 });
  });

  it('changes once for fifty equal requests at once, which get one answer', async () => {
    await putItem('STOCK3');
    const idempotencyKey = newKey();
    const body = { locationId: 'main', quantity: 10, reason: 'receipt' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => adjust('STOCK3', body, { idempotencyKey })),
    );
    expect(new Set(answers.map((sent) => sent.status))).toEqual(new Set([201]));
    expect(new Set(answers.map((sent) => sent.text)).size).toBe(1);
    expect(await shelf('STOCK3')).toMatchObject({ onHand: 10 });
  });

  it('changes by one of two bodies that share a key at once; the other is answered 422 and does nothing', async () => {
    await putItem('STOCK4');
    for (let round = 0; round < 10; round += 1) {
      const before = (await shelf('STOCK4'))['onHand'] as number;
      const idempotencyKey = newKey();
      const answers = await Promise.all(
        [1, 100].map((quantity) =>
          adjust('STOCK4', { locationId: 'main', quantity, reason: 'receipt' }, { idempotencyKey }),
        ),
      );
      expect(answers.map((sent) => sent.status).toSorted()).toEqual([201, 422]);
      const taken = answers.find((sent) => sent.status === 201)?.json.quantity as number;
      expect((await shelf('STOCK4'))['onHand']).toBe(before + taken);
    }
  });

  it('of one item does not change by a key that was used for another', async () => {
    await putItem('STOCK5');
    const idempotencyKey = newKey();
    const body = { locationId: 'main', quantity: 1, reason: 'receipt' };
    await expectStatus(201, adjust('STOCK3', body, { idempotencyKey }));
    await expectStatus(422, adjust('STOCK5', body, { idempotencyKey }));
    expect(await shelf('STOCK5')).toMatchObject({ onHand: 0 });
  });

  it('of an unknown item is answered 404', async () => {
    await expectStatus(404, adjust('NOPE', { locationId: 'main', quantity: 1, reason: 'x' }));
  });
});

describe('locations', () => {
  it('are listed, the preferred one first', async () => {
    const sent = await expectStatus(200, api.send('GET', '/v1/locations', { as: 'viewer' }));
    expect(sent.json).toEqual({
      items: [
        { id: 'main', name: 'Main' },
        { id: 'west', name: 'West' },
      ],
    });
  });
});
