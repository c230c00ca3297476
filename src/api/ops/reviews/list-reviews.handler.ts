import { z } from 'zod';
import { defineEndpoint } from '../../http/endpoint.ts';
import { invalidRequest } from '../../http/errors.ts';
import { queryInteger } from '../../http/fields.ts';
import { assignee, queuedReview, toQueuedAnswer } from './review.schema.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

export const listReviewsEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/reviews',
  operationId: 'listReviews',
  tag: 'Operations',
  summary: 'List orders that wait for a person to look at them',
  permission: 'reviews:read',
  query: z.strictObject({
    assignee: assignee.optional(),
    limit: queryInteger({ min: 1, max: MAX_LIMIT }).default(DEFAULT_LIMIT),
    cursor: z.string().min(1).max(500).optional().meta({ description: '`nextCursor` of the page before.' }),
  }),
  answers: {
    200: {
      description: 'Open reviews, the one that ends first first; the last page has no `nextCursor`',
      schema: z
        .strictObject({ items: z.array(queuedReview), nextCursor: z.string().nullable() })
        .meta({ id: 'ReviewPage' }),
    },
  },
  handle: async ({ query }, { repositories }) => {
    const page = await repositories.fraud.listReviews(query).catch((error: unknown) => {
      if (query.cursor === undefined || !(error instanceof RangeError)) throw error;
      throw invalidRequest({ pointer: 'query:cursor', message: 'is not a cursor that was given out' });
    });
    return { httpStatus: 200, body: { items: page.items.map(toQueuedAnswer), nextCursor: page.nextCursor } };
  },
});
