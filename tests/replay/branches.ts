/**
 * Every way that an order can take through its workflow, and a bulk through its own, each walked once on real parts. The name of
 * a branch is the name of its history.
 */
import { cancellationRefundId, refundOperationKey, shipmentId } from '../../src/domain/ids.ts';
import type { OrderView } from '../../src/domain/orders/order.ts';
import { RECOVER_ORDER_WORKFLOW } from '../../src/workflows/orders/recover-order.contract.ts';
import { BulkLab } from '../integration/workflow/bulk-lab.ts';
import type { OrderLab, PlaceOptions } from '../integration/workflow/order-lab.ts';
import { waitFor } from '../support/stack.ts';

/** A run whose history is kept; the order's only run when no run is named. */
export interface RecordedRun {
  /** Or the bulk. */
  readonly orderId: string;
  readonly runId?: string;
}

type Branch = (lab: OrderLab) => Promise<RecordedRun>;

const AWAY = { times: -1, behaviour: 'maintenance' };
const SHORT_WINDOW_MS = 3_000;
/** The carrier does not deliver there. */
const NOT_SERVED = '00000';
const isCharged = (order: OrderView): boolean => order.paymentStatus === 'captured';

interface Faults {
  readonly payments?: readonly object[];
  readonly carrier?: readonly object[];
}

/** Starts an order on whose way there are faults. */
async function begin(lab: OrderLab, options: PlaceOptions = {}, faults: Faults = {}): Promise<string> {
  const { orderId } = await lab.place({
    ...options,
    prepare: async (id) => {
      const of = (rules: readonly object[] = []) => rules.map((rule) => ({ ...rule, orderId: id }));
      await lab.faults(lab.payments, of(faults.payments));
      await lab.faults(lab.carrier, of(faults.carrier));
    },
  });
  // The server says of an order that it has not yet begun that there is none.
  await waitFor(() => lab.order(orderId), { timeoutMs: 60_000, what: `${orderId} to be begun` });
  return orderId;
}

/** Starts an order that goes to its end by itself. */
async function through(lab: OrderLab, options: PlaceOptions = {}, faults: Faults = {}): Promise<RecordedRun> {
  const orderId = await begin(lab, options, faults);
  await lab.untilClosed(orderId);
  return { orderId };
}

/** Starts an order, cancels it where it is as `is` says, and lets the providers come back. */
async function cancelledWhen(
  lab: OrderLab,
  is: (order: OrderView) => boolean,
  options: PlaceOptions = {},
  faults: Faults = {},
): Promise<RecordedRun> {
  const orderId = await begin(lab, { parcelsStay: true, ...options }, faults);
  await waitFor(() => lab.order(orderId).then(is, () => false), {
    timeoutMs: 60_000,
    what: `${orderId} to be where it is cancelled`,
  });
  await lab.askToCancel(orderId);
  await lab.liftFaults(lab.payments, orderId);
  await lab.untilClosed(orderId);
  return { orderId };
}

async function twoLocations(lab: OrderLab, quantity: number): Promise<PlaceOptions> {
  return { lines: [{ sku: await lab.stock(5, 2), quantity }] };
}

const ENDED: Record<string, Branch> = {
  completed: (lab) => through(lab),
  declined: (lab) => through(lab, { token: 'tok_declined_insufficient_funds' }),
  'out-of-stock': async (lab) => through(lab, { lines: [{ sku: await lab.stock(1), quantity: 3 }] }),
  'two-locations': async (lab) => through(lab, await twoLocations(lab, 7)),
  'authorization-slow': (lab) => through(lab, { token: 'tok_slow' }),
  'authorization-unknown-and-done': (lab) => through(lab, { token: 'tok_lost_reply' }),
  'authorization-unknown-and-not-done': (lab) => through(lab, { token: 'tok_error_before' }),
  'capture-unknown-and-done': (lab) =>
    through(lab, {}, { payments: [{ operation: 'capture', times: 1, behaviour: 'error_after' }] }),
  'capture-unknown-and-not-done': (lab) =>
    through(lab, {}, { payments: [{ operation: 'capture', times: 1, behaviour: 'error_before' }] }),
  'booking-unknown-and-done': (lab) =>
    through(lab, {}, { carrier: [{ operation: 'book', times: 1, behaviour: 'lost_reply' }] }),
};

const CANCELLED: Record<string, Branch> = {
  'cancelled-while-authorization-unknown': (lab) =>
    cancelledWhen(lab, ({ paymentStatus }) => paymentStatus === 'unknown', { token: 'tok_unreachable' }),
  'cancelled-while-confirmed': (lab) =>
    cancelledWhen(
      lab,
      ({ status }) => status === 'confirmed',
      {},
      { carrier: [{ operation: 'book', ...AWAY }] },
    ),
  'cancelled-while-fulfilling': (lab) =>
    cancelledWhen(
      lab,
      ({ status }) => status === 'fulfilling',
      {},
      { payments: [{ operation: 'capture', ...AWAY }] },
    ),
  'cancelled-while-captured': (lab) => cancelledWhen(lab, isCharged),
  'cancelled-over-two-parcels': async (lab) => cancelledWhen(lab, isCharged, await twoLocations(lab, 7)),
  'cancel-through-temporal': async (lab) => {
    const orderId = await begin(lab, { parcelsStay: true });
    await lab.until(orderId, 'charged', isCharged);
    await lab.temporal.client.workflow.getHandle(orderId).cancel();
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'cancel-refused-after-shipping': async (lab) => {
    const orderId = await begin(lab, { parcelsStay: true });
    await lab.until(orderId, 'charged', isCharged);
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'shipped', 'evt_1');
    await lab.untilStatus(orderId, 'shipped');
    await lab.cancel(orderId);
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'delivered', 'evt_2');
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'cancel-lost-to-the-carrier': async (lab) => {
    const orderId = await begin(lab, { parcelsStay: true });
    await lab.until(orderId, 'charged', isCharged);
    await lab.carrier.send('PUT', '/control/webhooks', { body: { mode: 'hold', orderId } });
    await lab.speed(orderId, 1, 600_000);
    await waitFor(async () => (await lab.parcels(orderId)).includes('shipped'), {
      timeoutMs: 10_000,
      what: 'the parcel to leave',
    });
    await lab.cancel(orderId);
    await lab.carrier.send('PUT', '/control/webhooks', { body: { mode: 'normal', orderId } });
    await lab.carrier.send('POST', '/control/webhooks/release', { body: { orderId } });
    await lab.speed(orderId, 1, 1);
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'cancel-partly-lost': async (lab) => {
    const orderId = await begin(lab, { parcelsStay: true, ...(await twoLocations(lab, 7)) });
    await lab.until(orderId, 'charged', isCharged);
    await lab.faults(lab.carrier, [
      { operation: 'cancel', orderId, times: 1, behaviour: 'delay', delayMs: 1 },
      { operation: 'cancel', orderId, times: 1, behaviour: 'decline', code: 'already_shipped' },
    ]);
    await lab.cancel(orderId);
    await lab.until(orderId, 'waiting', ({ attention }) => attention?.code === 'CANCEL_PARTLY_LOST');
    return { orderId };
  },
  'undo-stuck-on-a-refused-refund': async (lab) => {
    const orderId = await begin(lab, { parcelsStay: true });
    await lab.until(orderId, 'charged', isCharged);
    await lab.faults(lab.payments, [
      { operation: 'refund', orderId, times: 1, behaviour: 'decline', code: 'account_closed' },
    ]);
    await lab.askToCancel(orderId);
    await lab.until(orderId, 'stuck', ({ attention }) => attention?.code === 'REFUND_REFUSED');
    return { orderId };
  },
};

const REFUNDED: Record<string, Branch> = {
  'refunded-while-open': async (lab) => {
    const orderId = await begin(lab, { parcelsStay: true });
    await lab.until(orderId, 'charged', isCharged);
    await lab.refund(orderId, { by: { amountMinor: 110 } });
    await lab.speed(orderId, 1, 1);
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'refunded-after-completion': async (lab) => {
    const { orderId } = await through(lab);
    await lab.refund(orderId, { by: { lines: [{ lineId: '1', quantity: 1 }] }, restock: true });
    await lab.untilClosed(orderId);
    return { orderId };
  },
};

/** The provider takes back what it has reported as done, and says so. */
async function failRefund(lab: OrderLab, orderId: string, refundId: string): Promise<void> {
  const body = { key: refundOperationKey(refundId), code: 'account_closed' };
  const { status } = await lab.payments.send('POST', '/control/refunds/fail', { body });
  if (status !== 200) throw new Error(`the refund could not be failed: ${status}`);
  await lab.until(orderId, 'without its refund', ({ refunds }) =>
    refunds.some((refund) => refund.id === refundId && refund.status === 'failed'),
  );
}

const REFUND_FAILED: Record<string, Branch> = {
  'refund-fails-while-open-and-is-made-again': async (lab) => {
    const orderId = await begin(lab, { parcelsStay: true });
    await lab.until(orderId, 'charged', isCharged);
    const refundId = 'ref_fails_while_open';
    await lab.refund(orderId, { refundId, by: { amountMinor: 110 } });
    await failRefund(lab, orderId, refundId);
    await lab.refund(orderId, { refundId: 'ref_made_again', by: { amountMinor: 110 } });
    await lab.speed(orderId, 1, 1);
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'refund-fails-after-completion': async (lab) => {
    const { orderId } = await through(lab);
    const refundId = 'ref_fails_after_completion';
    await lab.refund(orderId, { refundId, by: { amountMinor: 110 } });
    await lab.untilClosed(orderId);
    await failRefund(lab, orderId, refundId);
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'refund-of-a-cancellation-fails': async (lab) => {
    const { orderId } = await cancelledWhen(lab, isCharged);
    await failRefund(lab, orderId, cancellationRefundId(orderId));
    await lab.until(orderId, 'refunded again', ({ paymentStatus }) => paymentStatus === 'refunded');
    await lab.untilClosed(orderId);
    return { orderId };
  },
};

const HELD_ANEW: Record<string, Branch> = {
  'hold-ends-and-is-taken-anew': async (lab) => {
    const options = { parcelsStay: true, firstCaptureWindowMs: SHORT_WINDOW_MS };
    const orderId = await begin(lab, options, { carrier: [{ operation: 'book', ...AWAY }] });
    await waitFor(async () => (await lab.moneyMoves(orderId)).length === 3, {
      timeoutMs: 30_000,
      what: 'another hold',
    });
    await lab.liftFaults(lab.carrier, orderId);
    await lab.until(orderId, 'charged', isCharged);
    await lab.speed(orderId, 1, 1);
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'hold-ends-and-the-next-is-declined': (lab) =>
    through(
      lab,
      { firstCaptureWindowMs: SHORT_WINDOW_MS },
      {
        carrier: [{ operation: 'book', ...AWAY }],
        payments: [
          { operation: 'authorize', times: 1, behaviour: 'delay', delayMs: 1 },
          { operation: 'authorize', times: 1, behaviour: 'decline', code: 'insufficient_funds' },
        ],
      },
    ),
  'hold-ends-while-being-charged': async (lab) => {
    const options = { parcelsStay: true, firstCaptureWindowMs: SHORT_WINDOW_MS };
    const orderId = await begin(lab, options, {
      payments: [
        { operation: 'capture', times: 1, behaviour: 'lost_reply' },
        { operation: 'lookup', times: 5, behaviour: 'maintenance' },
      ],
    });
    await lab.until(orderId, 'charged', isCharged);
    await lab.speed(orderId, 1, 1);
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'hold-found-to-be-over': async (lab) => {
    const expired = { operation: 'capture', times: 1, behaviour: 'decline', code: 'authorization_expired' };
    return through(lab, {}, { payments: [expired] });
  },
};

const CALLING_A_PERSON: Record<string, Branch> = {
  'shipment-refused': (lab) => cancelledWhen(lab, isRaised('SHIPMENT_REFUSED'), { postalCode: NOT_SERVED }),
  'shipment-refused-and-corrected': async (lab) => {
    const orderId = await begin(lab, { postalCode: NOT_SERVED, ...(await twoLocations(lab, 7)) });
    await lab.until(orderId, 'refused', awaitsCorrection);
    const { shipTo } = await lab.input(orderId, {});
    const stillNotServed = { ...shipTo, postalCode: NOT_SERVED };
    await lab.operate(orderId, { action: 'change_address', shipTo: stillNotServed });
    await lab.until(orderId, 'refused again', awaitsCorrection);
    await lab.operate(orderId, { action: 'change_address', shipTo });
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'shipment-refused-while-the-hold-ends': async (lab) => {
    const options = { postalCode: NOT_SERVED, firstCaptureWindowMs: SHORT_WINDOW_MS };
    const orderId = await begin(lab, options);
    await waitFor(async () => (await lab.moneyMoves(orderId)).length === 3, {
      timeoutMs: 30_000,
      what: 'another hold',
    });
    await lab.until(orderId, 'refused still', awaitsCorrection);
    const { shipTo } = await lab.input(orderId, {});
    await lab.operate(orderId, { action: 'change_address', shipTo });
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'capture-refused': (lab) =>
    cancelledWhen(
      lab,
      isRaised('CAPTURE_REFUSED'),
      {},
      { payments: [{ operation: 'capture', times: 1, behaviour: 'decline', code: 'do_not_honor' }] },
    ),
  'shipped-and-delivered-late': async (lab) => {
    const orderId = await begin(lab, {
      deadlines: { shipWithinMs: 300, deliverWithinMs: 300 },
      parcelsStay: true,
    });
    await lab.until(orderId, 'late', isRaised('SHIPMENT_LATE'));
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'shipped', 'evt_s');
    await lab.until(orderId, 'late again', isRaised('DELIVERY_LATE'));
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'delivered', 'evt_d');
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'provider-away-for-long': async (lab) => {
    const away = { operation: 'capture', ...AWAY, delayMs: 600_000 };
    const orderId = await begin(lab, { parcelsStay: true }, { payments: [away] });
    await waitFor(() => lab.order(orderId).then(isRaised('CAPTURE_UNRESOLVED'), () => false), {
      timeoutMs: 60_000,
      what: 'somebody to be told',
    });
    await lab.liftFaults(lab.payments, orderId);
    await lab.signalSettled(orderId, `${orderId}:capture:1`);
    await lab.until(orderId, 'charged', isCharged);
    await lab.speed(orderId, 1, 1);
    await lab.untilClosed(orderId);
    return { orderId };
  },
};

function isRaised(code: string): (order: OrderView) => boolean {
  return ({ attention }) => attention?.code === code;
}

function awaitsCorrection(order: OrderView): boolean {
  return isRaised('SHIPMENT_REFUSED')(order) && order.waiting?.for === 'correction';
}

const RECOVERED: Record<string, Branch> = {
  'recovered-after-termination': async (lab) => {
    const orderId = await begin(lab, { parcelsStay: true });
    await lab.until(orderId, 'charged', isCharged);
    const { workflow } = lab.temporal.client;
    await workflow.getHandle(orderId).terminate();
    const { deadlines, fingerprint, currency, totalMinor, correlationId } = await lab.input(orderId, {
      lines: [{ sku: 'SKU', quantity: 3 }],
    });
    const { firstExecutionRunId: runId } = await workflow.start(RECOVER_ORDER_WORKFLOW, {
      workflowId: orderId,
      taskQueue: lab.taskQueue,
      args: [{ orderId, deadlines, fingerprint, currency, totalMinor, correlationId }],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
    await lab.speed(orderId, 1, 1);
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'shipped', 'evt_s');
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'delivered', 'evt_d');
    await lab.untilClosed(orderId);
    return { orderId, runId };
  },
};

/** Starts an order that screening holds for a person, or refuses. */
async function scored(lab: OrderLab, score: number, options: PlaceOptions = {}): Promise<string> {
  const { orderId, outcome } = await lab.place({
    screening: { reviewDefault: 'reject' },
    ...options,
    prepare: (id) => lab.score(id, score),
  });
  await outcome;
  return orderId;
}

const SCREENED: Record<string, Branch> = {
  'screening-passed': async (lab) => {
    const orderId = await scored(lab, 0.2);
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'screening-refused': async (lab) => {
    const orderId = await scored(lab, 0.9);
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'review-approved': async (lab) => {
    const orderId = await scored(lab, 0.7);
    await lab.review(orderId, 'approve');
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'review-rejected': async (lab) => {
    const orderId = await scored(lab, 0.7);
    await lab.review(orderId, 'reject');
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'told-by-mail-that-it-is-rejected': async (lab) => {
    const orderId = await scored(lab, 0.7, { answerWithinMs: 60_000 });
    await lab.review(orderId, 'reject');
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'review-expired': async (lab) => {
    const orderId = await scored(lab, 0.7, { deadlines: { reviewWithinMs: 300 } });
    await lab.untilClosed(orderId);
    return { orderId };
  },
  'cancelled-while-in-review': async (lab) => {
    const orderId = await scored(lab, 0.7);
    await lab.cancel(orderId);
    await lab.untilClosed(orderId);
    return { orderId };
  },
};

/** Bulks upon orders that are paid for, each by a maintenance worker of its own. */
async function withBulks(
  lab: OrderLab,
  walk: (bulks: BulkLab) => Promise<RecordedRun>,
): Promise<RecordedRun> {
  const bulks = await BulkLab.start(lab);
  try {
    return await walk(bulks);
  } finally {
    await bulks.stop();
  }
}

const BULKS: Record<string, Branch> = {
  'bulk-paused-and-finished': (lab) =>
    withBulks(lab, async (bulks) => {
      const orderId = await bulks.begin(await bulks.paidOrders(5), { perSecond: 1 });
      await bulks.steer(orderId, 'pause');
      await bulks.steer(orderId, 'resume');
      await bulks.result(orderId);
      return { orderId };
    }),
  'bulk-continued': (lab) =>
    withBulks(lab, async (bulks) => {
      const orderId = await bulks.begin(await bulks.paidOrders(3), { perSecond: 2, ordersPerRun: 2 });
      await bulks.result(orderId);
      return { orderId, runId: bulks.firstRunIds.get(orderId) ?? '' };
    }),
  'bulk-stopped-while-an-order-waits': (lab) =>
    withBulks(lab, async (bulks) => {
      const orderIds = await bulks.paidOrders(2);
      const [away = ''] = orderIds;
      await lab.faults(lab.payments, [{ operation: 'refund', orderId: away, ...AWAY }]);
      const orderId = await bulks.begin(orderIds, { action: 'refund', amountMinor: 500 });
      await bulks.untilEnded(orderId, 1);
      await bulks.steer(orderId, 'stop');
      await bulks.result(orderId);
      await lab.liftFaults(lab.payments, away);
      return { orderId };
    }),
};

export const BRANCHES: Readonly<Record<string, Branch>> = {
  ...ENDED,
  ...CANCELLED,
  ...REFUNDED,
  ...REFUND_FAILED,
  ...HELD_ANEW,
  ...CALLING_A_PERSON,
  ...RECOVERED,
  ...SCREENED,
  ...BULKS,
};
