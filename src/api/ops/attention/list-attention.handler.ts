import { z } from 'zod';
import { defineEndpoint } from '../../http/endpoint.ts';
import { invalidRequest } from '../../http/errors.ts';
import { queryInteger } from '../../http/fields.ts';
import { attentionItem, attentionOwner, severity, toAttentionAnswer } from './attention.schema.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

export const listAttentionEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/attention',
  operationId: 'listAttention',
  tag: 'Operations',
  summary: 'List what calls a person, the worst first',
  description:
    'One item for each cause of each order; among equally bad ones the newest first. A cause that goes away while pages are ' +
    'read is left out, and none is told twice.',
  permission: 'attention:read',
  query: z.strictObject({
    code: z
      .string()
      .regex(/^[A-Z_]{1,64}$/, 'must be a code of capital letters and _')
      .optional(),
    severity: severity.optional(),
    owner: attentionOwner.optional(),
    limit: queryInteger({ min: 1, max: MAX_LIMIT }).default(DEFAULT_LIMIT),
    cursor: z.string().min(1).max(500).optional().meta({ description: '`nextCursor` of the page before.' }),
  }),
  answers: {
    200: {
      description: 'A page; the last one has no `nextCursor`',
      schema: z
        .strictObject({ items: z.array(attentionItem), nextCursor: z.string().nullable() })
        .meta({ id: 'AttentionPage' }),
    },
  },
  handle: async ({ query }, { repositories }) => {
    const page = await repositories.attention.list(query).catch((error: unknown) => {
      if (query.cursor === undefined || !(error instanceof RangeError)) throw error;
      throw invalidRequest({ pointer: 'query:cursor', message: 'is not a cursor that was given out' });
    });
    const nowMs = Date.now();
    return {
      httpStatus: 200,
      body: {
        items: page.items.map((item) => toAttentionAnswer(item, nowMs)),
        nextCursor: page.nextCursor,
      },
    };
  },
});
