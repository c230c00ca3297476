import { CatalogueError } from '../../domain/errors.ts';
import type { OrderView, RefundView } from '../../domain/orders/order.ts';
import {
  REFUND_ORDER_UPDATE,
  type RefundOrderInput,
  type RefundOrderResult,
} from '../../workflows/orders/process-order.contract.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { unavailable } from '../http/errors.ts';
import type { CarriedOut } from '../ops/actions/record-action.ts';
import { findOwnOrder } from './find-own-order.ts';
import { updateOrder } from './update-order.ts';

type RefusedRefund = Extract<RefundOrderResult, { kind: 'refused' }>;

/**
 * Asks the workflow of the order for a refund. The update has the refund's id, so a repetition joins the first request. The
 * recorded refund decides; without one nothing was promised, and a repetition is safe.
 *
 * @throws CatalogueError NOT_REFUNDABLE, UNAVAILABLE, and NOT_FOUND for who may not know of the order
 */
export async function refundOrder(
  before: OrderView,
  input: RefundOrderInput,
  principal: Principal,
  dependencies: ApiDependencies,
): Promise<CarriedOut<RefundView>> {
  const update = { name: REFUND_ORDER_UPDATE, id: input.refundId, input };
  const decision = await updateOrder<RefundOrderResult, RefundOrderInput>(before.id, update, dependencies);
  if (typeof decision === 'object' && decision.kind === 'refused') throw notRefundable(before, decision);
  const view = await findOwnOrder(before.id, principal, dependencies);
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
