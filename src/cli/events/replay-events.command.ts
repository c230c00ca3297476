import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { WrongUseError } from '../context.ts';
import { pause } from '../pause.ts';

interface ReplayOptions {
  readonly order?: string;
  readonly from?: string;
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface Selection {
  readonly orderId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly dryRun: boolean;
}

interface Replayed {
  readonly orders: number;
  readonly events: number;
  /** Orders of which something waits to be published all the time. */
  readonly skipped: readonly string[];
}

const replayedSchema = z.looseObject({
  orders: z.int(),
  events: z.int(),
  skipped: z.array(z.string()),
  nextCursor: z.string().nullable(),
});
type ReplayedReply = z.output<typeof replayedSchema>;

/** An order that was busy is asked about again so many times, with a pause of so many milliseconds before. */
const PASSES_OVER_SKIPPED = 10;
const PAUSE_MS = 500;

async function replayBatch(
  client: ApiClient,
  selection: Selection & { readonly cursor?: string },
): Promise<ReplayedReply> {
  const call = {
    method: 'POST',
    path: '/v1/ops/events/replay',
    body: selection,
    idempotencyKey: `saga-${randomUUID()}`,
  } as const;
  return (await client.call(call, replayedSchema)).body;
}

async function replay(client: ApiClient, cli: Cli, selection: Selection): Promise<Replayed> {
  let [orders, events] = [0, 0];
  let skipped: string[] = [];
  const count = (batch: ReplayedReply): void => {
    orders += batch.orders;
    events += batch.events;
    skipped.push(...batch.skipped);
  };
  for (let cursor: string | null = ''; cursor !== null;) {
    const batch = await replayBatch(client, { ...selection, ...(cursor === '' ? {} : { cursor }) });
    count(batch);
    cursor = batch.nextCursor;
    if (cursor !== null) cli.context.remark(`${orders} orders, ${events} events`);
  }
  for (let pass = 0; pass < PASSES_OVER_SKIPPED && skipped.length > 0 && !selection.dryRun; pass += 1) {
    await pause(PAUSE_MS, cli.context.signal);
    const again = skipped;
    skipped = [];
    for (const orderId of again) count(await replayBatch(client, { ...selection, orderId }));
  }
  return { orders, events, skipped };
}

/** An RFC 3339 time; a day alone is its beginning in UTC. */
function instant(text: string): string {
  const full = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
  if (!z.iso.datetime({ offset: true }).safeParse(full).success)
    throw new InvalidArgumentError('It must be a time such as 2026-01-31T08:00:00Z, or a day.');
  return full;
}

/** `events replay` */
export function addReplayEvents(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'replay',
    summary: 'Publish events once more, of one order or of a range of times',
    notes:
      'They keep their ids, so consumers that have seen them drop them. The exit code is 1 when orders were left out because\n' +
      'something of them waited to be published all the time.',
    examples: [
      ['events replay --order ord_0123456789abcdefghjkmnpqrs', 'all events of one order'],
      ['events replay --from 2026-01-31 --to 2026-02-01 --dry-run', 'how many that would be'],
    ],
  })
    .option('--order <id>', 'of this order only')
    .option('--from <time>', 'not before this time', instant)
    .option('--to <time>', 'before this time', instant)
    .option('--dry-run', 'only count')
    .action(async (options: ReplayOptions) => {
      const { order, from, to, dryRun = false } = options;
      if (order === undefined && (from === undefined || to === undefined))
        throw new WrongUseError('Give --order, or --from and --to.');
      const selection = { orderId: order, from, to, dryRun };
      const outcome = await replay(clientFor(cli.context, 'operator'), cli, selection);
      const left = outcome.skipped.length === 0 ? '' : `\nLeft out: ${outcome.skipped.join(', ')}`;
      const verb = dryRun ? 'would be published' : 'are published once more';
      const text = `${outcome.events} events of ${outcome.orders} orders ${verb}.${left}`;
      cli.deliver({ json: outcome, text, exitCode: outcome.skipped.length === 0 ? 0 : 1 }, options);
    });
}
