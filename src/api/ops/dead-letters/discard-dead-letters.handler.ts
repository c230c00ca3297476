import { z } from 'zod';
import { defineCommand } from '../../http/endpoint.ts';
import { text } from '../../http/fields.ts';
import { readWebhookIds } from './dead-letter.schema.ts';

/** Messages that one request gives up. */
const BATCH = 100;

export const discardDeadLettersEndpoint = defineCommand({
  method: 'post',
  path: '/v1/ops/dead-letters/discard',
  operationId: 'discardDeadLetters',
  tag: 'Operations',
  summary: 'Give up webhooks that were put aside',
  description:
    'For what nobody can ever understand, or what was put right in another way. It is kept for as long as other webhooks, with who ' +
    'gave it up and why, and is never delivered. An event of the read model cannot be given up: those after it need it.',
  permission: 'messages:repair',
  body: z
    .strictObject({
      ids: z.array(text(300)).min(1).max(BATCH),
      reason: text(200).meta({ description: 'Kept with the message; no names, addresses or card numbers.' }),
    })
    .meta({ id: 'DiscardDeadLetters' }),
  answers: {
    200: {
      description: 'What was given up',
      schema: z
        .strictObject({
          discarded: z.int(),
          notFound: z.array(z.string()).meta({ description: 'Ids that are not dead.' }),
          remaining: z.int().meta({ description: 'How many are put aside still.' }),
        })
        .meta({ id: 'DiscardedDeadLetters' }),
    },
  },
  handle: async ({ body: { ids, reason }, principal }, { repositories: { messageRepair } }) => {
    const messages = readWebhookIds(ids);
    const note = `given up by ${principal.id}: ${reason}`;
    const discarded = await messageRepair.discardWebhooks({ messages, note });
    const found = new Set(discarded.map(({ provider, messageId }) => `${provider}:${messageId}`));
    const { total } = await messageRepair.listDeadWebhooks({ after: null, limit: 1 });
    return {
      httpStatus: 200,
      body: {
        discarded: discarded.length,
        notFound: ids.filter((id) => !found.has(id)),
        remaining: total,
      },
    };
  },
});
