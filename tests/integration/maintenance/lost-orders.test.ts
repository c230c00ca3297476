import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import { waitFor } from '../../support/stack.ts';
import type { OrderLab } from '../workflow/order-lab.ts';
import { startMaintenanceLab, type MaintenanceLab } from './maintenance-lab.ts';

let maintenance: MaintenanceLab;
let lab: OrderLab;
beforeAll(async () => {
  maintenance = await startMaintenanceLab();
  lab = maintenance.orders;
});
afterEach(async () => {
  expect(await lab.violations()).toEqual([]);
});
afterAll(() => maintenance?.stop());

const handle = (orderId: string) => lab.temporal.client.workflow.getHandle(orderId);

/** As somebody does by a click in Temporal's pages. */
async function terminate(orderId: string): Promise<void> {
  await handle(orderId).terminate('by hand');
}

async function placeSlowParcel(token = 'tok_visa') {
  const sku = await lab.stock(5);
  const placed = await lab.place({ lines: [{ sku, quantity: 3 }], token, parcelsStay: true });
  return { ...placed, sku };
}

const isCharged = (order: OrderView): boolean => order.paymentStatus === 'captured';

/** Waits until a run has taken the order up, so that what follows is its doing. */
async function untilTakenUp(orderId: string): Promise<void> {
  await waitFor(async () => (await handle(orderId).describe()).type === 'recoverOrder', {
    timeoutMs: 30_000,
    what: `${orderId} to be taken up`,
  });
}

describe('an order whose workflow was terminated by hand', () => {
  test('is rejected with everything given back when nobody knows whether the money is held', async () => {
    const { orderId, sku } = await placeSlowParcel('tok_unreachable');
    await lab.until(orderId, 'unknown', (order) => order.paymentStatus === 'unknown');
    await terminate(orderId);
    await untilTakenUp(orderId);
    await lab.liftFaults(lab.payments, orderId);
    const order = await lab.untilStatus(orderId, 'rejected', 60_000);
    expect(order.rejection).toMatchObject({ declineReason: 'payment_token_lost' });
    expect(await lab.shelf(sku)).toBe('5/0');
    expect(await lab.moneyMoves(orderId)).toEqual(['void succeeded 0']);
    // Whoever placed it was told to wait, so the page that could have said no is gone.
    await lab.untilMailed(orderId, 'Your order could not be accepted');
    await lab.untilClosed(orderId);
    expect((await lab.order(orderId)).attentions).toEqual([]);
  });

  test('is confirmed after all when the money turns out to be held', async () => {
    const { orderId, sku } = await placeSlowParcel('tok_slow');
    await lab.until(orderId, 'reserved', (order) => order.status === 'reserved');
    await terminate(orderId);
    await lab.until(orderId, 'captured', isCharged, 60_000);
    await lab.speed(orderId, 0, 0);
    await lab.untilStatus(orderId, 'completed');
    expect(await lab.shelf(sku)).toBe('2/0');
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110', 'capture succeeded 1110']);
    await lab.untilMailed(orderId, 'Your order is confirmed');
  });

  test('goes on when it was confirmed and not yet booked', async () => {
    const sku = await lab.stock(5);
    const { orderId, outcome } = await lab.place({
      lines: [{ sku, quantity: 3 }],
      prepare: (id) =>
        lab.faults(lab.carrier, [{ operation: 'book', orderId: id, times: -1, behaviour: 'maintenance' }]),
    });
    await outcome;
    await terminate(orderId);
    await untilTakenUp(orderId);
    await lab.liftFaults(lab.carrier, orderId);
    await lab.untilStatus(orderId, 'completed', 60_000);
    expect(await lab.shelf(sku)).toBe('2/0');
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110', 'capture succeeded 1110']);
  });

  test('is charged once when nobody knows whether the customer was charged', async () => {
    const sku = await lab.stock(5);
    const { orderId, outcome } = await lab.place({
      lines: [{ sku, quantity: 3 }],
      parcelsStay: true,
      prepare: (id) =>
        lab.faults(lab.payments, [
          { operation: 'capture', orderId: id, times: 1, behaviour: 'lost_reply' },
          { operation: 'lookup', orderId: id, times: -1, behaviour: 'maintenance' },
        ]),
    });
    await outcome;
    await lab.until(orderId, 'fulfilling', (order) => order.status === 'fulfilling');
    await waitFor(async () => (await lab.moneyMoves(orderId)).length === 2, {
      timeoutMs: 30_000,
      what: 'the charge to be made',
    });
    await terminate(orderId);
    await untilTakenUp(orderId);
    await lab.liftFaults(lab.payments, orderId);
    await lab.until(orderId, 'captured', isCharged, 60_000);
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110', 'capture succeeded 1110']);
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    expect(await lab.shelf(sku)).toBe('5/0');
  });

  test('can still be cancelled, and tells the customer once of each thing', async () => {
    const { orderId, sku } = await placeSlowParcel();
    await lab.until(orderId, 'captured', isCharged);
    await lab.untilMailed(orderId, 'Your order is confirmed');
    await terminate(orderId);
    await untilTakenUp(orderId);
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    await lab.untilMailed(orderId, 'Your order is cancelled');
    expect(await lab.shelf(sku)).toBe('5/0');
    expect(await lab.mails(orderId)).toEqual(['Your order is confirmed', 'Your order is cancelled']);
    expect((await lab.moneyMoves(orderId)).at(-1)).toBe('refund succeeded 1110');
  });

  test('ends cancelled when it was being cancelled', async () => {
    const { orderId, sku } = await placeSlowParcel();
    await lab.until(orderId, 'captured', isCharged);
    await lab.faults(lab.payments, [{ operation: 'refund', orderId, times: -1, behaviour: 'maintenance' }]);
    await lab.askToCancel(orderId);
    await lab.untilStatus(orderId, 'cancelling');
    await terminate(orderId);
    await untilTakenUp(orderId);
    await lab.liftFaults(lab.payments, orderId);
    await lab.untilStatus(orderId, 'cancelled', 60_000);
    expect(await lab.shelf(sku)).toBe('5/0');
    expect((await lab.moneyMoves(orderId)).at(-1)).toBe('refund succeeded 1110');
    await lab.untilClosed(orderId);
  });

  test('hears what the carrier did while nobody listened', async () => {
    const { orderId } = await placeSlowParcel();
    await lab.until(orderId, 'captured', isCharged);
    // Nobody hears it: webhooks are kept, and never sent.
    await lab.carrier.send('PUT', '/control/webhooks', { body: { mode: 'hold', orderId } });
    await terminate(orderId);
    await lab.speed(orderId, 0, 0);
    await lab.untilStatus(orderId, 'completed', 60_000);
    expect(await lab.events(orderId)).toContain('delivery.confirmed');
  });

  test('is followed to its end when its parcel has left', async () => {
    const { orderId } = await placeSlowParcel();
    await lab.until(orderId, 'captured', isCharged);
    await lab.speed(orderId, 0, 600_000);
    await lab.untilStatus(orderId, 'shipped');
    await terminate(orderId);
    await untilTakenUp(orderId);
    await lab.speed(orderId, 0, 0);
    await lab.untilStatus(orderId, 'completed', 60_000);
    await lab.untilClosed(orderId);
    expect((await lab.order(orderId)).attentions).toEqual([]);
  });
});
