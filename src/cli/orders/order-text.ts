/** Orders as people read them. */
import type { OrderReply, RefundReply } from '../api/api-replies.ts';
import { moneyText } from '../output/money-text.ts';
import { pairs, table } from '../output/table.ts';

/** One order a row. */
export function orderListText(orders: readonly OrderReply[]): string {
  if (orders.length === 0) return 'No orders.';
  return table(
    [
      { title: 'Order' },
      { title: 'Created' },
      { title: 'Customer' },
      { title: 'Status' },
      { title: 'Payment' },
      { title: 'Lines', align: 'right' },
      { title: 'Total', align: 'right' },
      { title: 'Attention' },
    ],
    orders.map((order) => [
      order.id,
      order.createdAt,
      order.customerId,
      order.status,
      order.paymentStatus,
      String(order.lines.length),
      moneyText(order.totals.total),
      order.attention?.code ?? '',
    ]),
  );
}

function linesText(order: OrderReply): string {
  return table(
    [
      { title: 'Line' },
      { title: 'Item' },
      { title: 'Name' },
      { title: 'Quantity', align: 'right' },
      { title: 'Price', align: 'right' },
      { title: 'Total', align: 'right' },
      { title: 'Location' },
    ],
    order.lines.map((line) => [
      line.lineId,
      line.sku,
      line.name,
      String(line.quantity),
      moneyText(line.unitPrice),
      moneyText(line.total),
      line.locationId ?? '',
    ]),
  );
}

function shipmentsText(order: OrderReply): string {
  return table(
    [{ title: 'Shipment' }, { title: 'Carrier' }, { title: 'Tracking number' }, { title: 'Status' }],
    order.shipments.map((shipment) => [
      shipment.id,
      shipment.carrier ?? '',
      shipment.trackingNumber ?? '',
      shipment.status,
    ]),
  );
}

/** Refunds, one a row. */
export function refundsText(refunds: readonly RefundReply[]): string {
  return table(
    [
      { title: 'Refund' },
      { title: 'Created' },
      { title: 'Amount', align: 'right' },
      { title: 'Status' },
      { title: 'Reason' },
    ],
    refunds.map((refund) => [
      refund.id,
      refund.createdAt,
      moneyText(refund.amount),
      refund.status,
      refund.reason,
    ]),
  );
}

/** Everything about one order. */
export function orderText(order: OrderReply): string {
  const head = pairs([
    ['Order', order.id],
    ['Status', order.status],
    ['Payment', order.paymentStatus],
    ...order.attentions.map(
      ({ code, since, message }) => ['Attention', `${code} since ${since}: ${message}`] as const,
    ),
    ...(order.rejection
      ? [['Rejected', `${order.rejection.code}: ${order.rejection.message}`] as const]
      : []),
    ['Customer', order.customerId],
    ['Total', moneyText(order.totals.total)],
    ['Captured', moneyText(order.totals.captured)],
    ['Refunded', moneyText(order.totals.refunded)],
    ['Outstanding', moneyText(order.totals.outstanding)],
    ...(order.totals.refundDue.amountMinor === 0
      ? []
      : [['Refund due', moneyText(order.totals.refundDue)] as const]),
    ['Created', order.createdAt],
    ['Updated', `${order.updatedAt} (version ${order.version})`],
  ]);
  return [
    head,
    linesText(order),
    ...(order.shipments.length === 0 ? [] : [shipmentsText(order)]),
    ...(order.refunds.length === 0 ? [] : [refundsText(order.refunds)]),
  ].join('\n\n');
}
