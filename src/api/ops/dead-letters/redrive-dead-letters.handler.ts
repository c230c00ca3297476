import { z } from 'zod';
import type { ApiDependencies } from '../../dependencies.ts';
import { defineCommand } from '../../http/endpoint.ts';
import { text } from '../../http/fields.ts';
import { deadLetterSource, readWebhookIds } from './dead-letter.schema.ts';
import { askQueue } from './event-queue.ts';

/** Messages that one request moves. */
const BATCH = 100;

const redriveBody = z
  .strictObject({
    source: deadLetterSource,
    ids: z.array(text(300)).min(1).max(BATCH).optional(),
    all: z.literal(true).optional(),
  })
  .refine(({ ids, all }) => (ids === undefined) !== (all === undefined), {
    message: 'must have either ids or all',
    when: ({ value }) => typeof value === 'object' && value !== null,
  })
  .meta({ id: 'RedriveDeadLetters' });

interface Redriven {
  readonly ids: readonly string[];
  readonly remaining: number;
}

export const redriveDeadLettersEndpoint = defineCommand({
  method: 'post',
  path: '/v1/ops/dead-letters/redrive',
  operationId: 'redriveDeadLetters',
  tag: 'Operations',
  summary: 'Let messages that were put aside be delivered again',
  description:
    `At most ${BATCH} at a time: repeat it with a new Idempotency-Key until nothing remains. A webhook begins anew and keeps its ` +
    'last error until it succeeds. An event goes back to the queue of the read model; what that has seen already, it drops.',
  permission: 'messages:repair',
  body: redriveBody,
  answers: {
    200: {
      description: 'What was moved',
      schema: z
        .strictObject({
          redriven: z.int(),
          ids: z.array(z.string()),
          notFound: z.array(z.string()).meta({
            description: 'Ids that are not dead, or not visible on the queue at this moment.',
          }),
          remaining: z.int().meta({ description: 'How many are put aside still.' }),
        })
        .meta({ id: 'RedrivenDeadLetters' }),
    },
  },
  handle: async ({ body: { source, ids = null } }, dependencies) => {
    const moved =
      source === 'inbox' ? await redriveWebhooks(ids, dependencies) : await redriveEvents(ids, dependencies);
    const found = new Set(moved.ids);
    return {
      httpStatus: 200,
      body: {
        redriven: moved.ids.length,
        ids: moved.ids,
        notFound: (ids ?? []).filter((id) => !found.has(id)),
        remaining: moved.remaining,
      },
    };
  },
});

async function redriveWebhooks(
  ids: readonly string[] | null,
  { repositories: { messageRepair } }: ApiDependencies,
): Promise<Redriven> {
  const messages = ids === null ? null : readWebhookIds(ids);
  const redriven = await messageRepair.redriveWebhooks({ messages, limit: BATCH });
  const { total } = await messageRepair.listDeadWebhooks({ after: null, limit: 1 });
  return { ids: redriven.map(({ provider, messageId }) => `${provider}:${messageId}`), remaining: total };
}

async function redriveEvents(
  ids: readonly string[] | null,
  dependencies: ApiDependencies,
): Promise<Redriven> {
  const { movedIds, total } = await askQueue(dependencies, (queue) =>
    queue.redrive({ ids: ids === null ? null : new Set(ids), limit: BATCH }),
  );
  return { ids: movedIds, remaining: total };
}
