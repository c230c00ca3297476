import { Option, type Command } from 'commander';
import type { ApiAnswer, ApiClient } from '../api/api-client.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { table } from '../output/table.ts';
import {
  deadLetterPageSchema,
  SOURCES,
  type DeadLetterPageReply,
  type Source,
} from './dead-letter-replies.ts';

type DeadLetterReply = DeadLetterPageReply['items'][number];

async function fetchDeadLetters(
  client: ApiClient,
  source: Source,
): Promise<{ readonly items: readonly DeadLetterReply[]; readonly total: number }> {
  const items: DeadLetterReply[] = [];
  let cursor: string | null = null;
  let total = 0;
  do {
    const answer: ApiAnswer<DeadLetterPageReply> = await client.call(
      { method: 'GET', path: '/v1/ops/dead-letters', query: { source, cursor: cursor ?? undefined } },
      deadLetterPageSchema,
    );
    items.push(...answer.body.items);
    ({ total, nextCursor: cursor } = answer.body);
  } while (cursor !== null);
  return { items, total };
}

/** `dead-letters list` */
export function addListDeadLetters(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'list',
    summary: 'List messages that were put aside, each with the reason',
    notes:
      'inbox: webhooks of the payment provider and the carrier that were given up. events: what the queue of the read model\n' +
      'has put aside; of one order perhaps only the first is shown, and the total counts all.',
    examples: [
      ['dead-letters list --source inbox', 'webhooks that were given up'],
      [
        'dead-letters list --source events --json',
        'events that the read model could not take, for a program',
      ],
    ],
  })
    .addOption(new Option('--source <source>', 'where to look').choices(SOURCES).makeOptionMandatory())
    .action(async (options: { readonly source: Source; readonly json?: boolean }) => {
      const found = await fetchDeadLetters(clientFor(cli.context, 'operator'), options.source);
      const rows = found.items.map(({ id, orderId, type, eventId, attempts, error, since }) => [
        id,
        orderId,
        eventId ?? type ?? '',
        attempts === null ? '' : String(attempts),
        since,
        error ?? '',
      ]);
      const list = table(
        [
          { title: 'Id' },
          { title: 'Order' },
          { title: 'What' },
          { title: 'Attempts', align: 'right' },
          { title: 'Since' },
          { title: 'Why' },
        ],
        rows,
      );
      const text = found.total === 0 ? 'Nothing was put aside.' : `${list}\n${found.total} altogether.`;
      cli.deliver({ json: found, text }, options);
    });
}
