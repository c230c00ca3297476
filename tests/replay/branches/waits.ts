/** Orders that wait: for another hold on the money, for a person, for a run that takes them up. */
import { sql } from 'drizzle-orm';
import { shipmentId } from '../../../src/domain/ids.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import { RECOVER_ORDER_WORKFLOW } from '../../../src/workflows/orders/recover-order.contract.ts';
import type { OrderLab } from '../../integration/workflow/order-lab.ts';
import { holdShelves } from '../../support/held-rows.ts';
import { waitFor } from '../../support/stack.ts';
import {
  AWAY,
  begin,
  cancelledWhen,
  isCharged,
  NOT_SERVED,
  SHORT_WINDOW_MS,
  through,
  twoLocations,
  type Branch,
} from './walks.ts';

export const HELD_ANEW: Readonly<Record<string, Branch>> = {
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

export const CALLING_A_PERSON: Readonly<Record<string, Branch>> = {
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

/** Gives a mail up as soon as it waits, and waits until that is written down. @param count how many are given up by then */
async function giveUpMail(lab: OrderLab, orderId: string, count: number): Promise<void> {
  const skip = { action: 'skip_step', step: 'notification' } as const;
  await waitFor(async () => (await lab.operate(orderId, skip)).kind === 'done', {
    timeoutMs: 60_000,
    what: `a mail of ${orderId} to be given up`,
  });
  await waitFor(
    async () => {
      const rows = await lab.database.query(
        'branch.mails',
        sql`SELECT 1 FROM notifications WHERE order_id = ${orderId} AND state = 'suppressed'`,
      );
      return rows.length === count;
    },
    { timeoutMs: 60_000, what: `${count} mails of ${orderId} to be given up` },
  );
}

/** Whoever is to send a mail waits until it is let go, as long as a local activity may take. */
async function holdMail(
  lab: OrderLab,
  orderId: string,
  template: string,
): Promise<{ letGo(): Promise<void> }> {
  const held = await holdShelves(lab.environment['DATABASE_URL'] ?? '', 'none');
  await held.run(
    "INSERT INTO notifications (order_id, template, subject_id, state, message_id) VALUES ($1, $2, '1', 'sending', 'none')",
    [orderId, template],
  );
  return {
    letGo: async () => {
      await held.run('ROLLBACK');
      await held.close();
    },
  };
}

/** A mail and news of a parcel are both tried at once, and the mail is the one that is put off. */
export const MAILS_PUT_OFF: Readonly<Record<string, Branch>> = {
  'mail-put-off-while-parcels-arrive': async (lab) => {
    const mailbox = { mailbox: 'mailbox-busy', parcelsStay: true };
    const orderId = await begin(lab, { ...mailbox, ...(await twoLocations(lab, 7)) });
    await lab.until(orderId, 'charged', isCharged);
    await giveUpMail(lab, orderId, 1);
    // The workflow knows of it when it answers.
    await lab.progress(orderId);
    // What has arrived has left, so with the second all that is known of both is to be written down at once.
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'delivered', 'evt_d1');
    await lab.progress(orderId);
    const held = await holdMail(lab, orderId, 'shipped');
    await lab.signalMoved(orderId, shipmentId(orderId, 2), 'delivered', 'evt_d2');
    await lab.until(orderId, 'delivered', ({ status }) => status === 'delivered' || status === 'completed');
    await held.letGo();
    await giveUpMail(lab, orderId, 2);
    await lab.untilClosed(orderId);
    return { orderId };
  },
};

export const RECOVERED: Readonly<Record<string, Branch>> = {
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
