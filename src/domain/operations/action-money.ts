/** How much money an action decides about, and whether one person may. */
import { addMinor, multiplyMinor } from '../money.ts';
import type { OrderView } from '../orders/order.ts';
import type { ActionFacts } from './action-plan.ts';
import { ACTIONS, type ActionRequest } from './actions.ts';

type RefundRequest = Extract<ActionRequest, { readonly action: 'refund' }>;

/** What can still be given back, minor units: captured, and neither refunded nor promised. */
export function refundableMinor({ totals, refunds }: Pick<OrderView, 'totals' | 'refunds'>): number {
  const promised = refunds
    .filter(({ status }) => status === 'pending')
    .map(({ amount }) => amount.amountMinor);
  return totals.captured.amountMinor - totals.refunded.amountMinor - addMinor(...promised);
}

/** The amount that a refund asks for; lines that the order does not have count nothing. */
export function askedMinor(by: RefundRequest['by'], order: OrderView): number {
  if ('amountMinor' in by) return by.amountMinor;
  if ('full' in by) return refundableMinor(order);
  const priceOf = new Map(order.lines.map((line) => [line.lineId, line.unitPrice.amountMinor]));
  return addMinor(
    ...by.lines.map(({ lineId, quantity }) => multiplyMinor(priceOf.get(lineId) ?? 0, quantity)),
  );
}

/**
 * Whether a second person has to agree. Refunds of one order count together, so that a large one cannot be had in parts.
 *
 * @param limitMinor above it, in the order's currency; 0 when nobody has to
 */
export function needsSecondPerson(
  request: ActionRequest,
  order: OrderView,
  facts: Pick<ActionFacts, 'operations'>,
  limitMinor: number,
): boolean {
  if (limitMinor === 0 || !ACTIONS[request.action].needsSecondPerson) return false;
  return decidedMinor(request, order, facts) > limitMinor;
}

function decidedMinor(
  request: ActionRequest,
  order: OrderView,
  facts: Pick<ActionFacts, 'operations'>,
): number {
  switch (request.action) {
    case 'refund':
      return addMinor(
        order.totals.captured.amountMinor,
        -refundableMinor(order),
        askedMinor(request.by, order),
      );
    case 'resolve_outcome':
      return facts.operations.find(({ key }) => key === request.operationKey)?.amount?.amountMinor ?? 0;
    default:
      return 0;
  }
}
