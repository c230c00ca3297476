/** F15: input that no client should send, at every endpoint of the OpenAPI document: it is refused, and the service lives. */
import { connect } from 'node:net';
import * as fc from 'fast-check';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { Seeded } from '../support/seeded.ts';
import type { FaultCase, FaultLab } from './fault-lab.ts';

interface Operation {
  readonly method: string;
  readonly path: string;
}

interface Sent {
  readonly what: string;
  readonly status: number;
  readonly contentType: string;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const REQUESTS_PER_OPERATION = 25;
const ANSWER_TIMEOUT_MS = 30_000;
const MEBIBYTE = 1024 * 1024;

async function operationsOf(lab: FaultLab): Promise<Operation[]> {
  const { body } = await lab.shop.request('GET', '/openapi.json');
  const paths = body['paths'] as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => ({ method: method.toUpperCase(), path })),
  );
}

/** Texts that have broken parsers, databases and people. */
function poisonTexts(): string[] {
  const depth = 10_000;
  const line = '{"sku":"DEMO","quantity":1}';
  return [
    '',
    'null',
    '[]',
    '"',
    '{"a":1,}',
    '\ufeff{}',
    '{"customerId":"a\\u0000b"}',
    '{"customerId":"\\ud83d"}',
    '{"__proto__":{"admin":true},"constructor":{"prototype":{}}}',
    '{"currency":"GBP","currency":"EUR"}',
    '{"expectedTotalMinor":123456789012345678901234567890}',
    '{"expectedTotalMinor":1e400,"amountMinor":-0,"quantity":9007199254740993}',
    `${'['.repeat(depth)}${']'.repeat(depth)}`,
    `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
    `{"lines":[${Array.from({ length: 10_000 }, () => line).join(',')}]}`,
    `{"note":"${'x'.repeat(2 * MEBIBYTE)}"}`,
  ];
}

/** A valid body in which one thing is something else, or any JSON at all. */
function bodies(lab: FaultLab, sku: string): fc.Arbitrary<string> {
  const valid: readonly Readonly<Record<string, unknown>>[] = [
    lab.shop.orderBody([{ sku, quantity: 1 }]),
    { amountMinor: 100, reason: 'scratched' },
    { locationId: 'main', quantity: 1, reason: 'received' },
    { name: 'Mug', prices: [{ amountMinor: 370, currency: 'GBP' }], weightGrams: 300, active: true },
  ];
  const garbage = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.bigInt().map((value) => Number(value)),
    fc.constantFrom('\u0000', '\ud83d', '9'.repeat(400), [], {}, null, -1, 2 ** 53),
  );
  const mutated = fc.constantFrom(...valid).chain((body) =>
    fc
      .tuple(fc.constantFrom(...Object.keys(body), 'surprise'), garbage)
      // Whatever is sent is refused or does nothing that has to be undone: no order is placed with a token that pays.
      .map(([field, value]) =>
        JSON.stringify({
          ...body,
          [field]: value,
          ...('payment' in body && field !== 'payment'
            ? { payment: { method: 'card', token: 'tok nobody' } }
            : {}),
        }),
      ),
  );
  return fc.oneof(
    { weight: 5, arbitrary: mutated },
    { weight: 2, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 2, arbitrary: fc.constantFrom(...poisonTexts()) },
  );
}

const words = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc.constantFrom('%00', '..', 'ord_', "'; DROP TABLE orders; --", 'x'.repeat(3_000), '\u202e', '0', 'null'),
);
const latin = (text: string): string => text.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '?').trim();

interface Attempt {
  readonly body: string;
  readonly parameter: string;
  readonly query: string;
  readonly key: string;
  readonly contentType: string;
}

function attempts(lab: FaultLab, sku: string, orderId: string): fc.Arbitrary<Attempt> {
  return fc.record({
    body: bodies(lab, sku),
    // Of something that is there too, so that the body comes under scrutiny.
    parameter: fc.oneof(words, fc.constantFrom(sku, orderId)),
    query: fc.oneof(
      fc.constant(''),
      fc
        .tuple(fc.constantFrom('limit', 'cursor', 'status', 'customerId', 'from', 'x'), words)
        .map(([name, value]) => `?${name}=${encodeSafely(value)}`),
    ),
    key: fc.oneof(fc.uuid(), words.map(latin)),
    contentType: fc.constantFrom(
      'application/json',
      'application/json',
      'application/json; charset=utf-16',
      'text/plain',
      'multipart/form-data',
    ),
  });
}

/** Half of a surrogate pair has no form in a URL. */
function encodeSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

async function send(lab: FaultLab, { method, path }: Operation, attempt: Attempt): Promise<Sent> {
  const { body, parameter, query, key, contentType } = attempt;
  const target = path.replaceAll(/\{[^}]+\}/g, encodeSafely(parameter)) + query;
  const response = await fetch(`${lab.shop.apiUrls[0]}${target}`, {
    method,
    headers: {
      authorization: `Bearer ${lab.shop.addresses.keys.admin}`,
      ...(method === 'GET' ? {} : { 'content-type': contentType, 'idempotency-key': key }),
    },
    redirect: 'manual',
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    ...(method === 'GET' ? {} : { body }),
  });
  await response.body?.cancel();
  return {
    what: `${method} ${target.slice(0, 200)} ${JSON.stringify(body.slice(0, 300))}`,
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
  };
}

/** A machine that is busy with something else may make the service ask to come back later; that is no word on the input. */
function sendWhenNotBusy(lab: FaultLab, operation: Operation, attempt: Attempt): Promise<Sent> {
  return waitFor(
    async () => {
      const sent = await send(lab, operation, attempt);
      return sent.status === 503 ? null : sent;
    },
    {
      timeoutMs: 2 * ANSWER_TIMEOUT_MS,
      intervalMs: 500,
      what: `${operation.method} ${operation.path} to be answered`,
    },
  );
}

function complaintOf({ what, status, contentType }: Sent): string | null {
  if (status >= 500) return `${what} was answered with ${status}`;
  if (status >= 400 && !contentType.startsWith('application/problem+json'))
    return `${what} was refused with ${status} as ${contentType}`;
  return null;
}

async function everyEndpoint(lab: FaultLab, random: Seeded): Promise<void> {
  // An item that nobody buys, and an order that has ended: whatever is understood by mistake changes nothing that counts.
  const sku = await lab.shop.stock({ main: 5 });
  const { orderId } = await lab.customers.buy({ token: 'tok_declined_fraud' });
  const all: Sent[] = [];
  for (const operation of await operationsOf(lab)) {
    const chosen = fc.sample(attempts(lab, sku, orderId), {
      seed: random.integer(0, 0x7fff_ffff),
      numRuns: REQUESTS_PER_OPERATION,
    });
    for (const attempt of chosen) all.push(await sendWhenNotBusy(lab, operation, attempt));
  }
  const wrong = all.map(complaintOf).filter((complaint) => complaint !== null);
  if (wrong.length > 0) throw new Error(wrong.slice(0, 5).join('\n'));
  const refused = all.filter(({ status }) => status >= 400).length;
  if (refused < all.length / 2) throw new Error(`Only ${refused} of ${all.length} requests were refused`);
  await lab.customers.buy();
}

/** Bytes that are no HTTP at all, or only the beginning of it. The connection may be closed; nothing else may happen. */
async function garbageOnTheWire(lab: FaultLab, random: Seeded): Promise<void> {
  const port = Number(new URL(lab.shop.apiUrls[0] ?? '').port);
  const starts = [
    'GET / HTTP/9.9\r\n\r\n',
    'POST /v1/orders HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n',
    'POST /v1/orders HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n',
    `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`,
    `GET /v1/orders/\u0000 HTTP/1.1\r\nhost: x\r\n\r\n`,
    'GET http://[::1 HTTP/1.1\r\nhost: x\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
  ];
  const noise = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 400 }), {
    seed: random.integer(0, 0x7fff_ffff),
    numRuns: 40,
  });
  for (const bytes of [
    ...starts.map((text) => Buffer.from(text, 'latin1')),
    ...noise.map((part) => Buffer.from(part)),
  ])
    await sendBytes(port, bytes);
  await lab.customers.buy();
}

/** Writes and hangs up; resolves when the connection is gone. */
function sendBytes(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
  });
}

export const INPUT_FAULTS: readonly FaultCase[] = [
  { fault: 'F15', name: 'poison-at-every-endpoint', run: everyEndpoint },
  { fault: 'F15', name: 'garbage-on-the-wire', run: garbageOnTheWire },
];
