/**
 * A refund that the provider reports as done and takes back days later. Elsewhere a failed refund counted as done and could
 * not be asked for again: https://github.com/vendurehq/vendure/issues/3152
 */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { cancellationRefundId, refundOperationKey, repeatedRefundId } from '../../../src/domain/ids.ts';
import type { RefundOrderInput } from '../../../src/workflows/orders/process-order.contract.ts';
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

const STAYS_OPEN: PlaceOptions = { deadlines: { returnWindowMs: 3_600_000 } };

async function charged(options: PlaceOptions = {}): Promise<string> {
  const { orderId, outcome } = await lab.place(options);
  await outcome;
  await lab.until(orderId, 'captured', (order) => order.paymentStatus === 'captured');
  return orderId;
}

/** A refund that succeeds. @returns its id */
async function refund(
  orderId: string,
  by: RefundOrderInput['by'] = { amountMinor: 370 },
  restock = false,
): Promise<string> {
  const refundId = `ref_${randomBytes(13).toString('hex')}`;
  expect(await lab.refund(orderId, { refundId, by, restock })).toEqual({ kind: 'succeeded', refundId });
  return refundId;
}

async function failLater(refundId: string): Promise<void> {
  const { status } = await lab.payments.send('POST', '/control/refunds/fail', {
    body: { key: refundOperationKey(refundId), code: 'account_closed' },
  });
  expect(status).toBe(200);
}

const untilFailed = (orderId: string, refundId: string) =>
  lab.until(orderId, 'without its refund', ({ refunds }) =>
    refunds.some(({ id, status }) => id === refundId && status === 'failed'),
  );

const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });

describe('a refund that fails after it had been reported as done', () => {
  test('a failed refund can be asked for again', async () => {
    const orderId = await charged(STAYS_OPEN);
    const refundId = await refund(orderId);
    await failLater(refundId);
    const order = await untilFailed(orderId, refundId);
    expect(order).toMatchObject({
      paymentStatus: 'captured',
      totals: { captured: gbp(1110), refunded: gbp(0), outstanding: gbp(0), refundDue: gbp(370) },
      attention: { code: 'REFUND_FAILED', message: expect.stringContaining(`${refundId}: account_closed`) },
      refunds: [{ id: refundId, failureCode: 'account_closed' }],
    });
    expect((await lab.events(orderId)).filter((type) => /refund|attention/.test(type))).toEqual([
      'payment.refund_requested',
      'payment.refunded',
      'payment.refund_failed',
      'order.attention_raised',
    ]);

    await refund(orderId);
    expect(await lab.order(orderId)).toMatchObject({
      paymentStatus: 'partially_refunded',
      totals: { refunded: gbp(370), outstanding: gbp(370), refundDue: gbp(0) },
      attention: null,
      refunds: [{ status: 'failed' }, { status: 'succeeded' }],
    });
  });

  test('is known also when the order has ended, and somebody is called to it', async () => {
    const orderId = await charged();
    await lab.untilClosed(orderId);
    const refundId = await refund(orderId, { amountMinor: 1110 });
    await lab.untilClosed(orderId);
    await failLater(refundId);
    const order = await untilFailed(orderId, refundId);
    expect(order).toMatchObject({ status: 'completed', paymentStatus: 'captured' });
    expect(order.attention?.code).toBe('REFUND_FAILED');
    await lab.untilClosed(orderId);
    await refund(orderId, { amountMinor: 1110 });
    expect(await lab.order(orderId)).toMatchObject({ paymentStatus: 'refunded', attention: null });
  });

  test('of a cancelled order is made again by itself, under a new key', async () => {
    const orderId = await charged({ parcelsStay: true });
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    await lab.untilClosed(orderId);
    const refundId = cancellationRefundId(orderId);
    await failLater(refundId);
    await untilFailed(orderId, refundId);
    const again = repeatedRefundId(refundId);
    await lab.until(orderId, 'refunded again', (order) => order.paymentStatus === 'refunded');
    expect(await lab.order(orderId)).toMatchObject({
      status: 'cancelled',
      attention: null,
      totals: { refunded: gbp(1110), refundDue: gbp(0) },
      refunds: [
        { id: refundId, status: 'failed' },
        { id: again, status: 'succeeded' },
      ],
    });
    expect((await lab.moneyMoves(orderId)).slice(-2)).toEqual([
      'refund failed 1110',
      'refund succeeded 1110',
    ]);
    await lab.untilClosed(orderId);
  });

  test('is taken back once, however often that is said', async () => {
    const orderId = await charged(STAYS_OPEN);
    const refundId = await refund(orderId);
    await lab.payments.send('PUT', '/control/webhooks', { body: { mode: 'duplicate', copies: 5, orderId } });
    await failLater(refundId);
    await untilFailed(orderId, refundId);
    await waitFor(
      async () => {
        const { json } = await lab.payments.send('GET', '/control/webhooks');
        return (json as { waiting: number }).waiting === 0;
      },
      { timeoutMs: 30_000, what: 'every copy to be delivered' },
    );
    // What is asked now comes after all copies.
    await refund(orderId, { amountMinor: 1110 });
    expect((await lab.events(orderId)).filter((type) => type === 'payment.refund_failed')).toHaveLength(1);
    expect((await lab.order(orderId)).totals).toMatchObject({ refunded: gbp(1110), refundDue: gbp(0) });
  });

  test('before its success was recorded is a refund that was refused', async () => {
    const orderId = await charged(STAYS_OPEN);
    const refundId = `ref_${randomBytes(13).toString('hex')}`;
    await lab.faults(lab.payments, [
      { operation: 'refund', orderId, times: 1, behaviour: 'error_after' },
      { operation: 'lookup', orderId, times: -1, behaviour: 'maintenance', delayMs: 1000 },
    ]);
    const asked = lab.refund(orderId, { refundId, by: { amountMinor: 370 } });
    await waitFor(async () => (await lab.moneyMoves(orderId)).includes('refund succeeded 370'), {
      timeoutMs: 30_000,
      what: 'the provider to make the refund',
    });
    await failLater(refundId);
    await lab.liftFaults(lab.payments, orderId);
    expect(await asked).toEqual({ kind: 'failed', refundId });
    expect(await lab.order(orderId)).toMatchObject({
      paymentStatus: 'captured',
      totals: { refunded: gbp(0), refundDue: gbp(0) },
      refunds: [{ status: 'failed', failureCode: 'account_closed' }],
    });
    await refund(orderId, { amountMinor: 1110 });
    expect((await lab.order(orderId)).attention).toBeNull();
  });

  test('leaves on the shelf what it brought back, and brings it back no second time', async () => {
    const sku = await lab.stock(5);
    const orderId = await charged({ lines: [{ sku, quantity: 3 }] });
    await lab.untilClosed(orderId);
    const by = { lines: [{ lineId: '1', quantity: 2 }] };
    const refundId = await refund(orderId, by, true);
    expect(await lab.shelf(sku)).toBe('4/0');
    await failLater(refundId);
    await untilFailed(orderId, refundId);
    await lab.untilClosed(orderId);
    expect(await lab.shelf(sku)).toBe('4/0');
    await refund(orderId, by, true);
    expect(await lab.shelf(sku)).toBe('4/0');
    await refund(orderId, { lines: [{ lineId: '1', quantity: 1 }] }, true);
    expect(await lab.shelf(sku)).toBe('5/0');
  });

  test('is not believed when the provider itself says that it stands', async () => {
    const orderId = await charged(STAYS_OPEN);
    const refundId = await refund(orderId);
    await lab.temporal.client.workflow
      .getHandle(orderId)
      .signal('refundFailed', { operationKey: refundOperationKey(refundId), messageId: 'evt_stale' });
    await refund(orderId, { amountMinor: 100 });
    expect(await lab.order(orderId)).toMatchObject({
      totals: { refunded: gbp(470) },
      refunds: [{ status: 'succeeded' }, { status: 'succeeded' }],
    });
  });
});
