/**
 * What other shops have charged twice, given back by mistake or lost sight of, with the timing that did it: a provider whose
 * answer is held, lost or long in coming, and others who act meanwhile.
 */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { paymentOperationKey } from '../../../src/domain/ids.ts';
import { PROCESS_ORDER_WORKFLOW } from '../../../src/workflows/orders/process-order.contract.ts';
import { OrderLab } from '../../integration/workflow/order-lab.ts';
import { waitFor } from '../../support/stack.ts';

jest.setTimeout(150_000);

let lab: OrderLab;
beforeAll(async () => {
  lab = await OrderLab.start({ PROVIDER_TIMEOUT_MS: '10000' });
});
afterEach(async () => {
  await lab.payments.send('PUT', '/control/faults', { body: { rules: [] } });
  expect(await lab.violations()).toEqual([]);
});
afterAll(() => lab?.stop());

const HELD = 'authorize succeeded 1110';
const HELD_AND_CHARGED = [HELD, 'capture succeeded 1110'];
/** Longer than a step waits before another attempt takes over. */
const LONG_CALL_MS = 5_000;
const WHOLE_LIFE = [
  'order.placed',
  'inventory.reserved',
  'payment.authorized',
  'order.confirmed',
  'fulfilment.started',
  'shipment.label_created',
  'payment.captured',
  'order.shipped',
  'delivery.confirmed',
  'order.completed',
];

/** The payment provider does this to one order, until it is told otherwise. */
async function providerDoes(orderId: string, rules: readonly object[]): Promise<void> {
  await lab.payments.send('PUT', '/control/faults', {
    body: { rules: rules.map((rule) => ({ orderId, ...rule })) },
  });
}

/** Waits until a step of the order has been tried so often, in vain. */
async function untilTried(orderId: string, attempts: number): Promise<void> {
  await waitFor(
    async () => {
      const { raw } = await lab.temporal.client.workflow.getHandle(orderId).describe();
      return raw.pendingActivities?.some(({ attempt }) => (attempt ?? 0) >= attempts);
    },
    { timeoutMs: 60_000, what: `attempt ${attempts} of a step of ${orderId}` },
  );
}

describe('a payment that fails long after the checkout', () => {
  // https://github.com/woocommerce/woocommerce/issues/66244
  test('does not keep the stock for ever', async () => {
    const sku = await lab.stock(5);
    const { orderId, outcome } = await lab.place({
      lines: [{ sku, quantity: 3 }],
      prepare: (id) => providerDoes(id, [{ operation: 'authorize', times: -1, behaviour: 'maintenance' }]),
    });
    await untilTried(orderId, 2);
    expect(await lab.shelf(sku)).toBe('5/3');
    await providerDoes(orderId, [
      { operation: 'authorize', times: 1, behaviour: 'decline', code: 'insufficient_funds' },
    ]);
    expect(await outcome).toMatchObject({ outcome: 'rejected', rejection: { code: 'PAYMENT_DECLINED' } });
    expect(await lab.shelf(sku)).toBe('5/0');
    const next = await lab.place({ lines: [{ sku, quantity: 5 }] });
    expect(await next.outcome).toMatchObject({ outcome: 'confirmed' });
    await lab.untilClosed(next.orderId);
  });
});

describe('an outcome that nobody knows', () => {
  /** The provider did it, the answer was lost, and it does not say either when it is asked. */
  const doneAndSilent = (operation: string): readonly object[] => [
    { operation, times: 1, behaviour: 'lost_reply' },
    { operation: 'lookup', times: -1, behaviour: 'maintenance' },
  ];

  // https://github.com/btravstack/temporal-contract/issues/413
  test('of holding the money is not compensated as if it were a decline', async () => {
    const sku = await lab.stock(5);
    const { orderId, outcome } = await lab.place({
      lines: [{ sku, quantity: 3 }],
      prepare: (id) => providerDoes(id, doneAndSilent('authorize')),
    });
    await untilTried(orderId, 3);
    expect(await lab.events(orderId)).toEqual(['order.placed', 'inventory.reserved']);
    expect(await lab.order(orderId)).toMatchObject({ status: 'reserved', paymentStatus: 'unknown' });
    expect(await lab.shelf(sku)).toBe('5/3');
    expect(await lab.moneyMoves(orderId)).toEqual([HELD]);
    await providerDoes(orderId, []);
    expect(await outcome).toMatchObject({ outcome: 'confirmed' });
    await lab.untilClosed(orderId);
    expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
    expect(await lab.events(orderId)).toEqual(WHOLE_LIFE);
  });

  // https://github.com/btravstack/temporal-contract/issues/413
  test('of charging the customer gives nothing back and charges nothing again', async () => {
    const { orderId, outcome } = await lab.place({
      prepare: (id) => providerDoes(id, doneAndSilent('capture')),
    });
    await outcome;
    await untilTried(orderId, 3);
    expect(await lab.order(orderId)).toMatchObject({ status: 'fulfilling', paymentStatus: 'unknown' });
    expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
    await providerDoes(orderId, []);
    await lab.untilClosed(orderId);
    expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
    expect(await lab.events(orderId)).toEqual(WHOLE_LIFE);
  });
});

describe('two who complete one payment', () => {
  // https://github.com/Automattic/woocommerce-payments/pull/3520
  test('do everything that follows from it once, when the provider reports while the request still runs', async () => {
    const { orderId, outcome } = await lab.place({
      prepare: (id) =>
        providerDoes(id, [{ operation: 'capture', times: 1, behaviour: 'delay', delayMs: LONG_CALL_MS }]),
    });
    await outcome;
    await lab.untilFaultsAreUsed(lab.payments);
    // The request is with the provider; its report comes before its answer, twice.
    const key = paymentOperationKey(orderId, 'capture');
    await Promise.all([lab.signalSettled(orderId, key), lab.signalSettled(orderId, key)]);
    await lab.untilClosed(orderId);
    expect(await lab.events(orderId)).toEqual(WHOLE_LIFE);
    expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
    expect(await lab.operations(lab.carrier, orderId)).toHaveLength(1);
    expect(await lab.mails(orderId)).toEqual(['Your order is confirmed', 'Your order is on its way']);
  });

  // https://github.com/medusajs/medusa/issues/13301
  test('do not undo each other: an attempt that was overtaken takes nothing back from the one that won', async () => {
    const { orderId, outcome } = await lab.place({
      prepare: (id) =>
        providerDoes(id, [{ operation: 'authorize', times: 1, behaviour: 'delay', delayMs: LONG_CALL_MS }]),
    });
    // The first attempt is with the provider until the end; another one takes over meanwhile, and the report comes too.
    await untilTried(orderId, 1);
    await lab.signalSettled(orderId, paymentOperationKey(orderId, 'authorize'));
    expect(await outcome).toMatchObject({ outcome: 'confirmed' });
    await lab.untilClosed(orderId);
    expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
    expect(await lab.events(orderId)).toEqual(WHOLE_LIFE);
  });

  // https://github.com/medusajs/medusa/issues/13301
  test('do not undo each other: a second run for the same order ends without an effect', async () => {
    const sku = await lab.stock(5);
    const lines = [{ sku, quantity: 3 }];
    const { orderId, outcome } = await lab.place({
      lines,
      prepare: (id) =>
        providerDoes(id, [{ operation: 'authorize', times: 1, behaviour: 'delay', delayMs: LONG_CALL_MS }]),
    });
    await lab.until(orderId, 'reserved', ({ status }) => status === 'reserved');
    const second = await lab.temporal.client.workflow.start(PROCESS_ORDER_WORKFLOW, {
      workflowId: `${orderId}-again`,
      taskQueue: lab.taskQueue,
      args: [await lab.input(orderId, { lines })],
    });
    await expect(second.result()).rejects.toMatchObject({ cause: { type: 'ORDER_OWNED_BY_ANOTHER_RUN' } });
    expect(await outcome).toMatchObject({ outcome: 'confirmed' });
    await lab.untilClosed(orderId);
    expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
    expect(await lab.shelf(sku)).toBe('2/0');
  });
});

describe('a key of the provider', () => {
  // https://github.com/medusajs/medusa/issues/16292
  test('is not replaced while the outcome is unknown: a charge that is tried again is not a second charge', async () => {
    const { orderId, outcome } = await lab.place({
      prepare: (id) =>
        providerDoes(id, [
          { operation: 'capture', times: 2, behaviour: 'error_before' },
          { operation: 'capture', times: 1, behaviour: 'lost_reply' },
          { operation: 'lookup', times: 3, behaviour: 'error_before' },
        ]),
    });
    await outcome;
    await lab.untilClosed(orderId);
    const captures = (await lab.operations(lab.payments, orderId)).filter(
      ({ operation }) => operation === 'capture',
    );
    expect(captures).toMatchObject([
      { key: paymentOperationKey(orderId, 'capture'), status: 'succeeded', amountMinor: 1110 },
    ]);
  });

  // https://github.com/medusajs/medusa/issues/16292
  test('is not kept for ever: a definite failure is not what every later attempt is told', async () => {
    const { orderId, outcome } = await lab.place({ deadlines: { returnWindowMs: 3_600_000 } });
    await outcome;
    await lab.until(orderId, 'captured', ({ paymentStatus }) => paymentStatus === 'captured');
    await providerDoes(orderId, [
      { operation: 'refund', times: 1, behaviour: 'decline', code: 'account_closed' },
    ]);
    expect(await lab.refund(orderId, { by: { amountMinor: 370 } })).toMatchObject({ kind: 'failed' });
    expect(await lab.refund(orderId, { by: { amountMinor: 370 } })).toMatchObject({ kind: 'succeeded' });
    const refunds = (await lab.operations(lab.payments, orderId)).filter(
      ({ operation }) => operation === 'refund',
    );
    expect(refunds.map(({ status }) => status)).toEqual(['declined', 'succeeded']);
    expect(new Set(refunds.map(({ key }) => key)).size).toBe(2);
  });
});

describe('money that was taken', () => {
  // https://github.com/saleor/saleor/issues/10925
  test('is never without its order, also when everything dies while the provider takes it', async () => {
    const hangs = { times: 1, behaviour: 'delay', delayMs: 8_000 };
    const place = (operation: string) =>
      lab.place({
        prepare: (orderId) => lab.faults(lab.payments, [{ operation, orderId, ...hangs }]),
      });
    const [holding, charging] = await Promise.all([place('authorize'), place('capture')]);
    await charging.outcome;
    await lab.untilFaultsAreUsed(lab.payments);
    // Neither of the two answers is there, and both orders are, with the key that was used.
    for (const { orderId } of [holding, charging])
      expect((await lab.order(orderId)).customerId).toBe('cus_lab');
    await lab.worker.kill();
    await waitFor(
      async () =>
        (await lab.moneyMoves(holding.orderId)).length === 1 &&
        (await lab.moneyMoves(charging.orderId)).length === 2,
      { timeoutMs: 30_000, what: 'the provider to have taken the money of both' },
    );
    await lab.startWorker();
    for (const { orderId, outcome } of [holding, charging]) {
      expect(await outcome).toMatchObject({ outcome: 'confirmed' });
      await lab.untilClosed(orderId);
      expect(await lab.order(orderId)).toMatchObject({ status: 'completed', paymentStatus: 'captured' });
      expect(await lab.moneyMoves(orderId)).toEqual(HELD_AND_CHARGED);
    }
  });
});
