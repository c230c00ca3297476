import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCarrier, startPaymentProvider, type Program, type Reply } from './programs.ts';

// Programs are started and killed here, which takes a while on a busy machine.
jest.setTimeout(60_000);

let provider: Program;
let carrier: Program;
beforeAll(async () => {
  [provider, carrier] = await Promise.all([startPaymentProvider(), startCarrier()]);
});
afterEach(async () => {
  await Promise.all([provider.send('DELETE', '/control/faults'), carrier.send('DELETE', '/control/faults')]);
});
afterAll(() => Promise.all([provider.dispose(), carrier.dispose()]));

let orders = 0;
const newOrder = (): string => `ord_control_${(orders += 1)}`;
const authorize = (orderId: string, key = `${orderId}:authorize:1`): Promise<Reply> =>
  provider.send('POST', '/v1/authorizations', {
    key,
    body: { orderId, amountMinor: 1000, currency: 'GBP', paymentToken: 'tok_visa' },
  });
const capture = (orderId: string, key = `${orderId}:capture:1`): Promise<Reply> =>
  provider.send('POST', '/v1/captures', {
    key,
    body: { orderId, amountMinor: 1000, currency: 'GBP', authorizationKey: `${orderId}:authorize:1` },
  });
const find = (key: string): Promise<Reply> => provider.send('GET', `/v1/operations/by-key/${key}`);
const book = (orderId: string): Promise<Reply> =>
  carrier.send('POST', '/v1/bookings', {
    key: `${orderId}:book:1`,
    body: {
      orderId,
      shipmentId: `shp_${orderId}`,
      fromLocationId: 'main',
      shipTo: { name: 'A B', line1: '1 Road', city: 'Leeds', postalCode: 'LS1 1UR', country: 'GB' },
      weightGrams: 100,
    },
  });
const done = async (program: Program, orderId: string): Promise<string[]> =>
  (await program.send('GET', `/control/operations?orderId=${orderId}`)).json.map(
    (each: { operation: string; status: string }) => `${each.operation} ${each.status}`,
  );
const setRules = (rules: readonly object[], program = provider): Promise<Reply> =>
  program.send('PUT', '/control/faults', { body: { rules } });

describe('fault rules', () => {
  it('error_before fails as often as told before anything is done', async () => {
    const orderId = newOrder();
    await setRules([{ operation: 'authorize', orderId, times: 2, behaviour: 'error_before' }]);
    expect((await authorize(orderId)).status).toBe(500);
    expect((await authorize(orderId)).status).toBe(500);
    expect(await done(provider, orderId)).toEqual([]);
    expect((await authorize(orderId)).status).toBe(200);
  });

  it('error_after and lost_reply do it, and the answer is gone', async () => {
    const orderId = newOrder();
    await authorize(orderId);
    await setRules([
      { operation: 'capture', behaviour: 'error_after' },
      { operation: 'capture', behaviour: 'lost_reply' },
    ]);
    expect((await capture(orderId)).status).toBe(500);
    expect(await done(provider, orderId)).toEqual(['authorize succeeded', 'capture succeeded']);
    await expect(capture(orderId)).rejects.toThrow('fetch failed');
    expect((await capture(orderId)).status).toBe(200);
    expect(await done(provider, orderId)).toHaveLength(2);
  });

  it('delay waits before it is done', async () => {
    const orderId = newOrder();
    await setRules([{ operation: 'authorize', behaviour: 'delay', delayMs: 400 }]);
    const startedMs = performance.now();
    expect((await authorize(orderId)).status).toBe(200);
    expect(performance.now() - startedMs).toBeGreaterThan(390);
  });

  it('decline records a declined operation at the payment provider, with the reason told', async () => {
    const orderId = newOrder();
    await authorize(orderId);
    await setRules([{ operation: 'capture', behaviour: 'decline', code: 'card_lost', times: -1 }]);
    const declined = await capture(orderId);
    expect(declined.json).toMatchObject({
      status: 'declined',
      declineReason: 'card_lost',
      amountMinor: 1000,
    });
    expect((await capture(orderId)).text).toBe(declined.text);
    await provider.send('DELETE', '/control/faults');
    expect((await capture(orderId, `${orderId}:capture:2`)).json).toMatchObject({ status: 'succeeded' });
    expect(await done(provider, orderId)).toEqual([
      'authorize succeeded',
      'capture declined',
      'capture succeeded',
    ]);
  });

  it('decline refuses at the carrier, for good under that key', async () => {
    const orderId = newOrder();
    await setRules([{ operation: 'book', behaviour: 'decline', code: 'strike' }], carrier);
    expect(await book(orderId)).toMatchObject({ status: 422, json: { error: { code: 'strike' } } });
    expect(await book(orderId)).toMatchObject({ status: 422, json: { error: { code: 'strike' } } });
    expect(await done(carrier, orderId)).toEqual([]);
  });

  it('rate_limit and maintenance answer with Retry-After and do nothing', async () => {
    const orderId = newOrder();
    await setRules([
      { operation: 'authorize', behaviour: 'rate_limit' },
      { operation: 'authorize', behaviour: 'maintenance', delayMs: 2500 },
    ]);
    const limited = await authorize(orderId);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1']);
    const down = await authorize(orderId);
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '3']);
    expect(await done(provider, orderId)).toEqual([]);
  });

  it('are for one order when they name it, look-ups included', async () => {
    const [orderId, other] = [newOrder(), newOrder()];
    await Promise.all([authorize(orderId), authorize(other)]);
    await setRules([{ operation: 'lookup', orderId, times: -1, behaviour: 'maintenance' }]);
    expect((await find(`${orderId}:authorize:1`)).status).toBe(503);
    expect((await find(`${other}:authorize:1`)).status).toBe(200);
    expect((await capture(orderId)).status).toBe(200);
    await provider.send('DELETE', `/control/faults?orderId=${orderId}`);
    expect((await find(`${orderId}:authorize:1`)).status).toBe(200);
  });

  it('for a look-up also lose its reply, fail it and delay it', async () => {
    const orderId = newOrder();
    const key = `${orderId}:authorize:1`;
    await authorize(orderId);
    await setRules(
      ['lost_reply', 'error_after', 'delay'].map((behaviour) => ({
        operation: 'lookup',
        behaviour,
        delayMs: 200,
      })),
    );
    await expect(find(key)).rejects.toThrow('fetch failed');
    expect((await find(key)).status).toBe(500);
    const startedMs = performance.now();
    expect((await find(key)).status).toBe(200);
    expect(performance.now() - startedMs).toBeGreaterThan(190);
  });

  it('for * are for every operation, the list included', async () => {
    const orderId = newOrder();
    await setRules([{ operation: '*', times: -1, behaviour: 'maintenance' }]);
    const statuses = [
      await authorize(orderId),
      await find('any'),
      await provider.send('GET', '/v1/operations'),
    ];
    expect(statuses.map((reply) => reply.status)).toEqual([503, 503, 503]);
  });

  it('outlive a kill -9 with what is left of them, until lifted', async () => {
    const orderId = newOrder();
    await setRules([{ operation: 'authorize', orderId, times: 2, behaviour: 'error_before' }]);
    expect((await authorize(orderId)).status).toBe(500);
    await provider.crashAndRestart();
    expect((await provider.send('GET', '/control/faults')).json.rules).toEqual([
      { operation: 'authorize', orderId, times: 1, behaviour: 'error_before' },
    ]);
    await provider.send('DELETE', '/control/faults');
    expect((await authorize(orderId)).status).toBe(200);
  });

  it('are replaced by PUT and added to by POST', async () => {
    await setRules([{ operation: 'authorize', orderId: 'a', behaviour: 'delay' }]);
    await setRules([{ operation: 'authorize', orderId: 'b', behaviour: 'delay' }]);
    const added = await provider.send('POST', '/control/faults', {
      body: { rules: [{ operation: 'void', behaviour: 'lost_reply', times: -1 }] },
    });
    expect(added.json.rules).toEqual([
      { operation: 'authorize', orderId: 'b', behaviour: 'delay', times: 1 },
      { operation: 'void', behaviour: 'lost_reply', times: -1 },
    ]);
  });

  it('that make no sense are refused and change nothing', async () => {
    await setRules([{ operation: 'void', behaviour: 'delay' }]);
    for (const rule of [
      { operation: 'book', behaviour: 'delay' },
      { operation: 'lookup', behaviour: 'decline' },
      { operation: 'capture', behaviour: 'explode' },
      { operation: 'capture', behaviour: 'delay', times: -2 },
      { operation: 'capture', behaviour: 'delay', delay: 5 },
    ])
      expect((await setRules([rule])).status).toBe(400);
    expect((await provider.send('GET', '/control/faults')).json.rules).toHaveLength(1);
  });
});
