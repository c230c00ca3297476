import { Option, type Command } from 'commander';
import { ATTENTION_OWNERS, SEVERITIES } from '../../domain/operations/attention-catalogue.ts';
import type { ApiClient } from '../api/api-client.ts';
import { positiveInteger } from '../arguments.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { addWatchOption, deliverOrWatch, type WatchOptions } from '../output/watch.ts';
import { attentionPageSchema, type AttentionItemReply } from './attention-replies.ts';
import { attentionListText } from './attention-text.ts';

interface ListOptions extends WatchOptions {
  readonly code?: string;
  readonly severity?: string;
  readonly owner?: string;
  readonly limit: number;
}

/** What one request asks for at most. */
const PAGE_SIZE = 100;

interface Queue {
  readonly items: readonly AttentionItemReply[];
  readonly nextCursor: string | null;
}

async function fetchQueue(client: ApiClient, options: ListOptions): Promise<Queue> {
  const items: AttentionItemReply[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string | number | undefined> = {
      code: options.code,
      severity: options.severity,
      owner: options.owner,
      limit: Math.min(PAGE_SIZE, options.limit - items.length),
      cursor: cursor ?? undefined,
    };
    const { body } = await client.call(
      { method: 'GET', path: '/v1/ops/attention', query },
      attentionPageSchema,
    );
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null && items.length < options.limit);
  return { items, nextCursor: cursor };
}

function queueText({ items, nextCursor }: Queue): string {
  const more = nextCursor === null ? '' : '\nThere are more: --limit takes a higher number.';
  return `${attentionListText(items)}${more}`;
}

/** `attention list` */
export function addListAttention(parent: Command, cli: Cli): void {
  const command = defineCommand(parent, {
    usage: 'list',
    summary: 'List what calls a person to an order, the worst first',
    notes: '`orders explain` says of one order what is wrong, and the runbook of the code what to do.',
    examples: [
      ['attention list --severity critical', 'what cannot wait'],
      ['attention list --code CAPTURE_UNRESOLVED --json', 'all orders with one cause, for a program'],
      ['attention list --watch', 'as it is, again and again, until Ctrl+C'],
    ],
  })
    .option('--code <code>', 'this cause only')
    .addOption(new Option('--severity <severity>', 'as bad as this only').choices(SEVERITIES))
    .addOption(new Option('--owner <owner>', 'whose turn it is').choices(ATTENTION_OWNERS))
    .option('--limit <count>', 'how many at most', positiveInteger, 50);
  addWatchOption(command).action(async (options: ListOptions) => {
    const client = clientFor(cli.context, 'operator');
    await deliverOrWatch(cli, options, async () => {
      const queue = await fetchQueue(client, options);
      return { json: queue, text: queueText(queue) };
    });
  });
}
