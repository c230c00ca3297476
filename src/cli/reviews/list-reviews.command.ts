import type { Command } from 'commander';
import { positiveInteger } from '../arguments.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { reviewPageSchema, type QueuedReviewReply } from './review-replies.ts';
import { reviewListText } from './review-text.ts';

interface ListOptions {
  readonly assignee?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** What one request asks for at most. */
const PAGE_SIZE = 100;

/** `reviews list` */
export function addListReviews(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'list',
    summary: 'List orders that wait for a review, the one that ends first first',
    examples: [
      ['reviews list', 'all of them'],
      ['reviews list --assignee key:demo-operator --json', 'those of one person, for a program'],
    ],
  })
    .option('--assignee <id>', 'of this person only')
    .option('--limit <count>', 'how many at most', positiveInteger, 50)
    .action(async (options: ListOptions) => {
      const client = clientFor(cli.context, 'operator');
      const items: QueuedReviewReply[] = [];
      let cursor: string | null = null;
      do {
        const query: Record<string, string | number | undefined> = {
          assignee: options.assignee,
          limit: Math.min(PAGE_SIZE, options.limit - items.length),
          cursor: cursor ?? undefined,
        };
        const { body } = await client.call(
          { method: 'GET', path: '/v1/ops/reviews', query },
          reviewPageSchema,
        );
        items.push(...body.items);
        cursor = body.nextCursor;
      } while (cursor !== null && items.length < options.limit);
      const more = cursor === null ? '' : '\nThere are more: --limit takes a higher number.';
      cli.deliver({ json: { items, nextCursor: cursor }, text: `${reviewListText(items)}${more}` }, options);
    });
}
