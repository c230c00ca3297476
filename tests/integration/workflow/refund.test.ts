import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { OrderLab } from './order-lab.ts';

let lab: OrderLab;
beforeAll(async () => {
  lab = await OrderLab.start();
});
afterEach(async () => {
  expect(await lab.violations()).toEqual([]);
});
afterAll(() => lab?.stop());

const refunds = async (orderId: string): Promise<string[]> =>
  (await lab.moneyMoves(orderId)).filter((move) => move.startsWith('refund'));

describe('a refund while the order is on its way', () => {
  let orderId: string;
  beforeEach(async () => {
    const placed = await lab.place({ deadlines: { returnWindowMs: 3_600_000 } });
    ({ orderId } = placed);
    await placed.outcome;
    await lab.until(orderId, 'captured', (order) => order.paymentStatus === 'captured');
  });

  test('goes back by amount, once for each request, and the customer is told', async () => {
    const refundId = 'ref_01234567890123456789012345';
    const id = `${refundId}${orderId.slice(-6)}`;
    const [first, second] = await Promise.all([
      lab.refund(orderId, { refundId: id, by: { amountMinor: 370 } }),
      lab.refund(orderId, { refundId: id, by: { amountMinor: 370 } }),
    ]);
    expect(first).toEqual({ kind: 'succeeded', refundId: id });
    expect(second).toEqual(first);
    expect(await refunds(orderId)).toEqual(['refund succeeded 370']);
    expect((await lab.order(orderId)).paymentStatus).toBe('partially_refunded');
    await lab.untilMailed(orderId, 'Your refund of £3.70');
  });

  test('never exceeds what was charged, however many ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => lab.refund(orderId, { by: { amountMinor: 400 } })),
    );
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual([
      'refused',
      'refused',
      'succeeded',
      'succeeded',
    ]);
    expect(answers.find(({ kind }) => kind === 'refused')).toMatchObject({
      reason: 'exceeds_captured',
      refundableMinor: 310,
    });
    expect(await refunds(orderId)).toEqual(['refund succeeded 400', 'refund succeeded 400']);
  });

  test('whose answer is lost is made once', async () => {
    await lab.faults(lab.payments, [{ operation: 'refund', orderId, times: 1, behaviour: 'lost_reply' }]);
    expect(await lab.refund(orderId, { by: { amountMinor: 370 } })).toMatchObject({ kind: 'succeeded' });
    expect(await refunds(orderId)).toEqual(['refund succeeded 370']);
  });

  test('that the provider refuses for good is shown as failed and can be asked for anew', async () => {
    await lab.faults(lab.payments, [
      { operation: 'refund', orderId, times: 1, behaviour: 'decline', code: 'account_closed' },
    ]);
    expect(await lab.refund(orderId, { by: { amountMinor: 1110 } })).toMatchObject({ kind: 'failed' });
    expect((await lab.order(orderId)).paymentStatus).toBe('captured');
    expect(await lab.refund(orderId, { by: { amountMinor: 1110 } })).toMatchObject({ kind: 'succeeded' });
    expect((await lab.order(orderId)).paymentStatus).toBe('refunded');
  });

  test.each([
    ['an amount of nothing', { by: { amountMinor: 0 } }],
    ['no lines', { by: { lines: [] } }],
    ['a quantity below one', { by: { lines: [{ lineId: '1', quantity: -1 }] } }],
    ['an id of another kind', { refundId: 'adj_1' }],
  ])('is not even taken when it names %s', async (_, request) => {
    await expect(lab.refund(orderId, request)).rejects.toMatchObject({ cause: { type: 'INVALID_REQUEST' } });
  });
});

describe('a refund', () => {
  test('before anything was charged is refused', async () => {
    const { orderId } = await lab.place({ token: 'tok_slow' });
    await lab.until(orderId, 'reserved', (order) => order.status === 'reserved');
    expect(await lab.refund(orderId, {})).toEqual({
      kind: 'refused',
      reason: 'not_captured',
      refundableMinor: 0,
    });
    await lab.untilClosed(orderId);
  });

  test('after the order is completed is taken by a run of its own, by lines and with restocking', async () => {
    const sku = await lab.stock(5);
    const { orderId, outcome } = await lab.place({ lines: [{ sku, quantity: 3 }] });
    await outcome;
    await lab.untilClosed(orderId);
    const by = { lines: [{ lineId: '1', quantity: 2 }] };
    expect(await lab.refund(orderId, { by, restock: true })).toMatchObject({ kind: 'succeeded' });
    expect(await lab.refund(orderId, { by })).toMatchObject({
      kind: 'refused',
      reason: 'exceeds_line_quantity',
    });
    expect(await refunds(orderId)).toEqual(['refund succeeded 740']);
    expect(await lab.shelf(sku)).toBe('4/0');
    await lab.untilClosed(orderId);
    const { type, status } = await lab.temporal.client.workflow.getHandle(orderId).describe();
    expect([type, status.name]).toEqual(['amendOrder', 'COMPLETED']);
    expect(await lab.mails(orderId)).toContain('Your refund of £7.40');
  });
});
