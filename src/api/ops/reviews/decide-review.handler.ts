import type { ReviewView } from '../../../../db/repositories/fraud.repository.ts';
import { CatalogueError } from '../../../domain/errors.ts';
import {
  REVIEW_ORDER_UPDATE,
  type ReviewOrderInput,
  type ReviewOrderResult,
} from '../../../workflows/orders/process-order.contract.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { defineCommand, type Answer } from '../../http/endpoint.ts';
import { unavailable } from '../../http/errors.ts';
import { classifyTemporalFailure, type TemporalFailure } from '../../../operations/temporal-errors.ts';
import { decideReviewBody, review, reviewParams, toReviewAnswer } from './review.schema.ts';

export const decideReviewEndpoint = defineCommand({
  method: 'post',
  path: '/v1/ops/reviews/{orderId}/decisions',
  operationId: 'decideReview',
  tag: 'Operations',
  summary: 'Let an order go on, or refuse it',
  description:
    'The first decision counts. After `approve` the payment is asked for, and can still be declined; after `reject` the stock ' +
    'is given back and the order ends as `FRAUD_REFUSED`.',
  permission: 'reviews:decide',
  params: reviewParams,
  body: decideReviewBody,
  answers: { 200: { description: 'The review, decided', schema: review } },
  errors: ['NOT_FOUND', 'NOT_IN_REVIEW'],
  handle: async ({ params, body, principal, idempotency, requestId, note }, dependencies) => {
    const { orderId } = params;
    note({ orderId, workflowId: orderId });
    const before = await findReview(orderId, dependencies);
    const request: ReviewOrderInput = { ...body, actor: principal.id, requestId };
    const decision =
      before.state === 'open'
        ? await askToDecide(orderId, idempotency.deriveId('cmd'), request, dependencies)
        : 'closed';
    return settle(await findReview(orderId, dependencies), decision, request);
  },
});

/** @throws CatalogueError NOT_FOUND. Rejects with DatabaseUnavailableError. */
async function findReview(orderId: string, { repositories }: ApiDependencies): Promise<ReviewView> {
  const found = await repositories.fraud.findReview(orderId);
  if (found === null) throw new CatalogueError('NOT_FOUND', 'The order has never been under review.');
  return found;
}

/** The update's id is derived from the Idempotency-Key: a repetition joins the first request. */
async function askToDecide(
  orderId: string,
  updateId: string,
  request: ReviewOrderInput,
  { temporal, environment }: ApiDependencies,
): Promise<ReviewOrderResult | TemporalFailure> {
  try {
    return await temporal.withDeadline(Date.now() + environment.CONFIRMATION_DEADLINE_MS, () =>
      temporal.workflow
        .getHandle(orderId)
        .executeUpdate<ReviewOrderResult, [ReviewOrderInput]>(REVIEW_ORDER_UPDATE, {
          updateId,
          args: [request],
        }),
    );
  } catch (error) {
    const failure = classifyTemporalFailure(error);
    if (failure === null) throw error;
    return failure;
  }
}

/** The recorded review decides. One that is open still was not decided, and a repetition is safe. */
function settle(
  found: ReviewView,
  decision: ReviewOrderResult | TemporalFailure,
  request: ReviewOrderInput,
): Answer {
  // Also when the answer was lost: it was decided by whoever asks, as they ask.
  const isAsAsked = found.decision === request.decision && found.decidedBy === request.actor;
  if (isAsAsked && found.reason === request.reason) return { httpStatus: 200, body: toReviewAnswer(found) };
  if (found.state !== 'open')
    throw new CatalogueError('NOT_IN_REVIEW', `The review is over: it is ${found.state}.`, {
      extensions: { review: toReviewAnswer(found) },
    });
  if (decision === 'closed')
    throw unavailable(
      'The workflow of the order is gone, and the order is being taken up. Send it again with the same Idempotency-Key.',
    );
  if (decision === 'no_answer' || decision.kind === 'refused')
    throw unavailable(
      'The review could not be decided in time. Send it again with the same Idempotency-Key.',
    );
  throw new CatalogueError(
    'INVARIANT_VIOLATED',
    `The review of ${found.orderId} is open and its workflow says that it is decided`,
  );
}
