import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import postgres from 'postgres';
import { signWebhook, WEBHOOK_SIGNATURE_HEADER } from '../../../src/config/webhook-signature.ts';
import { live, stockUp } from '../events/order-lives.ts';
import { CARRIER_SECRET, newKey, PAYMENT_SECRET, startTestApi, type Sent, type TestApi } from './test-api.ts';

jest.setTimeout(60_000);

let api: TestApi;
let rows: postgres.Sql;
beforeAll(async () => {
  api = await startTestApi();
  rows = postgres(api.databaseUrl, { max: 1 });
});
beforeEach(async () => {
  await rows`DELETE FROM webhook_inbox`;
});
afterAll(async () => {
  await rows.end();
  await api.close();
});

const now = (): number => Math.floor(Date.now() / 1000);
const ORDER = 'ord_00000000000000000000000000';

const payment = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: `evt_${newKey()}`,
  type: 'payment.operation.succeeded',
  createdAt: '2026-01-02T03:04:05.678Z',
  data: {
    operationKey: `${ORDER}:authorize:1`,
    kind: 'authorize',
    orderId: ORDER,
    amountMinor: 100,
    currency: 'GBP',
    status: 'succeeded',
  },
  ...changes,
});
const parcel = (): Record<string, unknown> => ({
  id: `evt_${newKey()}`,
  type: 'shipment.shipped',
  createdAt: '2026-01-02T03:04:05.678Z',
  data: {
    shipmentId: 'shp_00000000000000000000000000_1',
    orderId: ORDER,
    trackingNumber: 'TRK1',
    bookingKey: 'shp_00000000000000000000000000_1:book:1',
    status: 'shipped',
    at: '2026-01-02T03:04:05.678Z',
  },
});

interface Delivery {
  readonly secret?: string;
  readonly at?: number;
  readonly signature?: string | null;
  readonly text?: string;
}
const deliver = (path: 'payments' | 'shipping', body: unknown, how: Delivery = {}): Promise<Sent> => {
  const text = how.text ?? JSON.stringify(body);
  const secret = how.secret ?? (path === 'payments' ? PAYMENT_SECRET : CARRIER_SECRET);
  const signature =
    how.signature === undefined ? signWebhook(secret, how.at ?? now(), JSON.stringify(body)) : how.signature;
  return api.send('POST', `/v1/webhooks/${path}`, {
    body: text,
    headers: signature === null ? {} : { [WEBHOOK_SIGNATURE_HEADER]: signature },
  });
};
const stored = (): Promise<readonly Record<string, unknown>[]> =>
  rows`SELECT provider, message_id, order_id, payload, state FROM webhook_inbox ORDER BY position`;

describe('a webhook that is signed', () => {
  it('of the payment provider is stored as it came, then answered', async () => {
    const body = payment();
    const sent = await deliver('payments', body);
    expect(sent.status).toBe(200);
    expect(sent.json).toEqual({ status: 'stored' });
    expect(await stored()).toEqual([
      { provider: 'payments', message_id: body['id'], order_id: ORDER, payload: body, state: 'pending' },
    ]);
  });

  it('of the carrier is stored', async () => {
    const body = parcel();
    expect((await deliver('shipping', body)).status).toBe(200);
    expect(await stored()).toMatchObject([{ provider: 'shipping', message_id: body['id'], payload: body }]);
  });

  it('is stored once however often it is delivered, also at once', async () => {
    const body = payment();
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver('payments', body)));
    expect(new Set(answers.map((sent) => sent.status))).toEqual(new Set([200]));
    expect(answers.filter((sent) => sent.json.status === 'stored')).toHaveLength(1);
    expect(await stored()).toHaveLength(1);
  });

  it('of a type that nobody knows yet is stored, without the fields that nobody knows', async () => {
    const body = payment({ type: 'payment.operation.reversed', extra: { a: 1 } });
    expect((await deliver('payments', body)).status).toBe(200);
    const [row] = await stored();
    expect(row?.['payload']).not.toHaveProperty('extra');
  });

  it('about a refund that failed after all waits for the workflow, although the refund has its answer', async () => {
    const orderId = `ord_${'w'.repeat(26)}`;
    await stockUp(api.database, api.repositories);
    await live(api.repositories.orders, orderId, 'refunded');
    const data = {
      operationKey: `ref_${orderId}:refund:1`,
      kind: 'refund',
      orderId,
      amountMinor: 100,
      currency: 'GBP',
    };
    await deliver('payments', payment({ data: { ...data, status: 'succeeded' } }));
    const failed = payment({ type: 'payment.refund.failed', data: { ...data, status: 'failed' } });
    await deliver('payments', failed);
    expect((await stored()).map(({ state }) => state)).toEqual(['not_needed', 'pending']);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['no id', { id: undefined }, ['/id']],
    ['an id that is no id', { id: 'a b' }, ['/id']],
    ['no data', { data: undefined }, ['/data']],
    [
      'nothing of an order',
      { data: { operationKey: 'k' } },
      ['/data/kind', '/data/orderId', '/data/amountMinor', '/data/currency', '/data/status'],
    ],
  ])('and has %s is answered 400, logged and not stored', async (_name, changes, pointers) => {
    const sent = await deliver('payments', payment(changes));
    expect(sent.status).toBe(400);
    expect(sent.json.errors.map((error: { pointer: string }) => error.pointer)).toEqual(pointers);
    expect(api.log()).toContain('a signed webhook is not understood');
    expect(await stored()).toEqual([]);
  });

  it('and is not JSON is answered 400', async () => {
    const text = '{"id":';
    const signature = signWebhook(PAYMENT_SECRET, now(), text);
    expect((await deliver('payments', null, { text, signature })).status).toBe(400);
  });
});

describe('a webhook that is not signed as it should be is answered 401 and not stored', () => {
  it.each<[string, Delivery]>([
    ['no signature', { signature: null }],
    ['an empty signature', { signature: '' }],
    ['a signature of another form', { signature: 'sha256=abc' }],
    ['another secret', { secret: 'another-secret-of-mine' }],
    ['the secret of the carrier', { secret: CARRIER_SECRET }],
    ['a time six minutes ago', { at: now() - 360 }],
    ['a time six minutes ahead', { at: now() + 360 }],
    ['another body', { text: JSON.stringify(payment()) }],
    ['a space more', { text: ` ${JSON.stringify(payment())}` }],
  ])('%s', async (_name, how) => {
    const sent = await deliver('payments', payment(), how);
    expect(sent.status).toBe(401);
    expect(sent.json.code).toBe('WEBHOOK_SIGNATURE_INVALID');
    expect(await stored()).toEqual([]);
  });

  it('a signature that was recorded and gets a new time', async () => {
    const body = payment();
    const [, digest] = signWebhook(PAYMENT_SECRET, now() - 3_600, JSON.stringify(body)).split(',');
    expect((await deliver('payments', body, { signature: `t=${now()},${digest}` })).status).toBe(401);
    expect(await stored()).toEqual([]);
  });
});

describe('a webhook body', () => {
  it('above 1 MiB is answered 413', async () => {
    const text = 'x'.repeat(1_048_577);
    expect((await deliver('payments', null, { text, signature: 't=1,v1=00' })).status).toBe(413);
  });
});
