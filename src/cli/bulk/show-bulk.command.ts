import type { Command } from 'commander';
import { apiPath, type ApiClient, type ApiCall } from '../api/api-client.ts';
import { positiveInteger } from '../arguments.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { pause } from '../pause.ts';
import { bulkWithOrdersSchema, type BulkWithOrdersReply, type NotDoneReply } from './bulk-replies.ts';
import { bulkWithOrdersText, hasEnded, progressLine } from './bulk-text.ts';
import { createLiveLine } from './live-line.ts';

interface ShowOptions {
  readonly watch?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

/** What one request asks for at most. */
const PAGE_SIZE = 100;
const LOOK_EVERY_MS = 1_000;

/** `bulk show` */
export function addShowBulk(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'show <bulk-id>',
    summary: 'Show how far a bulk is, and which of its orders were not done',
    notes: 'Exit code 1 when --watch has seen it end with orders that another company refused.',
    examples: [
      ['bulk show blk_0123456789abcdefghjkmnpqrs', 'as it is now'],
      ['bulk show blk_0123456789abcdefghjkmnpqrs --watch', 'until it ends'],
    ],
  })
    .option('--watch', 'show how far it is until it ends')
    .option('--limit <count>', 'how many orders that were not done at most', positiveInteger, 50)
    .action(async (bulkId: string, options: ShowOptions) => {
      const client = clientFor(cli.context, 'operator');
      if (options.watch) await watch(cli, client, bulkId);
      const { bulk, notDone, nextCursor } = await read(client, bulkId, options.limit);
      cli.deliver(
        {
          json: { ...bulk, notDone: { items: notDone, nextCursor } },
          text: bulkWithOrdersText(bulk, notDone, nextCursor !== null),
          exitCode: options.watch && bulk.progress.failed > 0 ? 1 : 0,
        },
        options,
      );
    });
}

/** One line that is drawn anew on a terminal, and a line for each change anywhere else. */
async function watch({ context }: Cli, client: ApiClient, bulkId: string): Promise<void> {
  const line = createLiveLine(context.remark);
  try {
    for (;;) {
      const { body } = await client.call(callOf(bulkId, { limit: 1 }), bulkWithOrdersSchema);
      line.show(progressLine(body));
      if (hasEnded(body)) return;
      await pause(LOOK_EVERY_MS, context.signal);
    }
  } finally {
    line.end();
  }
}

async function read(
  client: ApiClient,
  bulkId: string,
  limit: number,
): Promise<{
  readonly bulk: BulkWithOrdersReply;
  readonly notDone: readonly NotDoneReply[];
  readonly nextCursor: string | null;
}> {
  const notDone: NotDoneReply[] = [];
  let cursor: string | null = null;
  for (;;) {
    const page: NonNullable<ApiCall['query']> = {
      limit: Math.min(PAGE_SIZE, limit - notDone.length),
      cursor: cursor ?? undefined,
    };
    const { body } = await client.call(callOf(bulkId, page), bulkWithOrdersSchema);
    notDone.push(...body.notDone.items);
    cursor = body.notDone.nextCursor;
    if (cursor === null || notDone.length >= limit) return { bulk: body, notDone, nextCursor: cursor };
  }
}

function callOf(bulkId: string, query: NonNullable<ApiCall['query']>): ApiCall {
  return { method: 'GET', path: apiPath`/v1/ops/bulk/${bulkId}`, query };
}
