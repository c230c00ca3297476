import { Option, type Command } from 'commander';
import { ATTENTION_OWNERS, SEVERITIES } from '../../domain/operations/attention-catalogue.ts';
import type { ApiClient } from '../api/api-client.ts';
import { positiveInteger } from '../arguments.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { WrongUseError } from '../context.ts';
import { pause } from '../pause.ts';
import { attentionPageSchema, type AttentionItemReply } from './attention-replies.ts';
import { attentionListText } from './attention-text.ts';

interface ListOptions {
  readonly code?: string;
  readonly severity?: string;
  readonly owner?: string;
  readonly limit: number;
  /** Seconds between two looks, or true for the usual. */
  readonly watch?: number | true;
  readonly json?: boolean;
}

/** What one request asks for at most. */
const PAGE_SIZE = 100;
const WATCH_SECONDS = 5;

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

/** Shows the queue whenever it has changed, until the person stops it. */
async function watch(cli: Cli, client: ApiClient, options: ListOptions): Promise<void> {
  const { signal, writeOut } = cli.context;
  const seconds = options.watch === true ? WATCH_SECONDS : (options.watch ?? WATCH_SECONDS);
  let shown: string | undefined;
  while (!signal.aborted) {
    const text = queueText(await fetchQueue(client, options));
    if (text !== shown) writeOut(`${new Date().toISOString()}\n${text}\n\n`);
    shown = text;
    await pause(seconds * 1_000, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

/** `attention list` */
export function addListAttention(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'list',
    summary: 'List what calls a person to an order, the worst first',
    notes: '`orders explain` says of one order what is wrong, and the runbook of the code what to do.',
    examples: [
      ['attention list --severity critical', 'what cannot wait'],
      ['attention list --code CAPTURE_UNRESOLVED --json', 'all orders with one cause, for a program'],
      ['attention list --watch', 'again and again, whenever it has changed'],
    ],
  })
    .option('--code <code>', 'this cause only')
    .addOption(new Option('--severity <severity>', 'as bad as this only').choices(SEVERITIES))
    .addOption(new Option('--owner <owner>', 'whose turn it is').choices(ATTENTION_OWNERS))
    .option('--limit <count>', 'how many at most', positiveInteger, 50)
    .option(
      '--watch [seconds]',
      `look again every ${WATCH_SECONDS} seconds, or as many as you say`,
      positiveInteger,
    )
    .action(async (options: ListOptions) => {
      const client = clientFor(cli.context, 'operator');
      if (options.watch === undefined) {
        const queue = await fetchQueue(client, options);
        return cli.deliver({ json: queue, text: queueText(queue) }, options);
      }
      if (options.json === true)
        throw new WrongUseError('--json prints one document and --watch goes on: use one of them.');
      return watch(cli, client, options);
    });
}
