/** What other shops have given back twice, or not at all. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { refundOperationKey, cancellationRefundId } from '../../../src/domain/ids.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import {
  addresses,
  call,
  paymentOperations,
  placeDecided,
  stockedItem,
  waitForStatus,
  type Answer,
} from '../../e2e/shop.ts';
import { OrderLab } from '../../integration/workflow/order-lab.ts';
import { waitFor } from '../../support/stack.ts';

jest.setTimeout(150_000);

let lab: OrderLab;
beforeAll(async () => {
  lab = await OrderLab.start({ PROVIDER_TIMEOUT_MS: '10000' });
});
afterEach(async () => {
  expect(await lab.violations()).toEqual([]);
});
afterAll(() => lab?.stop());

const isCharged = ({ paymentStatus }: OrderView): boolean => paymentStatus === 'captured';
const count = (values: readonly string[], value: string): number =>
  values.filter((each) => each === value).length;

// https://github.com/Adyen/adyen-magento2/issues/1174
test('one order is not compensated twice, whoever asks for its cancellation while the first one is under way', async () => {
  const sku = await lab.stock(5);
  const { orderId, outcome } = await lab.place({ lines: [{ sku, quantity: 3 }], parcelsStay: true });
  await outcome;
  await lab.until(orderId, 'charged', isCharged);
  await lab.faults(lab.payments, [
    { operation: 'refund', orderId, times: 1, behaviour: 'delay', delayMs: 4_000 },
  ]);
  const first = lab.cancel(orderId, 'req-first');
  await lab.untilFaultsAreUsed(lab.payments);
  // The money is on its way back when a second person, Temporal's pages and the provider's report come.
  const second = lab.cancel(orderId, 'req-second');
  await lab.temporal.client.workflow.getHandle(orderId).cancel();
  await lab.signalSettled(orderId, refundOperationKey(cancellationRefundId(orderId)));
  expect(await Promise.all([first, second])).toEqual([{ kind: 'cancelled' }, { kind: 'cancelled' }]);
  await lab.untilClosed(orderId);
  const events = await lab.events(orderId);
  for (const once of [
    'order.cancellation_started',
    'payment.refunded',
    'inventory.released',
    'order.cancelled',
  ])
    expect(count(events, once)).toBe(1);
  expect(await lab.moneyMoves(orderId)).toEqual([
    'authorize succeeded 1110',
    'capture succeeded 1110',
    'refund succeeded 1110',
  ]);
  expect(await lab.parcels(orderId)).toEqual(['cancelled']);
  expect(count(await lab.mails(orderId), 'Your order is cancelled')).toBe(1);
  expect(await lab.shelf(sku)).toBe('5/0');
});

// https://github.com/vendurehq/vendure/issues/3152
test('a refund that failed does not count as done, and is not the last word about its money', async () => {
  const { orderId, outcome } = await lab.place({ deadlines: { returnWindowMs: 3_600_000 } });
  await outcome;
  await lab.until(orderId, 'charged', isCharged);
  await lab.faults(lab.payments, [
    { operation: 'refund', orderId, times: 2, behaviour: 'decline', code: 'account_closed' },
  ]);
  const all = { by: { amountMinor: 1110 } };
  for (const expected of ['failed', 'failed'])
    expect(await lab.refund(orderId, all)).toMatchObject({ kind: expected });
  // Nobody has been given anything, and the order says so.
  expect(await lab.order(orderId)).toMatchObject({
    paymentStatus: 'captured',
    totals: { refunded: { amountMinor: 0 } },
    refunds: [{ status: 'failed' }, { status: 'failed' }],
  });
  expect(count(await lab.mails(orderId), 'Your refund of £11.10')).toBe(0);
  expect(await lab.refund(orderId, all)).toMatchObject({ kind: 'succeeded' });
  expect(await lab.order(orderId)).toMatchObject({
    paymentStatus: 'refunded',
    totals: { refunded: { amountMinor: 1110 } },
  });
  expect(await lab.refund(orderId, all)).toMatchObject({ kind: 'refused', refundableMinor: 0 });
  expect((await lab.moneyMoves(orderId)).filter((move) => move.startsWith('refund'))).toEqual([
    'refund declined 1110',
    'refund declined 1110',
    'refund succeeded 1110',
  ]);
});

// https://github.com/vendurehq/vendure/issues/3152
test('a refund that fails after it was reported as done does not stay done, and can be asked for again', async () => {
  const { body: order } = await placeDecided(await stockedItem({ main: 5 }));
  await waitForStatus(order.id, 'completed');
  const ask = (): Promise<Answer> =>
    call('POST', `/v1/orders/${order.id}/refunds`, {
      body: { amountMinor: 2000, reason: 'damaged' },
      idempotencyKey: randomUUID(),
    });
  const first = await ask();
  expect(first.status).toBe(201);
  expect((await ask()).body.code).toBe('NOT_REFUNDABLE');

  const failed = await fetch(`${addresses.paymentProviderUrl}/control/refunds/fail`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: refundOperationKey(first.body.id) }),
  });
  expect(failed.status).toBe(200);
  // The provider reports it, to an order that had ended.
  const due = await waitFor(
    async () => {
      const { body } = await call('GET', `/v1/orders/${order.id}`);
      return body.paymentStatus === 'captured' ? body : null;
    },
    { timeoutMs: 60_000, what: 'the failed refund to be due again' },
  );
  expect(due.totals.refunded.amountMinor).toBe(0);

  expect((await ask()).status).toBe(201);
  expect((await call('GET', `/v1/orders/${order.id}`)).body.paymentStatus).toBe('refunded');
  const refunds = (await paymentOperations(order.id)).filter(({ operation }) => operation === 'refund');
  expect(refunds.map(({ status }) => status)).toEqual(['failed', 'succeeded']);
});
