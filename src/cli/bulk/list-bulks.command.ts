import { Option, type Command } from 'commander';
import { BULK_STATES } from '../../domain/operations/bulk-action.ts';
import type { ApiCall } from '../api/api-client.ts';
import { positiveInteger } from '../arguments.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { bulkPageSchema, type BulkReply } from './bulk-replies.ts';
import { bulkListText } from './bulk-text.ts';

interface ListOptions {
  readonly state?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** What one request asks for at most. */
const PAGE_SIZE = 50;

/** `bulk list` */
export function addListBulks(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'list',
    summary: 'List what people did to many orders at once, the newest first',
    examples: [
      ['bulk list --state pending_approval', 'those that wait for a second person'],
      ['bulk list --json', 'for a program'],
    ],
  })
    .addOption(new Option('--state <state>', 'in this state only').choices(BULK_STATES))
    .option('--limit <count>', 'how many at most', positiveInteger, 20)
    .action(async (options: ListOptions) => {
      const client = clientFor(cli.context, 'operator');
      const items: BulkReply[] = [];
      let cursor: string | null = null;
      do {
        const query: NonNullable<ApiCall['query']> = {
          state: options.state,
          limit: Math.min(PAGE_SIZE, options.limit - items.length),
          cursor: cursor ?? undefined,
        };
        const { body } = await client.call({ method: 'GET', path: '/v1/ops/bulk', query }, bulkPageSchema);
        items.push(...body.items);
        cursor = body.nextCursor;
      } while (cursor !== null && items.length < options.limit);
      const more = cursor === null ? '' : '\nThere are more: --limit takes a higher number.';
      cli.deliver({ json: { items, nextCursor: cursor }, text: `${bulkListText(items)}${more}` }, options);
    });
}
