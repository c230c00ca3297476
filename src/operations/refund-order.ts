import { CatalogueError, unavailable } from '../domain/errors.ts';
import type { OrderView, RefundView } from '../domain/orders/order.ts';
import {
  REFUND_ORDER_UPDATE,
  type RefundOrderInput,
  type RefundOrderResult,
} from '../workflows/orders/process-order.contract.ts';
import { readOrder, type OperationDependencies } from './dependencies.ts';
import type { CarriedOut } from './record-outcome.ts';
import { updateOrder } from './update-order.ts';

type RefusedRefund = Extract<RefundOrderResult, { kind: 'refused' }>;

/**
 * Asks the workflow of the order for a refund. The update has the refund's id, so a repetition joins the first request. The
 * recorded refund decides; without one nothing was promised, and a repetition is safe.
 *
 * @throws CatalogueError NOT_REFUNDABLE, UNAVAILABLE
 */
export async function refundOrder(
  before: OrderView,
  input: RefundOrderInput,
  dependencies: OperationDependencies,
): Promise<CarriedOut<RefundView>> {
  const update = { name: REFUND_ORDER_UPDATE, id: input.refundId, input };
  const decision = await updateOrder<RefundOrderResult, RefundOrderInput>(before.id, update, dependencies);
  if (typeof decision === 'object' && decision.kind === 'refused') throw notRefundable(before, decision);
  const view = await readOrder(before.id, dependencies);
  const recorded = view.refunds.find((candidate) => candidate.id === input.refundId);
  if (recorded === undefined)
    throw unavailable(
      'The refund could not be decided in time. Send it again with the same Idempotency-Key.',
    );
  return { value: recorded, outcome: outcomeOf(recorded) };
}

function outcomeOf({ id, status, failureCode }: RefundView): CarriedOut<RefundView>['outcome'] {
  switch (status) {
    case 'pending':
      return null;
    case 'succeeded':
      return { outcome: 'done', detail: `Refund ${id} was given back.` };
    case 'failed':
      return {
        outcome: 'failed',
        detail: `The provider refused refund ${id}: ${failureCode ?? 'no reason'}.`,
      };
  }
}

const REFUSALS: Readonly<Record<RefusedRefund['reason'], string>> = {
  not_captured: 'Nothing was captured yet. An order that is not shipped can be cancelled instead.',
  exceeds_captured: 'It is more than what was captured and not refunded yet.',
  exceeds_line_quantity: 'A line has fewer units that were not refunded yet.',
  unknown_line: 'The order has no such line.',
  not_shipped: 'Lines can go back to the shelves only after they were shipped.',
};

/** Kept for its key, although a refund that fails later gives its amount back: ask again with a new key then. */
export function notRefundable(
  view: OrderView,
  { reason, refundableMinor }: Pick<RefusedRefund, 'reason' | 'refundableMinor'>,
): CatalogueError {
  return new CatalogueError(
    'NOT_REFUNDABLE',
    `${REFUSALS[reason]} Up to ${refundableMinor} (minor units of ${view.currency}) can be refunded.`,
    { extensions: { reason, refundable: { amountMinor: refundableMinor, currency: view.currency } } },
  );
}
