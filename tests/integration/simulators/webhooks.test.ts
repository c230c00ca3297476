import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../../embedded/wait-for.ts';
import { receiveWebhooks, startPaymentProvider, type Program } from './programs.ts';

// Programs are started and killed here, which takes a while on a busy machine.
jest.setTimeout(60_000);

type Receiver = Awaited<ReturnType<typeof receiveWebhooks>>;
const opened: { dispose: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.dispose()));
});

/** A payment provider and a receiver of its webhooks that answers `answer(n)` to the n-th. */
async function open(
  answer?: (arrived: number) => number,
): Promise<{ provider: Program; receiver: Receiver }> {
  const receiver = await receiveWebhooks(answer);
  opened.push({ dispose: receiver.close });
  const provider = await startPaymentProvider({ WEBHOOK_URL: receiver.url });
  opened.push(provider);
  return { provider, receiver };
}

async function authorize(provider: Program, orderId: string, paymentToken = 'tok_visa'): Promise<void> {
  const body = { orderId, amountMinor: 1000, currency: 'GBP', paymentToken };
  await provider.send('POST', '/v1/authorizations', { key: `${orderId}:authorize:1`, body });
}
const arrived = (receiver: Receiver, count: number): Promise<boolean> =>
  waitFor(() => receiver.received.length >= count, { timeoutMs: 15_000, what: `${count} webhooks` });
const drained = (provider: Program): Promise<boolean> =>
  waitFor(async () => (await provider.send('GET', '/control/webhooks')).json.waiting === 0, {
    timeoutMs: 15_000,
    what: 'no webhook to wait',
  });
const setMode = (provider: Program, mode: object): Promise<unknown> =>
  provider.send('PUT', '/control/webhooks', { body: mode });
const orderIds = (receiver: Receiver): string[] => receiver.received.map(({ body }) => body.data.orderId);

describe('webhooks', () => {
  it('tell of every operation, signed, in the form that is documented', async () => {
    const { provider, receiver } = await open();
    await authorize(provider, 'ord_1');
    await authorize(provider, 'ord_2', 'tok_declined_fraud');
    await arrived(receiver, 2);
    const ofOrder = (orderId: string) => receiver.received.find(({ body }) => body.data.orderId === orderId);
    expect(ofOrder('ord_1')?.verification).toEqual({ valid: true });
    expect(ofOrder('ord_1')?.body).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      type: 'payment.operation.succeeded',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      data: {
        operationKey: 'ord_1:authorize:1',
        kind: 'authorize',
        orderId: 'ord_1',
        amountMinor: 1000,
        currency: 'GBP',
        status: 'succeeded',
      },
    });
    expect(ofOrder('ord_2')?.body).toMatchObject({
      type: 'payment.operation.declined',
      data: { status: 'declined' },
    });
  });

  it('are not made by refusals, repetitions and failures before the effect', async () => {
    const { provider, receiver } = await open();
    await authorize(provider, 'ord_1', 'tok_error_before');
    await authorize(provider, 'ord_1', 'tok_error_before');
    await authorize(provider, 'ord_1', 'tok_error_before');
    await authorize(provider, 'ord_1', 'tok_error_before');
    await authorize(provider, 'ord_2');
    await arrived(receiver, 2);
    await drained(provider);
    expect(orderIds(receiver).sort()).toEqual(['ord_1', 'ord_2']);
  });

  it('are sent again, under the same id and signed anew, until they are answered with 2xx', async () => {
    const { provider, receiver } = await open((number) => [500, 302, 404][number - 1] ?? 204);
    await authorize(provider, 'ord_1');
    await arrived(receiver, 4);
    await drained(provider);
    expect(receiver.received.map(({ status }) => status)).toEqual([500, 302, 404, 204]);
    expect(new Set(receiver.received.map(({ body }) => body.id)).size).toBe(1);
    expect(receiver.received.every(({ verification }) => verification.valid)).toBe(true);
    expect(new Set(receiver.received.map(({ header }) => header?.split(',')[0])).size).toBeGreaterThan(1);
  });

  it('that were not taken survive a kill -9', async () => {
    let isOpen = false;
    const { provider, receiver } = await open(() => (isOpen ? 200 : 503));
    await authorize(provider, 'ord_1');
    await arrived(receiver, 1);
    await provider.kill();
    isOpen = true;
    const before = receiver.received.length;
    await provider.start();
    await arrived(receiver, before + 1);
    await drained(provider);
    expect(receiver.received.at(-1)).toMatchObject({ status: 200, body: { data: { orderId: 'ord_1' } } });
  });

  it('are held until released, also over a restart, while later ones pass', async () => {
    const { provider, receiver } = await open();
    await setMode(provider, { mode: 'hold' });
    await authorize(provider, 'ord_1');
    await authorize(provider, 'ord_2');
    await provider.crashAndRestart();
    expect((await provider.send('GET', '/control/webhooks')).json).toMatchObject({ mode: 'hold', held: 2 });
    await setMode(provider, { mode: 'normal' });
    await authorize(provider, 'ord_3');
    await arrived(receiver, 1);
    expect(orderIds(receiver)).toEqual(['ord_3']);
    expect((await provider.send('POST', '/control/webhooks/release')).json).toEqual({ released: 2 });
    await arrived(receiver, 3);
    expect(orderIds(receiver).sort()).toEqual(['ord_1', 'ord_2', 'ord_3']);
  });

  it('tell that a refund which was done has failed', async () => {
    const { provider, receiver } = await open();
    await authorize(provider, 'ord_1');
    const money = { orderId: 'ord_1', amountMinor: 1000, currency: 'GBP' };
    const keyOf = (kind: string): string => `ord_1:${kind}:1`;
    const [authorizationKey, captureKey, key] = [keyOf('authorize'), keyOf('capture'), keyOf('refund')];
    await provider.send('POST', '/v1/captures', { key: captureKey, body: { ...money, authorizationKey } });
    await provider.send('POST', '/v1/refunds', { key, body: { ...money, captureKey } });
    await provider.send('POST', '/control/refunds/fail', { body: { key, code: 'card_lost' } });
    await arrived(receiver, 4);
    const told = receiver.received.find(({ body }) => body.type === 'payment.refund.failed');
    expect(told?.verification).toEqual({ valid: true });
    expect(told?.body.data).toEqual({ ...money, operationKey: key, kind: 'refund', status: 'failed' });
  });

  it('that are released go out although the mode is still hold', async () => {
    const { provider, receiver } = await open();
    await setMode(provider, { mode: 'hold' });
    await authorize(provider, 'ord_1');
    await provider.send('POST', '/control/webhooks/release', { body: {} });
    await arrived(receiver, 1);
    await authorize(provider, 'ord_2');
    expect((await provider.send('GET', '/control/webhooks')).json).toMatchObject({ held: 1, waiting: 0 });
  });

  it('are held for one order only when it is named', async () => {
    const { provider, receiver } = await open();
    await setMode(provider, { mode: 'hold', orderId: 'ord_1' });
    await authorize(provider, 'ord_1');
    await authorize(provider, 'ord_2');
    await arrived(receiver, 1);
    expect(orderIds(receiver)).toEqual(['ord_2']);
    await provider.send('POST', '/control/webhooks/release', { body: { orderId: 'ord_other' } });
    expect((await provider.send('GET', '/control/webhooks')).json.held).toBe(1);
    await provider.send('POST', '/control/webhooks/release', { body: { orderId: 'ord_1' } });
    await arrived(receiver, 2);
    expect(orderIds(receiver)).toEqual(['ord_2', 'ord_1']);
  });

  it('come several times under one id in mode duplicate', async () => {
    const { provider, receiver } = await open();
    await setMode(provider, { mode: 'duplicate' });
    await authorize(provider, 'ord_1');
    await arrived(receiver, 2);
    await setMode(provider, { mode: 'duplicate', copies: 5 });
    await authorize(provider, 'ord_2');
    await arrived(receiver, 7);
    await drained(provider);
    const ids = receiver.received.map(({ body }) => body.id);
    expect(ids).toHaveLength(7);
    expect(new Set(ids).size).toBe(2);
  });

  it('come in another order than made in mode shuffle, each once', async () => {
    const { provider, receiver } = await open();
    await setMode(provider, { mode: 'shuffle', windowMs: 500 });
    const made = Array.from({ length: 20 }, (_, index) => `ord_${String(index).padStart(2, '0')}`);
    for (const orderId of made) await authorize(provider, orderId);
    await arrived(receiver, 20);
    await drained(provider);
    // That twenty come in order by chance is one in 10^18.
    expect(orderIds(receiver)).not.toEqual(made);
    expect(orderIds(receiver).sort()).toEqual(made);
  });

  it('are refused a mode that does not exist', async () => {
    const { provider } = await open();
    const reply = await provider.send('PUT', '/control/webhooks', { body: { mode: 'lose' } });
    expect(reply.status).toBe(400);
  });
});
