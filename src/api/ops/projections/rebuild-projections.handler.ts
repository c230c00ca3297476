import { z } from 'zod';
import { defineCommand } from '../../http/endpoint.ts';
import { text } from '../../http/fields.ts';

const MAX_ORDERS = 500;
const DEFAULT_ORDERS = 200;

const difference = z
  .strictObject({
    orderId: z.string(),
    kind: z.enum(['different', 'ahead', 'missing', 'behind', 'orphan']).meta({
      description:
        '`different`: it does not say what its events say. `ahead`: it has seen an event that does not exist. `missing`, ' +
        '`behind`: events of more than a minute ago have not reached it. `orphan`: there is no such order.',
    }),
    fields: z.array(z.string()).meta({ description: 'Which fields differ, where it is `different`.' }),
  })
  .meta({ id: 'ReadModelDifference' });

export const rebuildProjectionsEndpoint = defineCommand({
  method: 'post',
  path: '/v1/ops/projections/rebuild',
  operationId: 'rebuildProjections',
  tag: 'Operations',
  summary: 'Make the read model from the events alone, and put right what differs',
  description:
    'Order by order, while events flow: send `nextCursor` as `cursor`, with a new Idempotency-Key, until it is null. A row ' +
    'is replaced only by what its events say, and only while it is the one that was compared, so it never goes backwards.',
  permission: 'messages:repair',
  body: z
    .strictObject({
      check: z.boolean().default(false).meta({ description: 'Compares only.' }),
      cursor: text(100).optional().meta({ description: '`nextCursor` of the request before.' }),
      limit: z
        .int()
        .min(1)
        .max(MAX_ORDERS)
        .default(DEFAULT_ORDERS)
        .meta({ description: 'Orders in one request.' }),
    })
    .meta({ id: 'RebuildProjections' }),
  answers: {
    200: {
      description: 'What was compared, and what was put right',
      schema: z
        .strictObject({
          orders: z.int(),
          events: z.int(),
          differences: z.array(difference),
          replaced: z.int().meta({
            description:
              'Rows that were put right. A row that changed in the meantime is left to the next run.',
          }),
          nextCursor: z.string().nullable(),
        })
        .meta({ id: 'RebuiltProjections' }),
    },
  },
  handle: async ({ body: { check, cursor, limit } }, { repositories }) => {
    const { next, ...batch } = await repositories.messageRepair.rebuildSummaries({
      after: cursor ?? null,
      limit,
      isCheck: check,
    });
    return { httpStatus: 200, body: { ...batch, nextCursor: next } };
  },
});
