/** Requests that are wrong as requests, whatever they ask for. */
import { request as httpRequest, type ClientRequest } from 'node:http';
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

/** Of an order that is sent in a way that `fetch` does not. */
function statusOf(
  idempotencyKey: string | string[],
  write: (request: ClientRequest) => void,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${api.url}/v1/orders`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer secret-of-admin',
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
      },
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    write(request);
  });
}

describe('a body that is poison', () => {
  it.each<[string, string]>([
    ['a million opening brackets', '['.repeat(1_000_000)],
    ['deep arrays', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['deep objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
    ['a number beyond all', '{"currency":1e400}'],
    ['the prototype', '{"__proto__":{"customerId":"cus_1"}}'],
    ['a constructor', '{"constructor":{"prototype":{}}}'],
    ['null', 'null'],
    ['an array', '[]'],
    ['text', '"order"'],
    ['nothing', ''],
    ['half a document', '{"customerId":'],
    ['two documents', '{}{}'],
    ['NaN', '{"currency":NaN}'],
  ])('%s is answered 400', async (_name, body) => {
    const sent = await place(body);
    expect(sent.status).toBe(400);
    expect(sent.json.errors.length).toBeGreaterThan(0);
  });

  it('bytes that are not UTF-8 are answered 400', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"customerId":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    expect((await place(bytes)).json.errors).toEqual([
      { pointer: '', message: 'is not valid JSON in UTF-8' },
    ]);
  });

  it('70,000 unknown fields do not make a huge answer', async () => {
    const body = Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`f${index}`, 1]));
    const sent = await place(body);
    expect(sent.status).toBe(400);
    expect(sent.json.errors).toHaveLength(20_000);
    expect(sent.json.errorsLeftOut).toBeGreaterThan(50_000);
  });

  it('an unknown field with a name of 900,000 characters is not sent back', async () => {
    const sent = await place({ ['x'.repeat(900_000)]: 1 });
    expect(sent.status).toBe(400);
    expect(sent.text.length).toBeLessThan(5_000);
  });
});

describe('the size and kind of a body', () => {
  const bodyOf = (bytes: number): Buffer => {
    const start = '{"customerId":"';
    return Buffer.from(`${start}${'x'.repeat(bytes - start.length - 2)}"}`);
  };

  it('1,048,576 bytes are read', async () => {
    expect((await place(bodyOf(1_048_576))).status).toBe(400);
  });

  it('one byte more is answered 413', async () => {
    const sent = await place(bodyOf(1_048_577));
    expect(sent.status).toBe(413);
    expect(sent.json.code).toBe('PAYLOAD_TOO_LARGE');
  });

  it('2 MB without a length are answered 413', async () => {
    const status = await statusOf(newKey(), (request) => {
      for (let sent = 0; sent < 32; sent += 1) request.write(Buffer.alloc(65_536, 'x'));
      request.end();
    });
    expect(status).toBe(413);
  });

  it.each<[string, Record<string, string>]>([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['plain text', { 'content-type': 'text/plain' }],
    ['another character set', { 'content-type': 'application/json; charset=latin1' }],
    ['a compressed body', { 'content-encoding': 'gzip' }],
  ])('%s is answered 415', async (_name, headers) => {
    const sent = await place('{}', { headers });
    expect(sent.status).toBe(415);
    expect(sent.json.code).toBe('UNSUPPORTED_MEDIA_TYPE');
  });

  it('JSON that names its character set is read', async () => {
    const sent = await place('{}', { headers: { 'content-type': 'Application/JSON; charset="UTF-8"' } });
    expect(sent.json.code).toBe('INVALID_ORDER');
  });
});

describe('the Idempotency-Key', () => {
  it.each<[string, string | undefined]>([
    ['missing', undefined],
    ['empty', ''],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a space', 'a b'],
    ['beyond ASCII', 'schl\u00fcssel'],
  ])('%s is answered 400', async (_name, idempotencyKey) => {
    const sent = await place(orderBody(), { idempotencyKey });
    expect(sent.status).toBe(400);
    expect(sent.json.code).toBe('IDEMPOTENCY_KEY_MISSING');
    expect(pointersOf(sent)).toEqual(['header:Idempotency-Key']);
  });

  it('sent twice is answered 400', async () => {
    const status = await statusOf(['a', 'b'], (request) => request.end(JSON.stringify(orderBody())));
    expect(status).toBe(400);
  });
});

describe('an address', () => {
  it.each([
    '/v1/orders/ord_00000000000000000000000000',
    '/v1/orders/nonsense',
    '/v1/orders/ord_00000000000000000000000000%00',
    '/v1/orders/ord_00000000000000000000000000/events',
    '/v1/orders/ord_00000000000000000000000000/summary',
    '/v1/items/NOPE',
    '/v1/items/a%2Fb',
    '/v1/inventory/NOPE',
  ])('%s of nothing is answered 404', async (path) => {
    const sent = await api.send('GET', path, { as: 'admin' });
    expect(sent.status).toBe(404);
    expect(sent.json.code).toBe('NOT_FOUND');
  });

  it.each([
    '/',
    '/v2/orders',
    '/V1/orders',
    '/v1/ops/orders/ord_0/fortune',
    '/v1/orders/ord_00000000000000000000000000/stream',
    '/v1/orders/../../etc/passwd',
  ])('%s that does not exist is answered 404 without a key', async (path) => {
    const sent = await api.send('GET', path);
    expect(sent.status).toBe(404);
    expect(sent.json).toMatchObject({ code: 'NOT_FOUND', type: '/docs/errors#NOT_FOUND' });
  });

  it('with a broken escape is answered 400', async () => {
    expect((await api.send('GET', '/v1/orders/%E0%A4%A', { as: 'admin' })).status).toBe(400);
  });

  it.each([
    ['DELETE', '/v1/orders', 'POST, GET, HEAD, OPTIONS'],
    ['PATCH', '/v1/items/LAMP', 'PUT, GET, HEAD, OPTIONS'],
    ['PUT', '/livez', 'GET, HEAD, OPTIONS'],
  ])('takes no %s %s, and says what it takes', async (method, path, allow) => {
    const sent = await api.send(method, path, { as: 'admin' });
    expect(sent.status).toBe(405);
    expect(sent.json.code).toBe('METHOD_NOT_ALLOWED');
    expect(sent.headers.get('allow')).toBe(allow);
  });

  it('tells what it takes when asked with OPTIONS, and lets no other origin in', async () => {
    const sent = await api.send('OPTIONS', '/v1/orders', { headers: { origin: 'https://evil.example' } });
    expect(sent.status).toBe(204);
    expect(sent.headers.get('allow')).toBe('POST, GET, HEAD, OPTIONS');
    expect(sent.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('answers HEAD with the headers alone', async () => {
    const sent = await api.send('HEAD', '/livez');
    expect(sent.status).toBe(200);
    expect(sent.text).toBe('');
  });
});
