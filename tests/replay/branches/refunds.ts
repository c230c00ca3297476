/** Money that is given back, also when that fails later. */
import { cancellationRefundId, refundOperationKey } from '../../../src/domain/ids.ts';
import type { OrderLab } from '../../integration/workflow/order-lab.ts';
import { begin, cancelledWhen, isCharged, through, type Branch } from './walks.ts';

export const REFUNDED: Readonly<Record<string, Branch>> = {
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

export const REFUND_FAILED: Readonly<Record<string, Branch>> = {
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
