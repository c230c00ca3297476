import { Option, type Command } from 'commander';
import { BREAK_STATES } from '../../domain/reconciliation/break.ts';
import { positiveInteger } from '../arguments.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { breakPageSchema, type BreakReply } from './break-replies.ts';
import { breakListText } from './break-text.ts';

interface ListOptions {
  readonly state?: string;
  readonly order?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** What one request asks for at most. */
const PAGE_SIZE = 100;

/** `breaks list` */
export function addListBreaks(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'list',
    summary: 'List differences between what providers say they did and what is recorded',
    examples: [
      ['breaks list --state open', 'those that need a person'],
      ['breaks list --order ord_4k8zq0m2v6r1t9w3x5y7a8b9c0 --json', 'all of one order, for a program'],
    ],
  })
    .addOption(new Option('--state <state>', 'in this state only').choices(BREAK_STATES))
    .option('--order <id>', 'of this order only')
    .option('--limit <count>', 'how many at most', positiveInteger, 50)
    .action(async (options: ListOptions) => {
      const client = clientFor(cli.context, 'operator');
      const items: BreakReply[] = [];
      let cursor: string | null = null;
      do {
        const query: Record<string, string | number | undefined> = {
          state: options.state,
          orderId: options.order,
          limit: Math.min(PAGE_SIZE, options.limit - items.length),
          cursor: cursor ?? undefined,
        };
        const { body } = await client.call({ method: 'GET', path: '/v1/ops/breaks', query }, breakPageSchema);
        items.push(...body.items);
        cursor = body.nextCursor;
      } while (cursor !== null && items.length < options.limit);
      const more = cursor === null ? '' : '\nThere are more: --limit takes a higher number.';
      cli.deliver({ json: { items, nextCursor: cursor }, text: `${breakListText(items)}${more}` }, options);
    });
}
