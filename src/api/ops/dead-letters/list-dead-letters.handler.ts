import { z } from 'zod';
import type { ApiDependencies } from '../../dependencies.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { invalidRequest } from '../../http/errors.ts';
import { queryInteger } from '../../http/fields.ts';
import {
  deadLetter,
  deadLetterSource,
  toEventAnswer,
  toWebhookAnswer,
  type DeadLetterAnswer,
} from './dead-letter.schema.ts';
import { askQueue } from './event-queue.ts';

const MAX_LIMIT = 100;

interface Page {
  readonly items: readonly DeadLetterAnswer[];
  readonly total: number;
  readonly nextCursor: string | null;
}

export const listDeadLettersEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/dead-letters',
  operationId: 'listDeadLetters',
  tag: 'Operations',
  summary: 'List messages that were put aside, each with the reason',
  description:
    'Of `events` the first ones that the queue gives are shown, and of one order perhaps only the first; `total` is how many ' +
    'there are. They have no further page.',
  permission: 'messages:read',
  query: z.strictObject({
    source: deadLetterSource,
    limit: queryInteger({ min: 1, max: MAX_LIMIT }).default(MAX_LIMIT),
    cursor: z.string().max(20).optional().meta({ description: '`nextCursor` of the page before.' }),
  }),
  answers: {
    200: {
      description: 'The oldest first',
      schema: z
        .strictObject({
          items: z.array(deadLetter),
          total: z.int(),
          nextCursor: z.string().nullable(),
        })
        .meta({ id: 'DeadLetterPage' }),
    },
  },
  handle: async ({ query: { source, limit, cursor } }, dependencies) => {
    if (cursor !== undefined && (source === 'events' || !/^[1-9]\d{0,14}$/.test(cursor)))
      throw invalidRequest({ pointer: 'query:cursor', message: 'is not a cursor that was given out' });
    const body =
      source === 'inbox'
        ? await listWebhooks(dependencies, cursor, limit)
        : await listEvents(dependencies, limit);
    return { httpStatus: 200, body };
  },
});

async function listWebhooks(
  { repositories }: ApiDependencies,
  cursor: string | undefined,
  limit: number,
): Promise<Page> {
  const after = cursor === undefined ? null : Number(cursor);
  const { items, total, next } = await repositories.messageRepair.listDeadWebhooks({ after, limit });
  return { items: items.map(toWebhookAnswer), total, nextCursor: next === null ? null : String(next) };
}

async function listEvents(dependencies: ApiDependencies, limit: number): Promise<Page> {
  const { items, total } = await askQueue(dependencies, (queue) => queue.list(limit));
  const answers = await Promise.all(
    items.map(async (letter) => {
      const summary = await dependencies.repositories.projections.find(letter.orderId);
      return toEventAnswer(letter, summary?.lastSequence ?? 0);
    }),
  );
  return { items: answers, total, nextCursor: null };
}
