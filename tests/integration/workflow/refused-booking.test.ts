/** What becomes of an order whose parcels the carrier refuses: it is corrected, and they are booked anew, each once. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { bookingOperationKey, shipmentId } from '../../../src/domain/ids.ts';
import type { OrderView, ShippingAddress } from '../../../src/domain/orders/order.ts';
import { PRESENT_STORY } from '../../../src/workflows/orders/process-order.contract.ts';
import {
  RECOVER_ORDER_WORKFLOW,
  type RecoverOrderInput,
} from '../../../src/workflows/orders/recover-order.contract.ts';
import { waitFor } from '../../support/stack.ts';
import { OrderLab, type PlaceOptions } from './order-lab.ts';

let lab: OrderLab;
beforeAll(async () => {
  lab = await OrderLab.start();
});
afterEach(async () => {
  expect(await lab.violations()).toEqual([]);
});
afterAll(() => lab?.stop());

const NOT_SERVED = '00000';
const shipTo: ShippingAddress = {
  name: 'Jane Doe',
  line1: '2 Low Street',
  city: 'York',
  postalCode: 'YO1 7HH',
  country: 'GB',
};
const ANOTHER_ADDRESS = { action: 'change_address', shipTo } as const;
const STILL_NOT_SERVED = { action: 'change_address', shipTo: { ...shipTo, postalCode: NOT_SERVED } } as const;
const HELD = 'authorize succeeded 1110';

const isRefused = ({ attention, waiting }: OrderView): boolean =>
  attention?.code === 'SHIPMENT_REFUSED' && waiting?.for === 'correction';
const isCharged = ({ paymentStatus }: OrderView): boolean => paymentStatus === 'captured';

/** An order that waits for a correction; its parcels stay where they are. */
async function placeRefused(options: PlaceOptions = {}): Promise<string> {
  const lines = [{ sku: await lab.stock(5, 5), quantity: 3 }];
  const { orderId, outcome } = await lab.place({
    parcelsStay: true,
    postalCode: NOT_SERVED,
    lines,
    ...options,
  });
  await outcome;
  await lab.until(orderId, 'refused', isRefused);
  return orderId;
}

/** Five units from main, which the carrier takes, and two from west, which it does not. */
async function placeHalfRefused(): Promise<string> {
  return placeRefused({
    postalCode: 'LS1 1UR',
    lines: [{ sku: await lab.stock(5, 5), quantity: 7 }],
    prepare: (orderId) =>
      lab.faults(
        lab.carrier,
        [
          { operation: 'book', times: 1, behaviour: 'delay', delayMs: 1 },
          { operation: 'book', times: 1, behaviour: 'decline', code: 'address_not_served' },
        ].map((rule) => ({ ...rule, orderId })),
      ),
  });
}

/** What the carrier did, in order, for example `1 book:2`: the second booking of the first parcel. */
async function carried(orderId: string): Promise<string[]> {
  const operations = await lab.operations(lab.carrier, orderId);
  return operations.map(({ key }) => key.replace(/^shp_[0-9a-f]+_(\d+):/, '$1 '));
}

/** Bookings that stand. */
async function booked(orderId: string): Promise<string[]> {
  const all = await carried(orderId);
  return all.filter(
    (key) => key.includes(' book:') && !all.includes(key.replace(' book:', ' cancel_booking:')),
  );
}

/** Holds only when this booking was asked for with just that: the carrier refuses a key that comes with anything else. */
async function expectBooked(
  orderId: string,
  parcel: number,
  attempt: number,
  asked: { readonly fromLocationId: string; readonly weightGrams: number; readonly shipTo: ShippingAddress },
): Promise<void> {
  const id = shipmentId(orderId, parcel);
  const { status, json } = await lab.carrier.send('POST', '/v1/bookings', {
    key: bookingOperationKey(id, attempt),
    body: { orderId, shipmentId: id, ...asked },
  });
  expect([status, json]).toMatchObject([200, { shipmentId: id, status: 'booked' }]);
}

async function untilCharged(orderId: string): Promise<void> {
  const order = await lab.until(orderId, 'charged', isCharged);
  expect(order).toMatchObject({ status: 'fulfilling', attention: null, waiting: { for: 'hand_over' } });
}

async function untilCompleted(orderId: string): Promise<void> {
  await lab.speed(orderId, 1, 1);
  await lab.untilClosed(orderId);
  expect((await lab.order(orderId)).status).toBe('completed');
}

describe('an order whose address the carrier refuses', () => {
  test('waits for an operator, and goes on to its end once the address is another one', async () => {
    const orderId = await placeRefused();
    expect(await lab.order(orderId)).toMatchObject({
      status: 'confirmed',
      shipments: [{ status: 'pending' }],
      waiting: { for: 'correction', owner: 'operator' },
    });
    expect(await lab.operate(orderId, ANOTHER_ADDRESS)).toEqual({
      kind: 'done',
      detail: 'The parcels are booked anew.',
    });
    await untilCharged(orderId);
    expect(await carried(orderId)).toEqual(['1 cancel_booking:1', '1 book:2']);
    await expectBooked(orderId, 1, 2, { fromLocationId: 'main', weightGrams: 900, shipTo });
    await untilCompleted(orderId);
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, 'capture succeeded 1110']);
    const events = await lab.events(orderId);
    expect(events.filter((type) => type === 'shipment.label_created')).toHaveLength(1);
  });

  test('and refuses the next one as well waits again', async () => {
    const orderId = await placeRefused();
    expect(await lab.operate(orderId, STILL_NOT_SERVED)).toMatchObject({ kind: 'done' });
    await waitFor(async () => (await carried(orderId)).includes('1 cancel_booking:2'), {
      timeoutMs: 30_000,
      what: 'the second booking to be given back',
    });
    await lab.until(orderId, 'refused again', isRefused);
    expect(await booked(orderId)).toEqual([]);
    expect(await lab.operate(orderId, ANOTHER_ADDRESS)).toMatchObject({ kind: 'done' });
    await untilCharged(orderId);
    expect(await booked(orderId)).toEqual(['1 book:3']);
    await untilCompleted(orderId);
  });

  test('has what it had booked before cancelled, and all of it goes to the other address', async () => {
    const orderId = await placeHalfRefused();
    expect(await carried(orderId)).toEqual(['1 book:1', '1 cancel_booking:1', '2 cancel_booking:1']);
    expect(await lab.operate(orderId, ANOTHER_ADDRESS)).toMatchObject({ kind: 'done' });
    await untilCharged(orderId);
    expect(await booked(orderId)).toEqual(['1 book:2', '2 book:2']);
    await expectBooked(orderId, 1, 2, { fromLocationId: 'main', weightGrams: 1500, shipTo });
    await expectBooked(orderId, 2, 2, { fromLocationId: 'west', weightGrams: 600, shipTo });
    await untilCompleted(orderId);
  });

  test('is sent from another location instead', async () => {
    const orderId = await placeRefused({
      postalCode: 'LS1 1UR',
      prepare: (id) =>
        lab.faults(lab.carrier, [
          { operation: 'book', orderId: id, times: 1, behaviour: 'decline', code: 'location_not_served' },
        ]),
    });
    expect(await lab.operate(orderId, { action: 'reroute', locationId: 'west' })).toEqual({
      kind: 'done',
      detail: 'Everything is held at west. The parcel is booked anew.',
    });
    await untilCharged(orderId);
    expect(await booked(orderId)).toEqual(['1 book:2']);
    expect((await lab.order(orderId)).shipments).toMatchObject([{ locationId: 'west', status: 'booked' }]);
    await untilCompleted(orderId);
  });

  test('is sent to another address from one location instead of two', async () => {
    const sku = await lab.stock(2, 1);
    const orderId = await placeRefused({ lines: [{ sku, quantity: 3 }] });
    expect(await lab.operate(orderId, { action: 'reroute', locationId: 'west' })).toEqual({
      kind: 'refused',
      why: 'out_of_stock',
    });
    await lab.repositories.inventory.adjust({
      adjustmentId: `adj_${sku}_more`,
      sku,
      locationId: 'west',
      quantity: 2,
      reason: 'received',
      actor: 'lab',
    });
    // So that both are there before it is booked anew.
    expect(await lab.operate(orderId, { action: 'hold' })).toMatchObject({ kind: 'done' });
    expect(await lab.operate(orderId, ANOTHER_ADDRESS)).toMatchObject({ kind: 'done' });
    expect(await lab.operate(orderId, { action: 'reroute', locationId: 'west' })).toMatchObject({
      kind: 'done',
    });
    expect(await lab.operate(orderId, { action: 'release' })).toMatchObject({ kind: 'done' });
    await untilCharged(orderId);
    expect(await booked(orderId)).toEqual(['2 book:2']);
    await expectBooked(orderId, 2, 2, { fromLocationId: 'west', weightGrams: 900, shipTo });
    await untilCompleted(orderId);
    expect(await lab.shelf(sku)).toBe('2/0');
  });

  test('is cancelled while it waits, with everything given back', async () => {
    const orderId = await placeHalfRefused();
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    const order = await lab.order(orderId);
    expect(order).toMatchObject({ status: 'cancelled', attention: null, waiting: null });
    expect(order.shipments.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
    expect(await booked(orderId)).toEqual([]);
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 2590', 'void succeeded 2590']);
    await lab.untilClosed(orderId);
  });

  test('is cancelled while it is being booked anew', async () => {
    const orderId = await placeRefused();
    await lab.faults(lab.carrier, [{ operation: 'book', orderId, times: -1, behaviour: 'maintenance' }]);
    await waitFor(async () => (await lab.operate(orderId, ANOTHER_ADDRESS)).kind === 'refused', {
      timeoutMs: 30_000,
      what: 'the carrier to be asked anew',
    });
    expect(await lab.operate(orderId, ANOTHER_ADDRESS)).toEqual({ kind: 'refused', why: 'booking_begun' });
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    await lab.liftFaults(lab.carrier, orderId);
    expect(await carried(orderId)).toEqual(['1 cancel_booking:1', '1 cancel_booking:2']);
    expect(await lab.moneyMoves(orderId)).toEqual([HELD, 'void succeeded 1110']);
  });

  test('is held as any other, and booked anew when it is released', async () => {
    const orderId = await placeRefused();
    expect(await lab.operate(orderId, { action: 'hold' })).toMatchObject({ kind: 'done' });
    expect(await lab.operate(orderId, ANOTHER_ADDRESS)).toMatchObject({ kind: 'done' });
    await lab.until(orderId, 'held', ({ waiting }) => waiting?.for === 'held');
    expect(await carried(orderId)).toEqual(['1 cancel_booking:1']);
    expect(await lab.operate(orderId, { action: 'release' })).toMatchObject({ kind: 'done' });
    await untilCharged(orderId);
    expect(await booked(orderId)).toEqual(['1 book:2']);
  });

  test('has its money held anew while it waits, and is still booked once', async () => {
    const orderId = await placeRefused({ firstCaptureWindowMs: 4_000 });
    await lab.untilMoved(orderId, [HELD, 'void succeeded 1110', HELD]);
    await lab.until(orderId, 'refused still', isRefused);
    expect(await lab.operate(orderId, ANOTHER_ADDRESS)).toMatchObject({ kind: 'done' });
    await untilCharged(orderId);
    expect(await carried(orderId)).toEqual(['1 cancel_booking:1', '1 book:2']);
  });

  test('of which a parcel has left calls a person, and nothing is booked anew', async () => {
    const { orderId, outcome } = await lab.place({
      parcelsStay: true,
      lines: [{ sku: await lab.stock(5, 5), quantity: 7 }],
      prepare: (id) =>
        lab.faults(lab.carrier, [
          { operation: 'book', orderId: id, times: 1, behaviour: 'delay', delayMs: 1 },
          { operation: 'book', orderId: id, times: 1, behaviour: 'decline', code: 'address_not_served' },
          { operation: 'cancel', orderId: id, times: 1, behaviour: 'decline', code: 'already_shipped' },
        ]),
    });
    await outcome;
    await lab.until(
      orderId,
      'waiting for a person',
      ({ attention }) => attention?.code === 'CANCEL_PARTLY_LOST',
    );
    expect(await lab.operate(orderId, ANOTHER_ADDRESS)).toEqual({ kind: 'refused', why: 'booking_begun' });
    expect(await lab.cancel(orderId)).toEqual({ kind: 'refused', status: 'shipped' });
    expect(await booked(orderId)).toEqual(['1 book:1']);
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 2590']);
  });
});

describe('a correction', () => {
  test('repeated with its id has one effect and one answer', async () => {
    const orderId = await placeRefused();
    const actionId = `act_${orderId.slice(4)}`;
    const first = await lab.operate(orderId, ANOTHER_ADDRESS, actionId);
    await untilCharged(orderId);
    expect(await lab.operate(orderId, ANOTHER_ADDRESS, actionId)).toEqual(first);
    expect(await booked(orderId)).toEqual(['1 book:2']);
  });

  test('that comes while the worker is dead is carried out by the next one', async () => {
    const orderId = await placeHalfRefused();
    await lab.worker.kill();
    const corrected = lab.operate(orderId, ANOTHER_ADDRESS);
    await lab.startWorker();
    expect(await corrected).toMatchObject({ kind: 'done' });
    await untilCharged(orderId);
    expect(await booked(orderId)).toEqual(['1 book:2', '2 book:2']);
  });

  test('of an order whose worker dies while it is booked anew holds', async () => {
    const orderId = await placeHalfRefused();
    await lab.faults(lab.carrier, [
      { operation: 'book', orderId, times: 1, behaviour: 'lost_reply' },
      { operation: 'lookup', orderId, times: 1, behaviour: 'maintenance' },
    ]);
    expect(await lab.operate(orderId, ANOTHER_ADDRESS)).toMatchObject({ kind: 'done' });
    await waitFor(async () => (await carried(orderId)).includes('1 book:2'), {
      timeoutMs: 30_000,
      what: 'the first parcel to be booked anew',
    });
    await lab.crashWorker();
    await lab.until(orderId, 'charged', isCharged, 60_000);
    expect(await booked(orderId)).toEqual(['1 book:2', '2 book:2']);
  });

  test('reaches an order whose run was lost, and which another one has taken up', async () => {
    const orderId = await placeHalfRefused();
    await lab.temporal.client.workflow.getHandle(orderId).terminate('by hand');
    const { fingerprint, currency, totalMinor, correlationId, deadlines } = await lab.input(orderId, {
      lines: [{ sku: 'SKU', quantity: 7 }],
    });
    const order = { orderId, fingerprint, currency, totalMinor, correlationId, deadlines };
    await lab.temporal.client.workflow.start<(input: RecoverOrderInput) => Promise<unknown>>(
      RECOVER_ORDER_WORKFLOW,
      {
        workflowId: orderId,
        taskQueue: lab.taskQueue,
        args: [{ ...order, story: PRESENT_STORY }],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      },
    );
    // Until it knows that nothing is booked it is too late for another address.
    await waitFor(async () => (await lab.operate(orderId, ANOTHER_ADDRESS)).kind === 'done', {
      timeoutMs: 30_000,
      what: 'the address to be changed',
    });
    await untilCharged(orderId);
    expect(await booked(orderId)).toEqual(['1 book:2', '2 book:2']);
    await untilCompleted(orderId);
  });
});
