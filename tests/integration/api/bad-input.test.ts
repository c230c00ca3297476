import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  addLocations,
  newKey,
  orderBody,
  pointersOf,
  startTestApi,
  stockItems,
  type Sent,
  type SendOptions,
  type TestApi,
} from './test-api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  await addLocations(api.databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 1000, onHand: 0 } });
});
afterAll(() => api.close());

const place = (body: unknown, options: SendOptions = {}): Promise<Sent> =>
  api.send('POST', '/v1/orders', { as: 'admin', idempotencyKey: newKey(), body, ...options });

const shipTo = orderBody()['shipTo'] as Record<string, unknown>;

describe('an order that is not valid is refused, naming the field', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['no customer', { customerId: undefined }, '/customerId'],
    ['a customer with a space', { customerId: 'cus 1' }, '/customerId'],
    ['a customer of 65 characters', { customerId: 'c'.repeat(65) }, '/customerId'],
    ['a currency in lower case', { currency: 'gbp' }, '/currency'],
    ['a currency of four letters', { currency: 'GBPX' }, '/currency'],
    ['no lines', { lines: [] }, '/lines'],
    ['lines that are no array', { lines: { 0: {} } }, '/lines'],
    ['5,001 lines', { lines: Array.from({ length: 5_001 }, () => ({ sku: 'LAMP', quantity: 1 })) }, '/lines'],
    ['a line that is null', { lines: [null] }, '/lines/0'],
    ['a sku that nobody sells', { lines: [{ sku: 'NOPE', quantity: 1 }] }, '/lines/0/sku'],
    ['a sku with a slash', { lines: [{ sku: 'a/b', quantity: 1 }] }, '/lines/0/sku'],
    ['a quantity of 0', { lines: [{ sku: 'LAMP', quantity: 0 }] }, '/lines/0/quantity'],
    ['a negative quantity', { lines: [{ sku: 'LAMP', quantity: -1 }] }, '/lines/0/quantity'],
    ['a fraction', { lines: [{ sku: 'LAMP', quantity: 1.5 }] }, '/lines/0/quantity'],
    ['a quantity as text', { lines: [{ sku: 'LAMP', quantity: '1' }] }, '/lines/0/quantity'],
    ['a quantity above a million', { lines: [{ sku: 'LAMP', quantity: 1_000_001 }] }, '/lines/0/quantity'],
    [
      'a quantity beyond exact integers',
      { lines: [{ sku: 'LAMP', quantity: 2 ** 60 }] },
      '/lines/0/quantity',
    ],
    ['another payment method', { payment: { method: 'cash', token: 't' } }, '/payment/method'],
    ['a token with a space', { payment: { method: 'card', token: 'a b' } }, '/payment/token'],
    ['an unknown country', { shipTo: { ...shipTo, country: 'GBR' } }, '/shipTo/country'],
    ['a name of blanks', { shipTo: { ...shipTo, name: '   ' } }, '/shipTo/name'],
    ['a name with NUL', { shipTo: { ...shipTo, name: 'A\u0000B' } }, '/shipTo/name'],
    ['a name with a line break', { shipTo: { ...shipTo, name: 'A\nB' } }, '/shipTo/name'],
    ['a name with an escape', { shipTo: { ...shipTo, name: 'A\u001b[31mB' } }, '/shipTo/name'],
    ['a name that turns the writing direction', { shipTo: { ...shipTo, name: 'A\u202eB' } }, '/shipTo/name'],
    ['a name with half a surrogate pair', { shipTo: { ...shipTo, name: 'A\ud83d' } }, '/shipTo/name'],
    ['a name of 201 characters', { shipTo: { ...shipTo, name: 'A'.repeat(201) } }, '/shipTo/name'],
    ['an address line that is a number', { shipTo: { ...shipTo, line1: 12 } }, '/shipTo/line1'],
    ['no postal code', { shipTo: { ...shipTo, postalCode: undefined } }, '/shipTo/postalCode'],
    ['no address at all', { shipTo: null }, '/shipTo'],
    ['an e-mail without a domain', { contact: { email: 'ada@' } }, '/contact/email'],
    ['a telephone number of letters', { contact: { email: 'a@b.co', phone: 'call me' } }, '/contact/phone'],
    ['a negative total', { expectedTotalMinor: -1 }, '/expectedTotalMinor'],
    ['a total above the limit', { expectedTotalMinor: 100_000_000_001 }, '/expectedTotalMinor'],
    ['an unknown field', { discount: 1 }, '/discount'],
    ['an unknown field with a slash', { 'a/b': 1 }, '/a~1b'],
    ['an unknown field deep inside', { contact: { email: 'a@b.co', fax: '1' } }, '/contact/fax'],
  ])('%s', async (_name, changes, pointer) => {
    const sent = await place(orderBody(changes));
    expect(sent.status).toBe(400);
    expect(sent.json).toMatchObject({
      code: 'INVALID_ORDER',
      type: '/docs/errors#INVALID_ORDER',
      status: 400,
    });
    expect(pointersOf(sent)).toEqual([pointer]);
    expect(sent.headers.get('content-type')).toBe('application/problem+json');
    expect(sent.json.requestId).toBe(sent.headers.get('x-request-id'));
  });

  it('names every bad field at once', async () => {
    const sent = await place({
      customerId: '',
      currency: 'pounds',
      lines: [
        { sku: 'LAMP', quantity: 0 },
        { sku: '', quantity: 1, colour: 'red' },
      ],
      payment: {},
      contact: { email: 'x' },
      extra: true,
    });
    expect(pointersOf(sent).toSorted()).toEqual(
      [
        '/contact/email',
        '/currency',
        '/customerId',
        '/extra',
        '/lines/0/quantity',
        '/lines/1/colour',
        '/lines/1/sku',
        '/payment/method',
        '/payment/token',
        '/shipTo',
      ].toSorted(),
    );
    const messages = new Map(
      (sent.json.errors as { pointer: string; message: string }[]).map(({ pointer, message }) => [
        pointer,
        message,
      ]),
    );
    expect(messages.get('/shipTo')).toBe('is required');
    expect(messages.get('/lines/0/quantity')).toBe('must be at least 1');
    expect(messages.get('/extra')).toBe('is not a known field');
  });

  it('names each of several skus that cannot be sold, and says why', async () => {
    await api.send('PUT', '/v1/items/GONE', {
      as: 'admin',
      body: { name: 'Gone', prices: [{ amountMinor: 1, currency: 'GBP' }], active: false },
    });
    await api.send('PUT', '/v1/items/EURO', {
      as: 'admin',
      body: { name: 'Euro', prices: [{ amountMinor: 1, currency: 'EUR' }], active: true },
    });
    const skus = ['NOPE', 'LAMP', 'GONE', 'EURO'];
    const sent = await place(orderBody({ lines: skus.map((sku) => ({ sku, quantity: 1 })) }));
    expect(sent.json.errors).toEqual([
      { pointer: '/lines/0/sku', message: 'is not an item of the catalogue' },
      { pointer: '/lines/2/sku', message: 'is not sold any more' },
      { pointer: '/lines/3/sku', message: 'has no price in GBP' },
    ]);
  });

  it('refuses totals that an integer does not hold exactly', async () => {
    const lines = [{ sku: 'LAMP', quantity: 1_000_000, unitPriceMinor: 100_000_000_000 }];
    expect(pointersOf(await place(orderBody({ lines })))).toEqual(['/lines/0/quantity']);
    const line = { sku: 'LAMP', quantity: 80_000, unitPriceMinor: 100_000_000_000 };
    expect(pointersOf(await place(orderBody({ lines: [line, line] })))).toEqual(['/lines']);
  });
});

describe('a card number', () => {
  const CARD = '4242 4242 4242 4242';

  it.each<[string, Record<string, unknown>, string]>([
    ['as a token', { payment: { method: 'card', token: '4242424242424242' } }, '/payment/token'],
    ['in a name', { shipTo: { ...shipTo, name: `Ada ${CARD}` } }, '/shipTo/name'],
    ['in an unknown field', { note: CARD }, '/note'],
    ['as the name of a field', { '4242424242424242': 'x' }, ''],
    [
      'with dashes, deep inside',
      { lines: [{ sku: 'LAMP', quantity: 1, x: { y: [CARD.replaceAll(' ', '-')] } }] },
      '/lines/0/x/y/0',
    ],
  ])('%s is refused, and neither echoed nor logged', async (_name, changes, pointer) => {
    const sent = await place(orderBody(changes));
    expect(sent.status).toBe(400);
    expect(pointersOf(sent)).toContain(pointer);
    for (const text of [sent.text, api.log()]) {
      expect(text).not.toContain('4242424242424242');
      expect(text).not.toContain(CARD);
      expect(text).not.toContain(CARD.replaceAll(' ', '-'));
    }
  });

  it('is refused in every body, and as a sku in an address', async () => {
    const card = '4242424242424242';
    const refund = await api.send('POST', '/v1/orders/ord_00000000000000000000000000/refunds', {
      as: 'admin',
      idempotencyKey: newKey(),
      body: { amountMinor: 1, reason: card },
    });
    expect(pointersOf(refund)).toEqual(['/reason']);
    const item = await api.send('PUT', `/v1/items/${card}`, {
      as: 'admin',
      body: { name: card, prices: [], active: true },
    });
    expect(pointersOf(item)).toEqual(['path:sku', '/name']);
    expect(api.log()).not.toContain(card);
  });

  it('is not taken over as a request id', async () => {
    const sent = await api.send('GET', '/livez', { headers: { 'x-request-id': '4242424242424242' } });
    expect(sent.headers.get('x-request-id')).not.toBe('4242424242424242');
    expect(api.log()).not.toContain('4242424242424242');
  });
});

describe('the logs', () => {
  it('hold no personal data and no credentials of a request that was refused', async () => {
    await place(orderBody({ currency: 'x' }));
    for (const secret of ['ada@example.com', 'Ada Lovelace', 'St James', 'secret-of-admin', 'tok_visa'])
      expect(api.log()).not.toContain(secret);
  });
});

describe('other endpoints name their bad fields', () => {
  const orderPath = '/v1/orders/ord_00000000000000000000000000';

  it.each<[string, string, string, unknown, string[]]>([
    ['a refund of nothing', 'POST', `${orderPath}/refunds`, { reason: 'x' }, ['/amountMinor']],
    [
      'a refund by both',
      'POST',
      `${orderPath}/refunds`,
      { amountMinor: 1, lines: [{ lineId: '1', quantity: 1 }], reason: 'x' },
      ['/amountMinor'],
    ],
    ['a refund of 0', 'POST', `${orderPath}/refunds`, { amountMinor: 0, reason: 'x' }, ['/amountMinor']],
    [
      'a refund that restocks an amount',
      'POST',
      `${orderPath}/refunds`,
      { amountMinor: 1, reason: 'x', restock: true },
      ['/restock'],
    ],
    [
      'a refund with a line twice, and without a reason',
      'POST',
      `${orderPath}/refunds`,
      {
        lines: [
          { lineId: '1', quantity: 1 },
          { lineId: '1', quantity: 1 },
        ],
      },
      ['/reason', '/lines/1/lineId'],
    ],
    [
      'a refund of line 0',
      'POST',
      `${orderPath}/refunds`,
      { lines: [{ lineId: '0', quantity: 1 }], reason: 'x' },
      ['/lines/0/lineId'],
    ],
    ['a cancellation without a reason', 'POST', `${orderPath}/cancel`, {}, ['/reason']],
    [
      'an adjustment of 0',
      'POST',
      '/v1/inventory/LAMP/adjustments',
      { locationId: 'main', quantity: 0, reason: 'x' },
      ['/quantity'],
    ],
    [
      'an adjustment at no location',
      'POST',
      '/v1/inventory/LAMP/adjustments',
      { locationId: 'moon', quantity: 1, reason: 'x' },
      ['/locationId'],
    ],
    [
      'an item with two prices in one currency',
      'PUT',
      '/v1/items/LAMP',
      {
        name: 'x',
        active: true,
        prices: [
          { amountMinor: 1, currency: 'GBP' },
          { amountMinor: 2, currency: 'GBP' },
        ],
      },
      ['/prices/1/currency'],
    ],
    [
      'an item with a bad price and no name',
      'PUT',
      '/v1/items/LAMP',
      { active: 1, prices: [{ amountMinor: -1, currency: 'GBP' }] },
      ['/active', '/name', '/prices/0/amountMinor'],
    ],
    [
      'an item whose sku has a slash',
      'PUT',
      '/v1/items/a%2Fb',
      { name: 'x', active: true, prices: [] },
      ['path:sku'],
    ],
    [
      'an item whose sku has NUL',
      'PUT',
      '/v1/items/a%00b',
      { name: 'x', active: true, prices: [] },
      ['path:sku'],
    ],
  ])('%s', async (_name, method, path, body, pointers) => {
    const sent = await api.send(method, path, { as: 'admin', idempotencyKey: newKey(), body });
    expect(sent.status).toBe(400);
    expect(sent.json.code).toBe('INVALID_REQUEST');
    expect(pointersOf(sent).toSorted()).toEqual(pointers.toSorted());
  });

  it.each<[string, string[]]>([
    ['limit=0', ['query:limit']],
    ['limit=101', ['query:limit']],
    ['limit=ten', ['query:limit']],
    ['limit=1&limit=2', ['query:limit']],
    ['status=lost', ['query:status']],
    ['attention=yes', ['query:attention']],
    ['createdAfter=yesterday', ['query:createdAfter']],
    ['createdAfter=0000-01-01T00:00:00Z', ['query:createdAfter']],
    ['customerId=a%20b', ['query:customerId']],
    ['cursor=x', ['query:cursor']],
    ['colour=red', ['query:colour']],
    ['limit=0&colour=red', ['query:limit', 'query:colour']],
  ])('a list with %s', async (query, pointers) => {
    const sent = await api.send('GET', `/v1/orders?${query}`, { as: 'admin' });
    expect(sent.status).toBe(400);
    expect(pointersOf(sent)).toEqual(pointers);
  });
});

describe('a bulk is refused, naming the bad fields', () => {
  const ORDER = 'ord_00000000000000000000000000';
  const good = { action: 'hold', reason: 'r', orderIds: [ORDER] };
  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['nothing', {}, ['/action', '/reason', '/filter']],
    ['an action that differs from order to order', { ...good, action: 'reroute' }, ['/action']],
    ['no orders', { ...good, orderIds: undefined }, ['/filter']],
    ['orders twice', { ...good, filter: { sku: 'A' } }, ['/filter']],
    ['a filter of nothing', { action: 'hold', reason: 'r', filter: {} }, ['/filter']],
    ['an empty list', { ...good, orderIds: [] }, ['/orderIds']],
    ['an id of another kind', { ...good, orderIds: ['act_1'] }, ['/orderIds/0']],
    ['an order named twice', { ...good, orderIds: [ORDER, ORDER] }, ['/orderIds']],
    ['an order that is not there', good, ['/orderIds/0']],
    [
      'an unknown status',
      { action: 'hold', reason: 'r', filter: { statuses: ['lost'] } },
      ['/filter/statuses/0'],
    ],
    [
      'a time that is none',
      { action: 'hold', reason: 'r', filter: { createdAfter: 'noon' } },
      ['/filter/createdAfter'],
    ],
    [
      'an amount below zero',
      { action: 'hold', reason: 'r', filter: { minTotalMinor: -1 } },
      ['/filter/minTotalMinor'],
    ],
    ['a mail of nothing', { ...good, action: 'resend_notification' }, ['/template']],
    ['a mail of a hold', { ...good, template: 'shipped' }, ['/template']],
    ['no speed', { ...good, perSecond: 0 }, ['/perSecond']],
    ['more speed than is allowed', { ...good, perSecond: 99 }, ['/perSecond']],
    ['a set that no preview told', { ...good, expectedSet: 'x' }, ['/expectedSet']],
    ['a field of another time', { ...good, colour: 'red' }, ['/colour']],
  ])('%s', async (_what, body, pointers) => {
    for (const [query, idempotencyKey] of [
      ['', newKey()],
      ['?dryRun=true', undefined],
    ] as const) {
      const sent = await api.send('POST', `/v1/ops/bulk${query}`, { as: 'admin', idempotencyKey, body });
      expect(sent.status).toBe(400);
      expect(pointersOf(sent)).toEqual(pointers);
    }
  });

  it.each([
    ['limit=0', ['query:limit']],
    ['limit=51', ['query:limit']],
    ['state=lost', ['query:state']],
    ['cursor=x', ['query:cursor']],
  ])('a list of bulks with %s', async (query, pointers) => {
    const sent = await api.send('GET', `/v1/ops/bulk?${query}`, { as: 'admin' });
    expect(sent.status).toBe(400);
    expect(pointersOf(sent)).toEqual(pointers);
  });

  it.each(['', '/pause', '/resume', '/stop', '/decisions'])('one that there is not, at %s', async (part) => {
    for (const id of ['blk_00000000000000000000000000', 'nonsense']) {
      const body = part === '/decisions' ? { decision: 'approve', reason: 'r' } : { reason: 'r' };
      const sent = await api.send(part === '' ? 'GET' : 'POST', `/v1/ops/bulk/${id}${part}`, {
        as: 'admin',
        ...(part === '' ? {} : { idempotencyKey: newKey(), body }),
      });
      expect(sent.status).toBe(404);
    }
  });
});
