import { z } from 'zod';
import type { FieldError } from '../../domain/errors.ts';
import type { OrderView } from '../../domain/orders/order.ts';
import { askedMinor, refundableMinor } from '../../domain/operations/action-money.ts';
import type { RefundOrderInput } from '../../workflows/orders/process-order.contract.ts';
import { defineCommand } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { orderId } from '../http/fields.ts';
import { operatorAction } from '../ops/actions/action.schema.ts';
import { recordOutcome } from '../../operations/record-outcome.ts';
import { notRefundable, refundOrder } from '../../operations/refund-order.ts';
import { askAction } from '../ops/actions/record-action.ts';
import { awaitSecondPerson, mayNeedSecondPerson } from '../ops/actions/second-person.ts';
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
      description:
        'A refund: promised, and the provider has not answered yet. An action: it waits for a second person, because it is above ' +
        'the limit. A repetition tells what became of it',
      headers: { Location: 'The address of the order, which lists its refunds' },
      schema: z.union([refund, operatorAction]),
    },
  },
  errors: ['NOT_FOUND', 'NOT_REFUNDABLE', 'ACTION_NOT_POSSIBLE'],
  handle: async (received, dependencies) => {
    const { params, body, principal, requestId, idempotency, note } = received;
    note({ orderId: params.id, workflowId: params.id });
    const before = await findOwnOrder(params.id, principal, dependencies);
    refuseImpossibleLines(before, body);
    const { reason, restock } = body;
    const by = refundBy(body);
    const request = { action: 'refund', by, restock } as const;
    const action = await askAction({ orderId: params.id, reason, request }, received, dependencies);
    const refundId = idempotency.deriveId('ref');
    const headers = { location: orderPath(params.id) };
    const pending = await awaitSecondPerson({
      action,
      isNeeded: () => {
        if (!mayNeedSecondPerson(action, request, before, { operations: [] }, principal, dependencies))
          return false;
        refuseTooMuch(before, by);
        return true;
      },
      principal,
      dependencies,
    });
    if (pending !== null) return { ...pending, headers };
    const input: RefundOrderInput = { refundId, by, reason, restock, actor: principal.id, requestId };
    const recorded = await recordOutcome(action, principal, dependencies, () =>
      refundOrder(before, input, dependencies),
    );
    const isPending = recorded.status === 'pending';
    return {
      httpStatus: isPending ? 202 : 201,
      headers,
      body: toRefundAnswer(recorded),
      keep: !isPending,
    };
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

/** Nobody is asked to agree to what is not possible. @throws CatalogueError NOT_REFUNDABLE */
function refuseTooMuch(view: OrderView, by: RefundOrderInput['by']): void {
  const left = refundableMinor(view);
  if (view.totals.captured.amountMinor === 0)
    throw notRefundable(view, { reason: 'not_captured', refundableMinor: 0 });
  if (askedMinor(by, view) > left)
    throw notRefundable(view, { reason: 'exceeds_captured', refundableMinor: left });
}

function refundBy({ amountMinor, lines }: RefundOrderBody): RefundOrderInput['by'] {
  if (lines !== undefined) return { lines };
  if (amountMinor !== undefined) return { amountMinor };
  throw new Error('The schema lets one of amountMinor and lines through');
}
