import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../../embedded/wait-for.ts';
import { startPaymentProvider, type Program, type Reply } from './programs.ts';

// Programs are started and killed here, which takes a while on a busy machine.
jest.setTimeout(60_000);

let provider: Program;
beforeAll(async () => {
  provider = await startPaymentProvider();
});
afterAll(() => provider.dispose());

let orders = 0;
const newOrder = (): string => `ord_${(orders += 1)}`;

/** Requests about one order, with keys that follow from it. */
function payments(orderId = newOrder(), program = provider) {
  const money = (amountMinor: number, currency = 'GBP') => ({ orderId, amountMinor, currency });
  const authorizationKey = `${orderId}:authorize:1`;
  const captureKey = `${orderId}:capture:1`;
  return {
    orderId,
    authorizationKey,
    captureKey,
    authorize: (token = 'tok_visa', amountMinor = 1000, key = authorizationKey, timeoutMs = 10_000) =>
      program.send('POST', '/v1/authorizations', {
        key,
        body: { ...money(amountMinor), paymentToken: token },
        timeoutMs,
      }),
    capture: (amountMinor = 1000, name = 'capture:1', currency = 'GBP') =>
      program.send('POST', '/v1/captures', {
        key: `${orderId}:${name}`,
        body: { ...money(amountMinor, currency), authorizationKey },
      }),
    void: (name = 'void:1', timeoutMs = 10_000) =>
      program.send('POST', '/v1/voids', {
        key: `${orderId}:${name}`,
        body: { orderId, authorizationKey },
        timeoutMs,
      }),
    refund: (amountMinor: number, name = 'refund:1') =>
      program.send('POST', '/v1/refunds', {
        key: `${orderId}:${name}`,
        body: { ...money(amountMinor), captureKey },
      }),
    find: (key = authorizationKey, timeoutMs = 10_000) =>
      program.send('GET', `/v1/operations/by-key/${encodeURIComponent(key)}`, { timeoutMs }),
    done: async (): Promise<{ operation: string; status: string; amountMinor: number; key: string }[]> =>
      (await program.send('GET', `/control/operations?orderId=${orderId}`)).json,
  };
}
const codeOf = (reply: Reply): [number, string] => [reply.status, reply.json.error.code];

const requestHangs = (program: Program): Promise<boolean> =>
  waitFor(async () => (await program.send('GET', '/control/faults')).json.hangingRequests === 1, {
    timeoutMs: 5000,
    intervalMs: 5,
    what: 'one request to hang',
  });

describe('operations of the payment provider', () => {
  it('authorizes, captures in parts and refunds, each recorded before it is answered', async () => {
    const order = payments();
    const authorized = await order.authorize();
    expect(authorized.status).toBe(200);
    expect(authorized.json).toMatchObject({
      id: expect.stringMatching(/^po_/),
      key: order.authorizationKey,
      kind: 'authorize',
      orderId: order.orderId,
      amountMinor: 1000,
      currency: 'GBP',
      status: 'succeeded',
    });
    const heldMs = Date.parse(authorized.json.capture_before) - Date.parse(authorized.json.at);
    expect(Math.abs(heldMs - 7 * 24 * 3600 * 1000)).toBeLessThan(1000);
    expect((await order.capture(600)).json).toMatchObject({ kind: 'capture', amountMinor: 600 });
    expect((await order.capture(400, 'second')).status).toBe(200);
    expect((await order.refund(250)).json).toMatchObject({ kind: 'refund', status: 'succeeded' });
    expect(await order.done()).toMatchObject([
      { operation: 'authorize', amountMinor: 1000 },
      { operation: 'capture', amountMinor: 600 },
      { operation: 'capture', amountMinor: 400 },
      { operation: 'refund', amountMinor: 250 },
    ]);
  });

  it('refuses more than was authorized and more than was captured', async () => {
    const order = payments();
    await order.authorize();
    expect(codeOf(await order.capture(1001, 'too-much'))).toEqual([422, 'amount_exceeds_authorized']);
    await order.capture(700);
    expect(codeOf(await order.capture(301, 'rest'))).toEqual([422, 'amount_exceeds_authorized']);
    await order.refund(500);
    expect(codeOf(await order.refund(201, 'rest-of-refund'))).toEqual([422, 'amount_exceeds_captured']);
    expect((await order.refund(200, 'exact-rest')).status).toBe(200);
  });

  it('takes a refund back that was done, says so, and lets the money go back under another key', async () => {
    const order = payments();
    await order.authorize();
    await order.capture();
    const first = await order.refund(1000);
    const key = `${order.orderId}:refund:1`;
    const fail = (body: object) => provider.send('POST', '/control/refunds/fail', { body });
    expect(codeOf(await order.refund(1, 'too-early'))).toEqual([422, 'amount_exceeds_captured']);
    const failed = { key, kind: 'refund', status: 'failed', failureReason: 'account_closed' };
    expect((await fail({ key })).json).toMatchObject(failed);
    expect((await order.find(key)).json).toMatchObject(failed);
    expect((await order.done()).at(-1)).toMatchObject({ key, status: 'failed' });
    // Its own request has its answer for ever, and it cannot fail twice.
    expect((await order.refund(1000)).text).toBe(first.text);
    expect(codeOf(await fail({ key }))).toEqual([404, 'refund_not_found']);
    expect(codeOf(await fail({ key: order.captureKey }))).toEqual([404, 'refund_not_found']);
    expect((await order.refund(1000, 'refund:2')).json).toMatchObject({ status: 'succeeded' });
  });

  it('refuses a void after a capture, a capture after a void, and a second void', async () => {
    const captured = payments();
    await captured.authorize();
    await captured.capture();
    expect(codeOf(await captured.void())).toEqual([422, 'already_captured']);

    const voided = payments();
    await voided.authorize();
    expect((await voided.void()).json).toMatchObject({ kind: 'void', amountMinor: 1000, currency: 'GBP' });
    expect(codeOf(await voided.capture())).toEqual([422, 'already_voided']);
    expect(codeOf(await voided.void('another-void'))).toEqual([422, 'already_voided']);
  });

  it('refuses what does not fit the operation that it builds on', async () => {
    const order = payments();
    expect(codeOf(await order.capture(1, 'early'))).toEqual([422, 'authorization_not_found']);
    expect(codeOf(await order.refund(1, 'early-refund'))).toEqual([422, 'capture_not_found']);
    await order.authorize();
    expect(codeOf(await order.capture(1, 'in-euro', 'EUR'))).toEqual([422, 'currency_mismatch']);
    const stranger = await provider.send('POST', '/v1/captures', {
      key: 'stranger',
      body: {
        orderId: 'ord_other',
        amountMinor: 1,
        currency: 'GBP',
        authorizationKey: order.authorizationKey,
      },
    });
    expect(codeOf(stranger)).toEqual([422, 'order_mismatch']);
    const declined = payments();
    await declined.authorize('tok_declined_fraud');
    expect(codeOf(await declined.capture())).toEqual([422, 'authorization_declined']);
  });

  it('refuses a capture after the authorization has expired', async () => {
    const hasty = await startPaymentProvider({ CAPTURE_WINDOW_MS: '1' });
    try {
      const order = payments('ord_hasty', hasty);
      const { json } = await order.authorize();
      expect(Date.parse(json.capture_before) - Date.parse(json.at)).toBeLessThan(100);
      expect(codeOf(await order.capture())).toEqual([422, 'authorization_expired']);
      expect((await order.void()).status).toBe(200);
    } finally {
      await hasty.dispose();
    }
  });

  it('remembers a void of an authorization that it never saw, and refuses one that arrives later', async () => {
    const order = payments();
    expect((await order.void()).json).toMatchObject({ status: 'succeeded', amountMinor: 0, currency: 'XXX' });
    await provider.crashAndRestart();
    expect(codeOf(await order.authorize())).toEqual([422, 'voided_before']);
    expect(codeOf(await order.find())).toEqual([404, 'operation_not_found']);
    expect((await order.done()).map((operation) => operation.operation)).toEqual(['void']);
  });

  it('lets nothing go when it voids an authorization that was declined', async () => {
    const order = payments();
    await order.authorize('tok_declined_do_not_honor');
    expect((await order.void()).json).toMatchObject({ status: 'succeeded', amountMinor: 0, currency: 'GBP' });
  });
});

describe('idempotency keys of the payment provider', () => {
  it('give the same answer byte for byte, also after kill -9, and refusals too', async () => {
    const order = payments();
    const first = await order.authorize();
    const refused = await order.capture(5000, 'too-much');
    expect((await order.authorize()).text).toBe(first.text);
    await provider.crashAndRestart();
    expect((await order.authorize()).text).toBe(first.text);
    expect(await order.capture(5000, 'too-much')).toMatchObject({ status: 422, text: refused.text });
    expect((await order.find()).json).toEqual(first.json);
    expect(await order.done()).toHaveLength(1);
  });

  it('used with another body, or for another operation, are an error and do nothing', async () => {
    const order = payments();
    await order.authorize('tok_visa', 1000);
    expect(codeOf(await order.authorize('tok_visa', 1001))).toEqual([409, 'idempotency_key_reused']);
    expect(codeOf(await order.void('authorize:1'))).toEqual([409, 'idempotency_key_reused']);
    expect(await order.done()).toHaveLength(1);
  });

  it('do not depend on the order of members in the body', async () => {
    const order = payments();
    const first = await order.authorize();
    const turned = await provider.send('POST', '/v1/authorizations', {
      key: order.authorizationKey,
      body: { paymentToken: 'tok_visa', currency: 'GBP', amountMinor: 1000, orderId: order.orderId },
    });
    expect(turned.text).toBe(first.text);
  });

  it('make one operation of fifty equal requests at once', async () => {
    const order = payments();
    const replies = await Promise.all(Array.from({ length: 50 }, () => order.authorize()));
    expect(new Set(replies.map((reply) => reply.text)).size).toBe(1);
    expect(await order.done()).toHaveLength(1);
  });

  it('are required, as is the API key and a body that fits', async () => {
    const order = payments();
    const body = { orderId: order.orderId, amountMinor: 1, currency: 'GBP', paymentToken: 'tok_visa' };
    const post = (changes: object, options: object) =>
      provider.send('POST', '/v1/authorizations', { key: 'k', ...options, body: { ...body, ...changes } });
    expect(codeOf(await provider.send('POST', '/v1/authorizations', { body }))).toEqual([
      400,
      'idempotency_key_missing',
    ]);
    expect(codeOf(await post({}, { headers: { authorization: 'Bearer wrong' } }))).toEqual([
      401,
      'unauthenticated',
    ]);
    for (const change of [
      { amountMinor: 0 },
      { amountMinor: 1.5 },
      { currency: 'gbp' },
      { more: 1 },
      { orderId: 7 },
    ])
      expect(codeOf(await post(change, {}))).toEqual([400, 'invalid_request']);
    const garbled = await provider.send('POST', '/v1/authorizations', {
      key: 'k',
      body: '{"orderId"',
      headers: { 'content-type': 'application/json' },
    });
    expect(codeOf(garbled)).toEqual([400, 'invalid_request']);
    expect(await order.done()).toEqual([]);
  });
});

describe('the list of operations', () => {
  it('comes in the order of their making, page by page, and has each once', async () => {
    const fresh = await startPaymentProvider();
    try {
      for (let index = 0; index < 7; index += 1) await payments(`ord_page_${index}`, fresh).authorize();
      const keys: string[] = [];
      let cursor: string | null = '';
      let pages = 0;
      while (cursor !== null) {
        const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const { json } = await fresh.send('GET', `/v1/operations?limit=3${query}`);
        keys.push(...json.items.map((item: { key: string }) => item.key));
        cursor = json.nextCursor;
        pages += 1;
      }
      expect(keys).toEqual([0, 1, 2, 3, 4, 5, 6].map((index) => `ord_page_${index}:authorize:1`));
      expect(pages).toBe(3);
      expect((await fresh.send('GET', '/v1/operations?limit=7')).json.nextCursor).toBeNull();
      expect((await fresh.send('GET', '/v1/operations?limit=0')).status).toBe(400);
      expect((await fresh.send('GET', '/v1/operations?cursor=x')).status).toBe(400);
    } finally {
      await fresh.dispose();
    }
  });
});

describe('card tokens', () => {
  it.each(['tok_visa', 'tok_mastercard'])('%s succeeds', async (token) => {
    expect((await payments().authorize(token)).json).toMatchObject({ status: 'succeeded' });
  });

  it.each([
    ['tok_declined_insufficient_funds', 'insufficient_funds'],
    ['tok_declined_do_not_honor', 'do_not_honor'],
    ['tok_declined_expired_card', 'expired_card'],
    ['tok_declined_fraud', 'fraud'],
    ['tok_nobody_knows', 'invalid_token'],
    ['constructor', 'invalid_token'],
  ])('%s is declined as %s', async (token, declineReason) => {
    const { status, json } = await payments().authorize(token);
    expect([status, json.status, json.declineReason]).toEqual([200, 'declined', declineReason]);
    expect(json).not.toHaveProperty('capture_before');
  });

  it('tok_slow answers after five seconds, and meanwhile the key has no outcome', async () => {
    const order = payments();
    const startedMs = performance.now();
    const slow = order.authorize('tok_slow');
    let second = await order.find();
    while (second.status === 404) second = await order.find();
    expect(codeOf(second)).toEqual([409, 'operation_in_progress']);
    expect(codeOf(await order.authorize('tok_slow'))).toEqual([409, 'operation_in_progress']);
    expect((await slow).json).toMatchObject({ status: 'succeeded' });
    expect(performance.now() - startedMs).toBeGreaterThan(4900);
    expect((await order.authorize('tok_slow')).text).toBe((await slow).text);
  });

  it('tok_error_before fails twice with 500 before anything is done, counted over a kill -9', async () => {
    const order = payments();
    expect(codeOf(await order.authorize('tok_error_before'))).toEqual([500, 'internal_error']);
    await provider.crashAndRestart();
    expect(codeOf(await order.authorize('tok_error_before'))).toEqual([500, 'internal_error']);
    expect(await order.done()).toEqual([]);
    expect((await order.authorize('tok_error_before')).status).toBe(200);
    expect(await order.done()).toHaveLength(1);
  });

  it('tok_error_after does it and answers 500 once, in the same words as an error before it', async () => {
    const order = payments();
    const failed = await order.authorize('tok_error_after');
    expect(codeOf(failed)).toEqual([500, 'internal_error']);
    expect(failed.text).toBe((await payments().authorize('tok_error_before')).text);
    expect((await order.find()).json).toMatchObject({ status: 'succeeded' });
    await provider.crashAndRestart();
    expect((await order.authorize('tok_error_after')).status).toBe(200);
    expect(await order.done()).toHaveLength(1);
  });

  it('tok_lost_reply does it and cuts the connection once', async () => {
    const order = payments();
    await expect(order.authorize('tok_lost_reply')).rejects.toThrow('fetch failed');
    expect((await order.find()).json).toMatchObject({ status: 'succeeded' });
    expect((await order.authorize('tok_lost_reply')).status).toBe(200);
    expect(await order.done()).toHaveLength(1);
  });

  it('tok_rate_limited answers 429 with Retry-After twice', async () => {
    const order = payments();
    for (const _attempt of [1, 2]) {
      const reply = await order.authorize('tok_rate_limited');
      expect(codeOf(reply)).toEqual([429, 'rate_limited']);
      expect(reply.headers.get('retry-after')).toBe('1');
    }
    expect(await order.done()).toEqual([]);
    expect((await order.authorize('tok_rate_limited')).status).toBe(200);
  });

  it('are counted for each order on its own', async () => {
    const [one, other] = [payments(), payments()];
    await one.authorize('tok_error_before');
    await one.authorize('tok_error_before');
    expect((await other.authorize('tok_error_before')).status).toBe(500);
    expect((await one.authorize('tok_error_before')).status).toBe(200);
  });

  it('tok_unreachable is not answered, look-ups and voids included, until it is lifted for that order', async () => {
    const [order, other] = [payments(), payments()];
    const timedOut = { name: 'TimeoutError' };
    await expect(order.authorize('tok_unreachable', 1000, undefined, 300)).rejects.toMatchObject(timedOut);
    await provider.crashAndRestart();
    await expect(order.find(undefined, 300)).rejects.toMatchObject(timedOut);
    await expect(order.void(undefined, 300)).rejects.toMatchObject(timedOut);
    await expect(other.authorize('tok_unreachable', 1000, undefined, 300)).rejects.toMatchObject(timedOut);
    expect((await payments().authorize()).status).toBe(200);

    const hanging = order.authorize('tok_unreachable');
    const cut = hanging.catch((error: unknown) => error);
    await requestHangs(provider);
    expect((await provider.send('DELETE', `/control/faults?orderId=${order.orderId}`)).status).toBe(200);
    expect(await cut).toMatchObject({ message: 'fetch failed' });
    expect(await order.done()).toEqual([]);
    expect((await order.find()).status).toBe(404);
    expect((await order.authorize('tok_unreachable')).json).toMatchObject({ status: 'succeeded' });

    await expect(other.find(undefined, 300)).rejects.toMatchObject(timedOut);
    await provider.send('DELETE', '/control/faults');
    expect((await other.find()).status).toBe(404);
  });
});

describe('stopping the payment provider', () => {
  it('ends with code 0 although a request hangs, and keeps what was done', async () => {
    const own = await startPaymentProvider();
    try {
      const order = payments('ord_stop', own);
      await order.authorize();
      const hanging = payments('ord_hang', own).authorize('tok_unreachable');
      const cut = hanging.catch((error: unknown) => error);
      await requestHangs(own);
      expect(await own.terminate()).toBe(0);
      expect(await cut).toMatchObject({ message: 'fetch failed' });
      await own.start();
      expect((await order.find()).status).toBe(200);
    } finally {
      await own.dispose();
    }
  });
});
