import { Option, type Command } from 'commander';
import { ACTION_NAMES } from '../../domain/operations/actions.ts';
import { apiPath, type ApiCall } from '../api/api-client.ts';
import { positiveInteger } from '../arguments.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { actionPageSchema, type ActionReply } from './action-replies.ts';
import { actionListText } from './action-text.ts';

interface ListOptions {
  readonly limit: number;
  readonly json?: boolean;
}
type Query = NonNullable<ApiCall['query']>;

/** What one request asks for at most. */
const PAGE_SIZE = 100;

/** Follows the cursor until enough actions have come, and delivers them. */
async function deliverList(cli: Cli, path: string, query: Query, options: ListOptions): Promise<void> {
  const client = clientFor(cli.context, 'operator');
  const items: ActionReply[] = [];
  let cursor: string | null = null;
  do {
    const page: Query = {
      ...query,
      limit: Math.min(PAGE_SIZE, options.limit - items.length),
      cursor: cursor ?? undefined,
    };
    const { body } = await client.call({ method: 'GET', path, query: page }, actionPageSchema);
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null && items.length < options.limit);
  const more = cursor === null ? '' : '\nThere are more: --limit takes a higher number.';
  cli.deliver({ json: { items, nextCursor: cursor }, text: `${actionListText(items)}${more}` }, options);
}

interface ActionOptions extends ListOptions {
  readonly order?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly since?: string;
}

/** `actions list` */
export function addListActions(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'list',
    summary: 'List what people did to orders, the newest first',
    examples: [
      ['actions list --order ord_0123456789abcdefghjkmnpqrs', 'all that was done to one order'],
      ['actions list --actor key:demo-operator --since 2026-11-01T00:00:00Z --json', 'for a program'],
    ],
  })
    .option('--order <id>', 'to this order only, whatever else is asked for')
    .option('--actor <principal>', 'by this principal only')
    .addOption(new Option('--action <action>', 'of this kind only').choices(ACTION_NAMES))
    .option('--since <time>', 'not before this time, RFC 3339')
    .option('--limit <count>', 'how many at most', positiveInteger, 50)
    .action((options: ActionOptions) => {
      const { order, actor, action, since } = options;
      return order === undefined
        ? deliverList(cli, '/v1/ops/actions', { actor, action, since }, options)
        : deliverList(cli, apiPath`/v1/ops/orders/${order}/actions`, {}, options);
    });
}

/** `approvals list` */
export function addListApprovals(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'list',
    summary: 'List actions that wait for a second person, the oldest first',
    examples: [['approvals list --json', 'for a program']],
  })
    .option('--limit <count>', 'how many at most', positiveInteger, 50)
    .action((options: ListOptions) => deliverList(cli, '/v1/ops/approvals', {}, options));
}
