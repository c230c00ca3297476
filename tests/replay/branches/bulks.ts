/** Bulks, each by a maintenance worker of its own. */
import { BulkLab } from '../../integration/workflow/bulk-lab.ts';
import type { OrderLab } from '../../integration/workflow/order-lab.ts';
import { AWAY, type Branch, type RecordedRun } from './walks.ts';

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

export const BULKS: Readonly<Record<string, Branch>> = {
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
