/** Orders that end by themselves, such that are cancelled on their way, and one that there never is. */
import { randomBytes } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { shipmentId } from '../../../src/domain/ids.ts';
import {
  PLACE_ORDER_UPDATE,
  REFUSE_ORDER_WORKFLOW,
  type PlaceOrderRefusal,
} from '../../../src/workflows/orders/process-order.contract.ts';
import type { OrderLab } from '../../integration/workflow/order-lab.ts';
import { waitFor } from '../../support/stack.ts';
import {
  AWAY,
  begin,
  cancelledWhen,
  isCharged,
  through,
  twoLocations,
  type Branch,
  type RecordedRun,
} from './walks.ts';

type RefuseOrder = (refusal: PlaceOrderRefusal) => Promise<void>;

/** As the HTTP service does with a repetition that can no longer be had. */
async function refused(lab: OrderLab): Promise<RecordedRun> {
  const orderId = `ord_${randomBytes(13).toString('hex')}`;
  const refusal: PlaceOrderRefusal = {
    fingerprint: `fingerprint-${orderId}`,
    outcome: 'refused',
    code: 'TOTAL_CHANGED',
    message: 'The total is another one by now.',
    fieldErrors: [],
    extensions: {},
  };
  await lab.temporal.client.workflow.executeUpdateWithStart<RefuseOrder, PlaceOrderRefusal, []>(
    PLACE_ORDER_UPDATE,
    {
      updateId: orderId,
      startWorkflowOperation: new WithStartWorkflowOperation<RefuseOrder>(REFUSE_ORDER_WORKFLOW, {
        workflowId: orderId,
        taskQueue: lab.taskQueue,
        args: [refusal],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
      }),
    },
  );
  await lab.untilClosed(orderId);
  return { orderId };
}

export const ENDED: Readonly<Record<string, Branch>> = {
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
  'refused-before-it-was-made': refused,
};

export const CANCELLED: Readonly<Record<string, Branch>> = {
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
