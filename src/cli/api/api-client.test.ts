import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { apiPath, createApiClient, type ApiCall, type ApiClientOptions } from './api-client.ts';
import { ApiRefusalError, ApiReplyError, ApiUnreachableError } from './api-errors.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
type Reply = (response: ServerResponse) => void;

const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
const problem = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Reply =>
  json(status, { title: 'No', status, code, detail: 'because', requestId: 'req_1' }, headers);
const text =
  (status: number, body: string): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end(body);
  };
const cut: Reply = (response) => response.destroy();

let server: Server;
let seen: Seen[];
let replies: Reply[];
let baseUrl: string;

beforeEach(async () => {
  seen = [];
  replies = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      (replies.shift() ?? text(500, 'no reply left'))(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const CALL: ApiCall = { method: 'POST', path: '/v1/things', body: { a: 1 }, idempotencyKey: 'key-1' };

function call(options: Partial<ApiClientOptions> = {}, what: ApiCall = CALL) {
  const client = createApiClient({
    baseUrl,
    apiKey: 'secret',
    signal: new AbortController().signal,
    busyPatienceMs: 10_000,
    silencePatienceMs: 0,
    ...options,
  });
  return client.call(what, z.looseObject({ id: z.string() }));
}

describe('a call', () => {
  test('sends key, body and Idempotency-Key, and answers what came back', async () => {
    replies = [json(201, { id: 'x', more: true })];
    expect(await call()).toEqual({ status: 201, body: { id: 'x', more: true } });
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: '/v1/things',
        body: '{"a":1}',
        headers: {
          authorization: 'Bearer secret',
          'idempotency-key': 'key-1',
          'content-type': 'application/json',
        },
      },
    ]);
  });

  test('keeps a path that the service lives under, and leaves absent query values out', async () => {
    replies = [json(200, { id: 'x' })];
    await call(
      { baseUrl: `${baseUrl}/shop` },
      { method: 'GET', path: '/v1/orders', query: { status: undefined, cursor: 'a b&c' } },
    );
    expect(seen.map(({ url }) => url)).toEqual(['/shop/v1/orders?cursor=a+b%26c']);
  });

  test('encodes what comes from outside in its path', () => {
    expect(apiPath`/v1/items/${'BANK CHARGES/..?'}/x`).toBe('/v1/items/BANK%20CHARGES%2F..%3F/x');
  });

  test.each([409, 422, 404, 401])('throws a refusal of status %d at once', async (status) => {
    replies = [problem(status, 'SOME_CODE')];
    const error: unknown = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiRefusalError);
    expect(error).toMatchObject({ problem: { code: 'SOME_CODE', status }, message: 'No: because' });
    expect(seen).toHaveLength(1);
  });
});

describe('patience', () => {
  test.each([429, 503])('repeats the same request with the same key after %d', async (status) => {
    replies = [problem(status, 'LATER', { 'retry-after': '0' }), json(201, { id: 'x' })];
    await expect(call()).resolves.toMatchObject({ status: 201 });
    expect(seen.map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual([
      ['key-1', '{"a":1}'],
      ['key-1', '{"a":1}'],
    ]);
  });

  test('waits as long as Retry-After says', async () => {
    replies = [problem(503, 'LATER', { 'retry-after': '1' }), json(201, { id: 'x' })];
    const startedAtMs = performance.now();
    await call();
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(990);
  });

  test('gives up at once when Retry-After lies beyond it', async () => {
    replies = [problem(503, 'LATER', { 'retry-after': '60' })];
    await expect(call()).rejects.toThrow(ApiRefusalError);
    expect(seen).toHaveLength(1);
  });

  test('repeats a request whose answer was cut off', async () => {
    replies = [cut, json(201, { id: 'x' })];
    await expect(call({ silencePatienceMs: 10_000 })).resolves.toMatchObject({ status: 201 });
    expect(seen.map(({ headers }) => headers['idempotency-key'])).toEqual(['key-1', 'key-1']);
  });

  test('repeats after a proxy’s page that says that the service is away', async () => {
    replies = [text(502, '<html>Bad Gateway</html>'), json(200, { id: 'x' })];
    await expect(call()).resolves.toMatchObject({ status: 200 });
  });

  test('ends when the person stops the command', async () => {
    const stop = new AbortController();
    replies = [
      (response) => {
        problem(503, 'LATER', { 'retry-after': '5' })(response);
        response.on('finish', () => stop.abort(new Error('Stopped by Ctrl+C.')));
      },
    ];
    await expect(call({ signal: stop.signal })).rejects.toThrow('Stopped by Ctrl+C.');
    expect(seen).toHaveLength(1);
  });
});

describe('silence', () => {
  test('names the address and what to do when nobody listens', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const error: unknown = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiUnreachableError);
    for (const part of [baseUrl, 'ECONNREFUSED', 'npm start', 'ORDER_SAGA_URL']) {
      expect(String(error)).toContain(part);
    }
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  test('is told from a slow answer by a time limit', async () => {
    replies = [() => undefined];
    await expect(call({ timeoutMs: 50 })).rejects.toThrow(/timed out/);
  });
});

describe('an answer that the service would not give', () => {
  test.each([
    ['a page', text(200, '<html>'), /text\/html instead of JSON/],
    ['another document', json(200, { name: 'x' }), /lacks what it should have \(id: /],
    ['an error without a problem document', json(400, { message: 'x' }), /HTTP 400 without a problem/],
  ])('%s is named as such', async (_what, reply, message) => {
    replies = [reply];
    const error: unknown = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiReplyError);
    expect(String(error)).toMatch(message);
  });
});
