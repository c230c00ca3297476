/** What an operator's action meets in the workflow of an order, whatever the order is doing. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import {
  RECOVER_ORDER_WORKFLOW,
  type RecoverOrderInput,
} from '../../../src/workflows/orders/recover-order.contract.ts';
import { OrderLab, type PlaceOptions } from './order-lab.ts';

let lab: OrderLab;
beforeAll(async () => {
  lab = await OrderLab.start();
});
afterEach(async () => {
  expect(await lab.violations()).toEqual([]);
});
afterAll(() => lab?.stop());

const isHeld = ({ waiting }: OrderView): boolean => waiting?.for === 'held';
const CHARGED = ['authorize succeeded 1110', 'capture succeeded 1110'];

/** An order that is held before its money is, because the provider was away until then. */
async function placeHeld(options: PlaceOptions = {}): Promise<string> {
  const { orderId } = await lab.place({
    parcelsStay: true,
    ...options,
    prepare: (id) =>
      lab.faults(lab.payments, [
        { operation: 'authorize', orderId: id, times: -1, behaviour: 'maintenance' },
      ]),
  });
  await lab.until(orderId, 'reserved', ({ status }) => status === 'reserved');
  expect(await lab.operate(orderId, { action: 'hold' })).toMatchObject({ kind: 'done' });
  await lab.liftFaults(lab.payments, orderId);
  await lab.until(orderId, 'held', isHeld);
  return orderId;
}

describe('a held order', () => {
  test('has its money held anew before that ends, and stays held', async () => {
    const orderId = await placeHeld({ firstCaptureWindowMs: 4_000 });
    const renewed = ['authorize succeeded 1110', 'void succeeded 1110', 'authorize succeeded 1110'];
    await lab.untilMoved(orderId, renewed);
    await lab.until(orderId, 'held again', isHeld);
    expect(await lab.operate(orderId, { action: 'release' })).toMatchObject({ kind: 'done' });
    await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
    expect(await lab.moneyMoves(orderId)).toEqual([...renewed, 'capture succeeded 1110']);
  });

  test('stays held when its worker is killed', async () => {
    const orderId = await placeHeld();
    await lab.crashWorker();
    expect(await lab.operate(orderId, { action: 'hold' })).toEqual({ kind: 'refused', why: 'held_already' });
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110']);
    await lab.operate(orderId, { action: 'release' });
    await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
  });

  test('stays held when its run is lost and it is taken up', async () => {
    const orderId = await placeHeld();
    await lab.temporal.client.workflow.getHandle(orderId).terminate('by hand');
    const { fingerprint, currency, totalMinor, correlationId, deadlines } = await lab.input(orderId, {});
    const order: RecoverOrderInput = { orderId, fingerprint, currency, totalMinor, correlationId, deadlines };
    await lab.temporal.client.workflow.start<(input: RecoverOrderInput) => Promise<unknown>>(
      RECOVER_ORDER_WORKFLOW,
      {
        workflowId: orderId,
        taskQueue: lab.taskQueue,
        args: [order],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      },
    );
    expect(await lab.operate(orderId, { action: 'release' })).toMatchObject({ kind: 'done' });
    await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
    expect(await lab.moneyMoves(orderId)).toEqual(CHARGED);
  });

  test('whose parcel leaves all the same is charged, and held no more', async () => {
    const { orderId, outcome } = await lab.place({
      parcelsStay: true,
      prepare: (id) =>
        lab.faults(lab.carrier, [{ operation: 'book', orderId: id, times: -1, behaviour: 'maintenance' }]),
    });
    await outcome;
    expect(await lab.operate(orderId, { action: 'hold' })).toMatchObject({ kind: 'done' });
    await lab.liftFaults(lab.carrier, orderId);
    await lab.until(
      orderId,
      'held before the charge',
      (order) => isHeld(order) && order.status === 'fulfilling',
    );
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110']);
    await lab.speed(orderId, 1, 1);
    await lab.untilClosed(orderId);
    expect(await lab.order(orderId)).toMatchObject({ status: 'completed', paymentStatus: 'captured' });
    expect(await lab.moneyMoves(orderId)).toEqual(CHARGED);
  });

  test('is cancelled as any other', async () => {
    const orderId = await placeHeld();
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110', 'void succeeded 1110']);
  });
});

describe('an action', () => {
  test('repeated with its id gets the answer that it got, whatever has happened since', async () => {
    const orderId = await placeHeld();
    const actionId = `act_${orderId.slice(4)}`;
    const first = await lab.operate(orderId, { action: 'release' }, actionId);
    expect(await lab.operate(orderId, { action: 'release' })).toEqual({ kind: 'refused', why: 'not_held' });
    expect(await lab.operate(orderId, { action: 'release' }, actionId)).toEqual(first);
  });

  test('that comes when the carrier is being asked for the label is too late for another address or location', async () => {
    const { orderId, outcome } = await lab.place({
      prepare: (id) =>
        lab.faults(lab.carrier, [{ operation: 'book', orderId: id, times: -1, behaviour: 'maintenance' }]),
    });
    await outcome;
    const { shipTo } = await lab.input(orderId, {});
    for (const operation of [
      { action: 'change_address', shipTo },
      { action: 'reroute', locationId: 'west' },
    ] as const)
      expect(await lab.operate(orderId, operation)).toEqual({ kind: 'refused', why: 'booking_begun' });
    await lab.liftFaults(lab.carrier, orderId);
    await lab.untilClosed(orderId);
  });

  test('after the order has ended is taken by a run of its own, as far as it means anything', async () => {
    const { orderId, outcome } = await lab.place();
    await outcome;
    await lab.untilClosed(orderId);
    await lab.untilMailed(orderId, 'Your order is confirmed');
    const again = { action: 'resend_notification', template: 'confirmed', subjectId: '1' } as const;
    expect(await lab.operate(orderId, again)).toMatchObject({ kind: 'done' });
    await lab.untilClosed(orderId);
    const mails = await lab.mails(orderId);
    expect(mails.filter((subject) => subject === 'Your order is confirmed')).toHaveLength(2);
    expect(await lab.operate(orderId, { action: 'hold' })).toEqual({ kind: 'refused', why: 'run_closed' });
    expect(await lab.operate(orderId, { action: 'retry_now' })).toEqual({
      kind: 'refused',
      why: 'nothing_waits',
    });
  });

  test('that is malformed is not taken', async () => {
    const orderId = await placeHeld();
    const unreal = { action: 'set_fire' } as unknown as { action: 'hold' };
    await expect(lab.operate(orderId, unreal)).rejects.toThrow();
    await expect(lab.operate(orderId, { action: 'hold' }, 'nonsense')).rejects.toThrow();
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
  });
});
