import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findFreePorts } from '../../../embedded/ports.ts';
import { createHttpPaymentGateway } from '../../../src/adapters/payments/http-payment.gateway.ts';
import type { PaymentPort } from '../../../src/adapters/payments/payment.port.ts';
import { createHttpCarrierGateway } from '../../../src/adapters/shipping/http-carrier.gateway.ts';
import type { CarrierPort } from '../../../src/adapters/shipping/carrier.port.ts';
import {
  OutcomeUnknownError,
  ProviderRefusedError,
  ProviderUnavailableError,
} from '../../../src/domain/provider-errors.ts';
import { API_KEY, startCarrier, startPaymentProvider, type Program } from './programs.ts';

// Programs are started and killed here, which takes a while on a busy machine.
jest.setTimeout(60_000);

const TIMEOUT_MS = 4000;
let provider: Program;
let carrier: Program;
let payments: PaymentPort;
let shipping: CarrierPort;
beforeAll(async () => {
  [provider, carrier] = await Promise.all([startPaymentProvider(), startCarrier()]);
  payments = createHttpPaymentGateway({ baseUrl: provider.url, apiKey: API_KEY, timeoutMs: TIMEOUT_MS });
  shipping = createHttpCarrierGateway({ baseUrl: `${carrier.url}/`, apiKey: API_KEY, timeoutMs: TIMEOUT_MS });
});
afterAll(() => Promise.all([provider.dispose(), carrier.dispose()]));

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

let orders = 0;
const newOrder = (): string => `ord_gateway_${(orders += 1)}`;
const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const authorization = (orderId = newOrder(), paymentToken = 'tok_visa') => ({
  operationKey: `${orderId}:authorize:1`,
  orderId,
  amount: gbp(1000),
  paymentToken,
});
const booking = (orderId = newOrder(), postalCode = 'LS1 1UR') => ({
  operationKey: `${orderId}:book:1`,
  orderId,
  shipmentId: `shp_${orderId}`,
  fromLocationId: 'main',
  shipTo: { name: 'A', line1: '1 Road', line2: undefined, city: 'Leeds', postalCode, country: 'GB' },
  weightGrams: 100,
});
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );

// The failures of one test are none of the next one's: a success closes the circuit.
afterEach(() => payments.authorize(authorization()));

/** A payment gateway to a server that answers in one way only. */
async function gatewayTo(listener: RequestListener): Promise<PaymentPort> {
  const server = createHttpServer((request, response) => {
    response.setHeader('connection', 'close');
    listener(request, response);
  });
  return gatewayOf(server);
}
async function gatewayOf(server: Server): Promise<PaymentPort> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The server listens on TCP, so its address is not a path.
  const { port } = server.address() as AddressInfo;
  return createHttpPaymentGateway({ baseUrl: `http://127.0.0.1:${port}`, apiKey: 'k', timeoutMs: 300 });
}
const answering =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers).end(body);
  };

describe('the payment gateway', () => {
  it('authorizes, captures, refunds, voids, looks up and lists', async () => {
    const request = authorization();
    const { orderId, operationKey: authorizationKey } = request;
    const authorized = await payments.authorize(request);
    expect(authorized).toMatchObject({
      key: authorizationKey,
      kind: 'authorize',
      orderId,
      amountMinor: 1000,
      currency: 'GBP',
      status: 'succeeded',
      captureBefore: expect.stringMatching(/Z$/),
    });
    const captureKey = `${orderId}:capture:1`;
    const amount = gbp(1000);
    const captured = await payments.capture({ operationKey: captureKey, orderId, amount, authorizationKey });
    expect(captured).toMatchObject({ kind: 'capture', status: 'succeeded' });
    const refund = { operationKey: `${orderId}:refund`, orderId, amount: gbp(400), captureKey };
    expect(await payments.refund(refund)).toMatchObject({ kind: 'refund', amountMinor: 400 });
    expect(await payments.findByKey(captureKey)).toEqual(captured);
    expect(await payments.findByKey('nobody:saw/it?')).toBeNull();

    const other = authorization();
    await payments.authorize(other);
    const voided = await payments.void({
      operationKey: `${other.orderId}:void`,
      orderId: other.orderId,
      authorizationKey: other.operationKey,
    });
    expect(voided).toMatchObject({ kind: 'void', amountMinor: 1000 });

    const seen: string[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const page = await payments.list({ cursor, limit: 2 });
      seen.push(...page.items.map((item) => item.key));
      more = page.nextCursor !== null;
      cursor = page.nextCursor ?? undefined;
    }
    expect(seen).toEqual(expect.arrayContaining([authorizationKey, captureKey, `${other.orderId}:void`]));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('answers a decline as an operation, and the same to a repetition', async () => {
    const request = authorization(newOrder(), 'tok_declined_insufficient_funds');
    const declined = await payments.authorize(request);
    expect(declined).toMatchObject({ status: 'declined', declineReason: 'insufficient_funds' });
    expect(declined.captureBefore).toBeUndefined();
    expect(await payments.authorize(request)).toEqual(declined);
  });

  it('takes a lost reply for an unknown outcome, and the look-up finds the operation', async () => {
    const request = authorization(newOrder(), 'tok_lost_reply');
    expect(await failureOf(payments.authorize(request))).toBeInstanceOf(OutcomeUnknownError);
    expect(await payments.findByKey(request.operationKey)).toMatchObject({ status: 'succeeded' });
  });

  it('takes a 500 for an unknown outcome, whether it was done or not', async () => {
    const before = authorization(newOrder(), 'tok_error_before');
    expect(await failureOf(payments.authorize(before))).toBeInstanceOf(OutcomeUnknownError);
    expect(await payments.findByKey(before.operationKey)).toBeNull();
    const after = authorization(newOrder(), 'tok_error_after');
    expect(await failureOf(payments.authorize(after))).toBeInstanceOf(OutcomeUnknownError);
    expect(await payments.findByKey(after.operationKey)).toMatchObject({ status: 'succeeded' });
  });

  it('takes silence for an unknown outcome, and an operation under way too, when it is looked up', async () => {
    const silent = authorization(newOrder(), 'tok_unreachable');
    expect(await failureOf(payments.authorize(silent))).toBeInstanceOf(OutcomeUnknownError);
    expect(await failureOf(payments.findByKey(silent.operationKey))).toBeInstanceOf(OutcomeUnknownError);
    const slow = authorization(newOrder(), 'tok_slow');
    expect(await failureOf(payments.authorize(slow))).toBeInstanceOf(OutcomeUnknownError);
    expect(await failureOf(payments.findByKey(slow.operationKey))).toBeInstanceOf(OutcomeUnknownError);
  });

  it('takes 429 and 503 for surely not done, with the delay that the provider asks for', async () => {
    const limited = await failureOf(payments.authorize(authorization(newOrder(), 'tok_rate_limited')));
    expect(limited).toBeInstanceOf(ProviderUnavailableError);
    expect(limited).toMatchObject({ retryAfterMs: 1000 });
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    const down = await gatewayTo(answering(503, '<html>', { 'retry-after': inAMinute }));
    const failure = await failureOf(down.authorize(authorization()));
    expect(failure).toBeInstanceOf(ProviderUnavailableError);
    const { retryAfterMs } = failure as ProviderUnavailableError;
    expect(retryAfterMs).toBeGreaterThan(57_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    const vague = await gatewayTo(answering(503, ''));
    expect(await failureOf(vague.authorize(authorization()))).toMatchObject({ retryAfterMs: undefined });
  });

  it('takes a refused connection and an unknown host for surely not done', async () => {
    const [port] = await findFreePorts(1);
    for (const baseUrl of [`http://127.0.0.1:${port}`, 'http://no-such-host.invalid']) {
      const away = createHttpPaymentGateway({ baseUrl, apiKey: 'k', timeoutMs: 5000 });
      expect(await failureOf(away.authorize(authorization()))).toBeInstanceOf(ProviderUnavailableError);
    }
  });

  it('takes an API key that is not accepted for surely not done: an operator mends it, the order waits', async () => {
    const wrong = createHttpPaymentGateway({ baseUrl: provider.url, apiKey: 'wrong', timeoutMs: TIMEOUT_MS });
    const failure = await failureOf(wrong.authorize(authorization()));
    expect(failure).toBeInstanceOf(ProviderUnavailableError);
    expect(failure).toMatchObject({ message: expect.stringContaining('unauthenticated') });
  });

  it.each<[string, RequestListener]>([
    ['a reply that is not JSON', answering(200, '<html>')],
    ['a reply that is something else', answering(200, '{"id":"x"}')],
    ['an empty reply', answering(200, '')],
    ['502', answering(502, 'bad gateway')],
    ['504', answering(504, '')],
    ['408', answering(408, '{"error":{"code":"timeout"}}')],
    ['a redirection', answering(302, '', { location: '/elsewhere' })],
    ['a 404 of a proxy', answering(404, '<html>no such route</html>')],
    ['a 400 without a code', answering(400, '{}')],
    [
      'a cut within the reply',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"id":');
        setImmediate(() => response.destroy());
      },
    ],
    [
      'a reply that does not end in time',
      (_request, response) => {
        response.writeHead(200);
        response.write('{"id":');
      },
    ],
  ])('takes %s for an unknown outcome', async (_what, listener) => {
    const gateway = await gatewayTo(listener);
    expect(await failureOf(gateway.authorize(authorization()))).toBeInstanceOf(OutcomeUnknownError);
    expect(await failureOf(gateway.findByKey('key'))).toBeInstanceOf(OutcomeUnknownError);
  });

  it('takes a reply about another key for an unknown outcome', async () => {
    const [asked, other] = [authorization(), authorization()];
    const reply = await provider.send('POST', '/v1/authorizations', {
      key: other.operationKey,
      body: { orderId: other.orderId, ...other.amount, paymentToken: other.paymentToken },
    });
    const confused = await gatewayTo(answering(200, reply.text));
    expect(await failureOf(confused.authorize(asked))).toBeInstanceOf(OutcomeUnknownError);
  });

  it('takes a reset connection for an unknown outcome', async () => {
    const gateway = await gatewayOf(
      createTcpServer((socket: Socket) => void socket.once('data', () => socket.resetAndDestroy())),
    );
    expect(await failureOf(gateway.authorize(authorization()))).toBeInstanceOf(OutcomeUnknownError);
  });

  it('passes a definite refusal on with its code, and without the words of the provider', async () => {
    const request = authorization();
    const { orderId, operationKey: authorizationKey } = request;
    await payments.authorize(request);
    const tooMuch = { operationKey: `${orderId}:capture:1`, orderId, amount: gbp(1001), authorizationKey };
    const failure = await failureOf(payments.capture(tooMuch));
    expect(failure).toBeInstanceOf(ProviderRefusedError);
    expect(failure).toMatchObject({ code: 'amount_exceeds_authorized' });
    const reused = await failureOf(payments.authorize({ ...request, amount: gbp(999) }));
    expect(reused).toMatchObject({ name: 'ProviderRefusedError', code: 'idempotency_key_reused' });
    const talkative = '{"error":{"code":"no","message":"Jane Doe, 1 Road"}}';
    const told = await failureOf((await gatewayTo(answering(422, talkative))).authorize(authorization()));
    expect(String(told)).not.toContain('Jane');
  });

  it('makes no calls for a moment after ten orders in a row got no answer, and still looks up', async () => {
    const gateway = createHttpPaymentGateway({
      baseUrl: provider.url,
      apiKey: API_KEY,
      timeoutMs: TIMEOUT_MS,
    });
    const failing = Array.from({ length: 10 }, () => authorization());
    const rules = failing.map(({ orderId }) => ({
      operation: 'authorize',
      orderId,
      behaviour: 'lost_reply',
    }));
    await provider.send('POST', '/control/faults', { body: { rules } });
    for (const request of failing)
      expect(await failureOf(gateway.authorize(request))).toBeInstanceOf(OutcomeUnknownError);
    const spared = authorization();
    expect(await failureOf(gateway.authorize(spared))).toMatchObject({
      name: 'ProviderUnavailableError',
      retryAfterMs: 1000,
    });
    expect(await gateway.findByKey(spared.operationKey)).toBeNull();
    expect(await gateway.findByKey(failing[0]?.operationKey ?? '')).toMatchObject({ status: 'succeeded' });
  });
});

describe('the carrier gateway', () => {
  it('books, looks up and cancels', async () => {
    const request = booking();
    const { orderId, operationKey: bookingKey } = request;
    await carrier.send('PUT', '/control/speed', {
      body: { shippedAfterMs: 3_600_000, deliveredAfterMs: 0, orderId },
    });
    const booked = await shipping.book(request);
    expect(booked).toMatchObject({
      key: bookingKey,
      orderId,
      shipmentId: request.shipmentId,
      status: 'booked',
    });
    expect(await shipping.findByKey(bookingKey)).toEqual(booked);
    const cancellation = { operationKey: `${orderId}:cancel:1`, bookingKey, orderId };
    expect(await shipping.cancel(cancellation)).toEqual({ ...booked, status: 'cancelled' });
    expect(await shipping.cancel(cancellation)).toEqual({ ...booked, status: 'cancelled' });
  });

  it('answers null for a booking that was never made, whose late arrival is refused', async () => {
    const request = booking();
    const { orderId, operationKey: bookingKey } = request;
    expect(await shipping.findByKey(bookingKey)).toBeNull();
    expect(await shipping.cancel({ operationKey: `${orderId}:cancel:1`, bookingKey, orderId })).toBeNull();
    expect(await failureOf(shipping.book(request))).toMatchObject({
      name: 'ProviderRefusedError',
      code: 'cancelled_before',
    });
  });

  it('passes on that an address is not served and that a parcel has left', async () => {
    const failure = await failureOf(shipping.book(booking(newOrder(), '00000')));
    expect(failure).toMatchObject({ name: 'ProviderRefusedError', code: 'address_not_served' });
    const request = booking();
    const { orderId, operationKey: bookingKey } = request;
    await carrier.send('PUT', '/control/speed', {
      body: { shippedAfterMs: 0, deliveredAfterMs: 0, orderId },
    });
    await shipping.book(request);
    const cancellation = { operationKey: `${orderId}:cancel:1`, bookingKey, orderId };
    expect(await failureOf(shipping.cancel(cancellation))).toMatchObject({
      name: 'ProviderRefusedError',
      code: 'already_shipped',
    });
  });

  it('takes a lost reply for an unknown outcome, and the look-up finds the booking', async () => {
    const request = booking();
    await carrier.send('POST', '/control/faults', {
      body: { rules: [{ operation: 'book', orderId: request.orderId, behaviour: 'lost_reply' }] },
    });
    expect(await failureOf(shipping.book(request))).toBeInstanceOf(OutcomeUnknownError);
    expect(await shipping.findByKey(request.operationKey)).toMatchObject({ orderId: request.orderId });
  });
});
