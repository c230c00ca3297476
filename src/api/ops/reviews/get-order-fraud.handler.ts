import { z } from 'zod';
import { CatalogueError } from '../../../domain/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { orderId } from '../../http/fields.ts';
import { assessment, toAssessmentAnswer } from './review.schema.ts';

export const getOrderFraudEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/orders/{id}/fraud',
  operationId: 'getOrderFraud',
  tag: 'Operations',
  summary: 'What screening said of an order, and why',
  description: 'Every signal with its share; the shares add up to the score. Never shown to customers.',
  permission: 'reviews:read',
  params: z.strictObject({ id: orderId }),
  answers: { 200: { description: 'The assessment, with the review that it asked for', schema: assessment } },
  errors: ['NOT_FOUND'],
  handle: async ({ params, note }, { repositories }) => {
    note({ orderId: params.id });
    const found = await repositories.fraud.findAssessment(params.id);
    if (found === null)
      throw new CatalogueError('NOT_FOUND', 'There is no such order, or it was not screened.');
    return { httpStatus: 200, body: toAssessmentAnswer(found) };
  },
});
