import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../../embedded/wait-for.ts';
import { receiveWebhooks, startCarrier, type Program, type Reply } from './programs.ts';

// Programs are started and killed here, which takes a while on a busy machine.
jest.setTimeout(60_000);

const NEVER_MS = 3_600_000;
let receiver: Awaited<ReturnType<typeof receiveWebhooks>>;
let carrier: Program;
beforeAll(async () => {
  receiver = await receiveWebhooks();
  carrier = await startCarrier({ WEBHOOK_URL: receiver.url });
});
afterAll(async () => {
  await carrier.dispose();
  await receiver.close();
});

let orders = 0;
const newOrder = (): string => `ord_carrier_${(orders += 1)}`;
const address = { name: 'Ana Ünal', line1: '1 Road', city: 'Leeds', postalCode: 'LS1 1UR', country: 'GB' };
const book = (orderId: string, shipTo: object = address, key = `${orderId}:book:1`): Promise<Reply> =>
  carrier.send('POST', '/v1/bookings', {
    key,
    body: { orderId, shipmentId: `shp_${orderId}`, fromLocationId: 'west', shipTo, weightGrams: 1250 },
  });
const cancel = (orderId: string, key = `${orderId}:cancel:1`): Promise<Reply> =>
  carrier.send('POST', '/v1/cancellations', { key, body: { orderId, bookingKey: `${orderId}:book:1` } });
const find = (orderId: string): Promise<Reply> =>
  carrier.send('GET', `/v1/bookings/by-key/${orderId}:book:1`);
const setSpeed = (shippedAfterMs: number, deliveredAfterMs: number, orderId?: string): Promise<Reply> =>
  carrier.send('PUT', '/control/speed', { body: { shippedAfterMs, deliveredAfterMs, orderId } });
const reaches = (orderId: string, status: string): Promise<boolean> =>
  waitFor(async () => (await find(orderId)).json.status === status, {
    timeoutMs: 15_000,
    what: `the parcel of ${orderId} to be ${status}`,
  });
/** Each once, however often it was delivered. */
const webhooksOf = (orderId: string) =>
  receiver.received
    .map(({ body }) => body)
    .filter((body) => body.data.orderId === orderId)
    .filter((body, index, all) => all.findIndex(({ id }) => id === body.id) === index);
const codeOf = (reply: Reply): [number, string] => [reply.status, reply.json.error.code];

describe('booking', () => {
  it('gives a tracking number and a label, the same for the same key, also after kill -9', async () => {
    const orderId = newOrder();
    await setSpeed(NEVER_MS, NEVER_MS, orderId);
    const booked = await book(orderId);
    expect(booked.json).toMatchObject({
      key: `${orderId}:book:1`,
      orderId,
      shipmentId: `shp_${orderId}`,
      carrier: 'Simulated Parcel',
      trackingNumber: expect.stringMatching(/^SP\d{12}$/),
      status: 'booked',
    });
    await carrier.crashAndRestart();
    expect((await book(orderId)).text).toBe(booked.text);
    expect((await find(orderId)).json).toEqual(booked.json);
    expect(codeOf(await book(orderId, { ...address, city: 'York' }))).toEqual([
      409,
      'idempotency_key_reused',
    ]);
  });

  it('makes a label that is a PDF, for who has its address or the API key, and nobody else', async () => {
    const orderId = newOrder();
    const { labelUrl, trackingNumber } = (await book(orderId, { ...address, name: 'Ω 名前 <b>' })).json;
    expect(labelUrl).toContain(`${carrier.url}/v1/labels/${trackingNumber}.pdf?token=`);
    const label = await fetch(labelUrl);
    expect([label.status, label.headers.get('content-type')]).toEqual([200, 'application/pdf']);
    const bytes = Buffer.from(await label.arrayBuffer());
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(bytes.length).toBeGreaterThan(1000);
    const path = `/v1/labels/${trackingNumber}.pdf`;
    expect((await carrier.send('GET', path)).text.startsWith('%PDF')).toBe(true);
    const nobody = { headers: { authorization: 'Bearer wrong' } };
    expect((await carrier.send('GET', path, nobody)).status).toBe(401);
    expect((await carrier.send('GET', `${path}?token=ü`, nobody)).status).toBe(401);
    expect((await carrier.send('GET', '/v1/labels/SP000.pdf')).status).toBe(404);
  });

  it('is refused for an address that is not served, for good under that key', async () => {
    const orderId = newOrder();
    const reply = await book(orderId, { ...address, postalCode: '00000' });
    expect(codeOf(reply)).toEqual([422, 'address_not_served']);
    expect((await book(orderId, { ...address, postalCode: '00000' })).text).toBe(reply.text);
    expect(codeOf(await find(orderId))).toEqual([404, 'booking_not_found']);
  });

  it('is refused when it is not complete', async () => {
    expect(codeOf(await book(newOrder(), { name: 'A' }))).toEqual([400, 'invalid_request']);
  });
});

describe('cancelling a booking', () => {
  it('cancels it once, however often it is asked', async () => {
    const orderId = newOrder();
    await setSpeed(NEVER_MS, NEVER_MS, orderId);
    await book(orderId);
    const cancelled = await cancel(orderId);
    expect(cancelled.json).toMatchObject({ key: `${orderId}:book:1`, status: 'cancelled' });
    expect((await cancel(orderId)).text).toBe(cancelled.text);
    expect((await cancel(orderId, 'another-key-of-cancel')).json).toMatchObject({ status: 'cancelled' });
    await setSpeed(0, 0, orderId);
    expect((await find(orderId)).json).toMatchObject({ status: 'cancelled', shippedAt: null });
  });

  it('is refused once the parcel has left', async () => {
    const orderId = newOrder();
    await setSpeed(0, NEVER_MS, orderId);
    await book(orderId);
    await reaches(orderId, 'shipped');
    expect(codeOf(await cancel(orderId))).toEqual([422, 'already_shipped']);
  });

  it('that was never made is remembered over a kill -9, and a late booking is refused', async () => {
    const orderId = newOrder();
    expect(codeOf(await cancel(orderId))).toEqual([404, 'booking_not_found']);
    await carrier.crashAndRestart();
    expect(codeOf(await cancel(orderId))).toEqual([404, 'booking_not_found']);
    expect(codeOf(await book(orderId))).toEqual([422, 'cancelled_before']);
    expect(codeOf(await find(orderId))).toEqual([404, 'booking_not_found']);
    const { json } = await carrier.send('GET', `/control/operations?orderId=${orderId}`);
    expect(json).toMatchObject([
      { operation: 'cancel', amountMinor: null, status: 'succeeded', neverBooked: true },
    ]);
  });

  it('is refused for another order', async () => {
    const orderId = newOrder();
    await book(orderId);
    const stranger = await carrier.send('POST', '/v1/cancellations', {
      key: 'stranger',
      body: { orderId: 'ord_other', bookingKey: `${orderId}:book:1` },
    });
    expect(codeOf(stranger)).toEqual([422, 'order_mismatch']);
  });
});

describe('the way of a parcel', () => {
  it('is told by webhooks: shipped, then delivered', async () => {
    const orderId = newOrder();
    await setSpeed(150, 200, orderId);
    const { json: booked } = await book(orderId);
    await reaches(orderId, 'delivered');
    await waitFor(() => webhooksOf(orderId).length === 2, { timeoutMs: 5000, what: 'both webhooks' });
    const { json: parcel } = await find(orderId);
    const [shipped, delivered] = webhooksOf(orderId);
    expect(shipped).toMatchObject({
      type: 'shipment.shipped',
      data: {
        shipmentId: `shp_${orderId}`,
        orderId,
        trackingNumber: booked.trackingNumber,
        bookingKey: `${orderId}:book:1`,
        status: 'shipped',
        at: parcel.shippedAt,
      },
    });
    expect(delivered).toMatchObject({
      type: 'shipment.delivered',
      data: { status: 'delivered', at: parcel.deliveredAt },
    });
    expect(Date.parse(parcel.shippedAt) - Date.parse(parcel.bookedAt)).toBe(150);
    expect(Date.parse(parcel.deliveredAt) - Date.parse(parcel.shippedAt)).toBe(200);
    expect(receiver.received.every(({ verification }) => verification.valid)).toBe(true);
  });

  it('goes on after a kill -9, as if the carrier had never stopped', async () => {
    const orderId = newOrder();
    await setSpeed(200, 200, orderId);
    await book(orderId);
    await carrier.crashAndRestart();
    await reaches(orderId, 'delivered');
    const { json: parcel } = await find(orderId);
    expect(Date.parse(parcel.deliveredAt) - Date.parse(parcel.bookedAt)).toBe(400);
    await waitFor(() => webhooksOf(orderId).length === 2, { timeoutMs: 5000, what: 'both webhooks' });
  });

  it('takes its speed from the control interface, for parcels under way too, and keeps it', async () => {
    expect((await carrier.send('GET', '/control/speed')).json).toEqual({
      shippedAfterMs: 1000,
      deliveredAfterMs: 2000,
    });
    const orderId = newOrder();
    await setSpeed(NEVER_MS, NEVER_MS);
    await book(orderId);
    await carrier.crashAndRestart();
    expect((await carrier.send('GET', '/control/speed')).json).toEqual({
      shippedAfterMs: NEVER_MS,
      deliveredAfterMs: NEVER_MS,
    });
    expect((await find(orderId)).json.status).toBe('booked');
    const changed = await carrier.send('PUT', '/control/speed', { body: { shippedAfterMs: 0 } });
    expect(changed.json).toEqual({ shippedAfterMs: 0, deliveredAfterMs: NEVER_MS });
    await reaches(orderId, 'shipped');
    await setSpeed(0, 0);
    await reaches(orderId, 'delivered');
    expect((await setSpeed(-1, 0)).status).toBe(400);
  });

  it('can have a speed of its own', async () => {
    const [slow, fast] = [newOrder(), newOrder()];
    await setSpeed(0, 0);
    await setSpeed(NEVER_MS, 0, slow);
    await book(slow);
    await book(fast);
    await reaches(fast, 'delivered');
    expect((await find(slow)).json.status).toBe('booked');
  });
});

describe('the list of the carrier', () => {
  it('has bookings and cancellations in the order of their making, page by page', async () => {
    const [one, other] = [newOrder(), newOrder()];
    await setSpeed(NEVER_MS, 0, one);
    await book(one);
    await cancel(one);
    await book(other);
    const seen: string[] = [];
    let cursor: string | null = '0';
    while (cursor !== null) {
      const { json }: Reply = await carrier.send('GET', `/v1/operations?limit=2&cursor=${cursor}`);
      seen.push(...json.items.map((item: { key: string }) => item.key));
      cursor = json.nextCursor;
    }
    expect(seen.slice(-3)).toEqual([`${one}:book:1`, `${one}:cancel:1`, `${other}:book:1`]);
    expect(new Set(seen).size).toBe(seen.length);
  });
});
