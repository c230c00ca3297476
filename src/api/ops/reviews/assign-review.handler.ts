import { CatalogueError } from '../../../domain/errors.ts';
import { defineCommand } from '../../http/endpoint.ts';
import { assignReviewBody, review, reviewParams, toReviewAnswer } from './review.schema.ts';

export const assignReviewEndpoint = defineCommand({
  method: 'post',
  path: '/v1/ops/reviews/{orderId}/assignments',
  operationId: 'assignReview',
  tag: 'Operations',
  summary: 'Say who looks at an order, or that nobody does any more',
  description:
    'For the staff among themselves: whoever may decide can decide. A review that is over stays as it is.',
  permission: 'reviews:decide',
  params: reviewParams,
  body: assignReviewBody,
  answers: { 200: { description: 'The review as it is now', schema: review } },
  errors: ['NOT_FOUND'],
  handle: async ({ params, body, note }, { repositories }) => {
    note({ orderId: params.orderId });
    const found = await repositories.fraud.assignReview({ ...params, ...body });
    if (found === null) throw new CatalogueError('NOT_FOUND', 'The order has never been under review.');
    return { httpStatus: 200, body: toReviewAnswer(found) };
  },
});
