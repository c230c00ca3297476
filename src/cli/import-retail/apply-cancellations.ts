/** What a cancellation takes back of an order: the whole order by a cancel, part of it, or a captured one, by a refund. */
import { apiPath } from '../api/api-client.ts';
import { ApiRefusalError } from '../api/api-errors.ts';
import { orderSchema, refundSchema, type OrderReply, type RefundReply } from '../api/api-replies.ts';
import type { RetailInvoice } from './group-invoices.ts';
import { pollOrder, refusalFrom, type ImportClient, type Refusal } from './import-client.ts';
import type { CancellationPart } from './match-cancellations.ts';

/** What became of one cancellation at one order. */
export type CancellationOutcome =
  | { readonly kind: 'cancelled'; readonly amountMinor: number }
  | { readonly kind: 'refunded'; readonly amountMinor: number; readonly refundId: string }
  /** There is no order to take anything back from, because the shop did not take the sale. */
  | { readonly kind: 'no_order'; readonly reason: string }
  | { readonly kind: 'pending'; readonly reason: string }
  | ({ readonly kind: 'refused' } & Refusal);

/** Payment statuses from which money can be given back. */
const CAPTURED: ReadonlySet<string> = new Set(['captured', 'partially_refunded', 'refunded']);
/** Payment statuses after which a capture never comes. */
const NEVER_CAPTURED: ReadonlySet<string> = new Set(['voided', 'declined']);

const reasonOf = (part: CancellationPart): string => `retail ${part.cancellation}`;
const keyOf = (part: CancellationPart, what: 'cancel' | 'refund'): string =>
  `retail-${part.cancellation}-${part.sale}-${what}`;

/** The order's id of the line that stands for a row: lines are numbered in the order of the request. */
function lineIdOf(order: OrderReply, sale: RetailInvoice, rowIndex: number): string {
  const line = order.lines.find(({ lineId }) => lineId === String(rowIndex + 1));
  const row = sale.rows[rowIndex];
  if (line === undefined || line.sku !== row?.sku || line.quantity !== row.quantity) {
    throw new Error(`Line ${rowIndex + 1} of order ${order.id} is not what invoice ${sale.invoice} says`);
  }
  return line.lineId;
}

/** Cancels the order; null when it is too late for that. */
async function cancelOrder(
  client: ImportClient,
  part: CancellationPart,
  order: OrderReply,
): Promise<CancellationOutcome | null> {
  try {
    const { body } = await client.api.call(
      {
        method: 'POST',
        path: apiPath`/v1/orders/${order.id}/cancel`,
        body: { reason: reasonOf(part) },
        idempotencyKey: keyOf(part, 'cancel'),
      },
      orderSchema,
    );
    const isUndone = ({ status }: OrderReply): boolean => status === 'cancelled';
    const { status, totals } = isUndone(body) ? body : await pollOrder(client, order.id, isUndone);
    if (status !== 'cancelled') return { kind: 'pending', reason: `the order is still ${status}` };
    return { kind: 'cancelled', amountMinor: totals.total.amountMinor };
  } catch (error) {
    if (error instanceof ApiRefusalError && error.problem.code === 'NOT_CANCELLABLE') return null;
    throw error;
  }
}

/** A refund that the provider has not decided yet is looked up in its order until it is. */
async function settledRefund(
  client: ImportClient,
  orderId: string,
  refund: RefundReply,
): Promise<RefundReply> {
  const find = (order: OrderReply): RefundReply => order.refunds.find(({ id }) => id === refund.id) ?? refund;
  if (refund.status !== 'pending') return refund;
  return find(await pollOrder(client, orderId, (order) => find(order).status !== 'pending'));
}

async function refundLines(
  client: ImportClient,
  part: CancellationPart,
  sale: RetailInvoice,
  order: OrderReply,
): Promise<CancellationOutcome> {
  const isSettled = ({ paymentStatus }: OrderReply): boolean =>
    CAPTURED.has(paymentStatus) || NEVER_CAPTURED.has(paymentStatus);
  const { paymentStatus } = await pollOrder(client, order.id, isSettled);
  if (NEVER_CAPTURED.has(paymentStatus)) {
    return {
      kind: 'refused',
      code: 'NOT_REFUNDABLE',
      detail: `the payment of the order is ${paymentStatus}`,
    };
  }
  if (!CAPTURED.has(paymentStatus)) {
    return { kind: 'pending', reason: `the payment of the order is still ${paymentStatus}` };
  }
  const { body } = await client.api.call(
    {
      method: 'POST',
      path: apiPath`/v1/orders/${order.id}/refunds`,
      body: {
        lines: part.lines.map(({ rowIndex, quantity }) => ({
          lineId: lineIdOf(order, sale, rowIndex),
          quantity,
        })),
        reason: reasonOf(part),
      },
      idempotencyKey: keyOf(part, 'refund'),
    },
    refundSchema,
  );
  const refund = await settledRefund(client, order.id, body);
  if (refund.status === 'pending') return { kind: 'pending', reason: 'the refund is not settled yet' };
  if (refund.status !== 'succeeded') {
    return { kind: 'refused', code: 'REFUND_FAILED', detail: `refund ${refund.id} is ${refund.status}` };
  }
  return { kind: 'refunded', amountMinor: refund.amount.amountMinor, refundId: refund.id };
}

/**
 * Takes back what one cancellation takes of one order, under keys that follow from both numbers. Goods are not put back on
 * the shelf: the data set does not say whether they can be sold again.
 *
 * @throws ApiUnreachableError, ApiRefusalError when the service cannot be used at all
 */
export async function applyCancellation(
  client: ImportClient,
  part: CancellationPart,
  sale: RetailInvoice,
  order: OrderReply,
): Promise<CancellationOutcome> {
  try {
    const cancelled = part.coversOrder ? await cancelOrder(client, part, order) : null;
    return cancelled ?? (await refundLines(client, part, sale, order));
  } catch (error) {
    return { kind: 'refused', ...refusalFrom(error) };
  }
}
