import { WithStartWorkflowOperation } from '@temporalio/client';
import { z } from 'zod';
import { CatalogueError, type FieldError } from '../../domain/errors.ts';
import type { OrderView } from '../../domain/orders/order.ts';
import {
  AMEND_ORDER_WORKFLOW,
  REFUND_ORDER_UPDATE,
  type AmendOrderInput,
  type RefundOrderInput,
  type RefundOrderResult,
} from '../../workflows/orders/process-order.contract.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { defineCommand, type Answer } from '../http/endpoint.ts';
import { invalidRequest, unavailable } from '../http/errors.ts';
import { orderId } from '../http/fields.ts';
import { classifyTemporalFailure, type TemporalFailure } from '../http/temporal-errors.ts';
import { findOwnOrder } from './find-own-order.ts';
import { orderPath, refund, toRefundAnswer } from './order.schema.ts';
import { refundOrderBody, type RefundOrderBody } from './refund-order.schema.ts';

export const refundOrderEndpoint = defineCommand({
  method: 'post',
  path: '/v1/orders/{id}/refunds',
  operationId: 'refundOrder',
  tag: 'Orders',
  summary: 'Refund an order in whole or in part',
  permission: 'orders:refund',
  params: z.strictObject({ id: orderId }),
  body: refundOrderBody,
  answers: {
    201: {
      description: 'The provider has answered: `succeeded`, or `failed` when it refused for good',
      headers: { Location: 'The address of the order, which lists its refunds' },
      schema: refund,
    },
    202: {
      description: 'Promised, and the provider has not answered yet; a repetition tells what became of it',
      headers: { Location: 'The address of the order, which lists its refunds' },
      schema: refund,
    },
  },
  errors: ['NOT_FOUND', 'NOT_REFUNDABLE'],
  handle: async ({ params, body, principal, idempotency, requestId, note }, dependencies) => {
    note({ orderId: params.id, workflowId: params.id });
    const before = await findOwnOrder(params.id, principal, dependencies);
    refuseImpossibleLines(before, body);
    const refundId = idempotency.deriveId('ref');
    const { reason, restock } = body;
    const decision = await askToRefund(params.id, dependencies, {
      refundId,
      by: refundBy(body),
      reason,
      restock,
      actor: principal.id,
      requestId,
    });
    if (typeof decision === 'object' && decision.kind === 'refused') throw notRefundable(before, decision);
    const view = await findOwnOrder(params.id, principal, dependencies);
    return settle(view, refundId);
  },
});

/** @throws CatalogueError INVALID_REQUEST naming every line that the order does not have, or when they cost nothing */
function refuseImpossibleLines(view: OrderView, { lines }: RefundOrderBody): void {
  if (lines === undefined) return;
  const priceByLine = new Map(view.lines.map((line) => [line.lineId, line.unitPrice.amountMinor]));
  const fieldErrors = lines.flatMap((line, index): FieldError[] =>
    priceByLine.has(line.lineId)
      ? []
      : [{ pointer: `/lines/${index}/lineId`, message: 'is not a line of this order' }],
  );
  if (fieldErrors.length > 0) throw invalidRequest(...fieldErrors);
  if (lines.every((line) => priceByLine.get(line.lineId) === 0))
    throw invalidRequest({ pointer: '/lines', message: 'cost nothing, so there is nothing to refund' });
}

function refundBy({ amountMinor, lines }: RefundOrderBody): RefundOrderInput['by'] {
  if (lines !== undefined) return { lines };
  if (amountMinor !== undefined) return { amountMinor };
  throw new Error('The schema lets one of amountMinor and lines through');
}

type AmendOrder = (input: AmendOrderInput) => Promise<unknown>;

/**
 * Goes to the order's own run while that is open; after that a short run under the same workflow id takes it, so there is
 * one writer at any time. The update has the refund's id, so a repetition joins the first request.
 */
async function askToRefund(
  id: string,
  { temporal, environment }: ApiDependencies,
  input: RefundOrderInput,
): Promise<RefundOrderResult | TemporalFailure> {
  const amend: AmendOrderInput = { orderId: id, correlationId: input.requestId };
  try {
    return await temporal.withDeadline(Date.now() + environment.CONFIRMATION_DEADLINE_MS, () =>
      temporal.workflow.executeUpdateWithStart<AmendOrder, RefundOrderResult, [RefundOrderInput]>(
        REFUND_ORDER_UPDATE,
        {
          updateId: input.refundId,
          args: [input],
          startWorkflowOperation: new WithStartWorkflowOperation<AmendOrder>(AMEND_ORDER_WORKFLOW, {
            workflowId: id,
            taskQueue: environment.TEMPORAL_TASK_QUEUE,
            args: [amend],
            workflowIdConflictPolicy: 'USE_EXISTING',
            workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          }),
        },
      ),
    );
  } catch (error) {
    const failure = classifyTemporalFailure(error);
    if (failure === null) throw error;
    return failure;
  }
}

/** The recorded refund decides. Without one nothing was promised, and a repetition is safe. */
function settle(view: OrderView, refundId: string): Answer {
  const recorded = view.refunds.find((candidate) => candidate.id === refundId);
  if (recorded === undefined)
    throw unavailable(
      'The refund could not be decided in time. Send it again with the same Idempotency-Key.',
    );
  const isPending = recorded.status === 'pending';
  return {
    httpStatus: isPending ? 202 : 201,
    headers: { location: orderPath(view.id) },
    body: toRefundAnswer(recorded),
    keep: !isPending,
  };
}

const REFUSALS: Readonly<Record<Extract<RefundOrderResult, { kind: 'refused' }>['reason'], string>> = {
  not_captured: 'Nothing was captured yet. An order that is not shipped can be cancelled instead.',
  exceeds_captured: 'It is more than what was captured and not refunded yet.',
  exceeds_line_quantity: 'A line has fewer units that were not refunded yet.',
  unknown_line: 'The order has no such line.',
  not_shipped: 'Lines can go back to the shelves only after they were shipped.',
};

/** Kept for its key, although a refund that fails later gives its amount back: ask again with a new key then. */
function notRefundable(
  view: OrderView,
  { reason, refundableMinor }: Extract<RefundOrderResult, { kind: 'refused' }>,
): CatalogueError {
  return new CatalogueError(
    'NOT_REFUNDABLE',
    `${REFUSALS[reason]} Up to ${refundableMinor} (minor units of ${view.currency}) can be refunded.`,
    { extensions: { reason, refundable: { amountMinor: refundableMinor, currency: view.currency } } },
  );
}
