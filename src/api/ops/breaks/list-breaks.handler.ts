import { z } from 'zod';
import { BREAK_STATES } from '../../../domain/reconciliation/break.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { invalidRequest } from '../../http/errors.ts';
import { orderId, queryInteger } from '../../http/fields.ts';
import { reconciliationBreak, toBreakAnswer } from './break.schema.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

export const listBreaksEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/breaks',
  operationId: 'listBreaks',
  tag: 'Operations',
  summary: 'List differences between what providers say they did and what is recorded here',
  permission: 'breaks:read',
  query: z.strictObject({
    state: z.enum(BREAK_STATES).optional(),
    orderId: orderId.optional(),
    limit: queryInteger({ min: 1, max: MAX_LIMIT }).default(DEFAULT_LIMIT),
    cursor: z.string().min(1).max(500).optional().meta({ description: '`nextCursor` of the page before.' }),
  }),
  answers: {
    200: {
      description: 'The newest first; the last page has no `nextCursor`',
      schema: z
        .strictObject({ items: z.array(reconciliationBreak), nextCursor: z.string().nullable() })
        .meta({ id: 'ReconciliationBreakPage' }),
    },
  },
  handle: async ({ query }, { repositories }) => {
    const page = await repositories.reconciliation.list(query).catch((error: unknown) => {
      if (query.cursor === undefined || !(error instanceof RangeError)) throw error;
      throw invalidRequest({ pointer: 'query:cursor', message: 'is not a cursor that was given out' });
    });
    return {
      httpStatus: 200,
      body: { items: page.items.map(toBreakAnswer), nextCursor: page.nextCursor },
    };
  },
});
