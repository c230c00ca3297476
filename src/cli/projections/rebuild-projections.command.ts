import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { z } from 'zod';
import type { ApiAnswer, ApiClient } from '../api/api-client.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { table } from '../output/table.ts';

const differenceSchema = z.looseObject({
  orderId: z.string(),
  kind: z.string(),
  fields: z.array(z.string()),
});
const rebuiltSchema = z.looseObject({
  orders: z.int(),
  events: z.int(),
  differences: z.array(differenceSchema),
  replaced: z.int(),
  nextCursor: z.string().nullable(),
});
type RebuiltReply = z.output<typeof rebuiltSchema>;

interface Rebuilt {
  readonly orders: number;
  readonly events: number;
  readonly differences: readonly z.output<typeof differenceSchema>[];
  readonly replaced: number;
}

async function rebuild(client: ApiClient, cli: Cli, check: boolean): Promise<Rebuilt> {
  let [orders, events, replaced] = [0, 0, 0];
  const differences: z.output<typeof differenceSchema>[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body: batch }: ApiAnswer<RebuiltReply> = await client.call(
      {
        method: 'POST',
        path: '/v1/ops/projections/rebuild',
        body: { check, ...(cursor === '' ? {} : { cursor }) },
        idempotencyKey: `saga-${randomUUID()}`,
      },
      rebuiltSchema,
    );
    orders += batch.orders;
    events += batch.events;
    replaced += batch.replaced;
    differences.push(...batch.differences);
    cursor = batch.nextCursor;
    if (cursor !== null) cli.context.remark(`${orders} orders, ${differences.length} differ`);
  }
  return { orders, events, differences, replaced };
}

function textOf({ orders, events, differences, replaced }: Rebuilt, check: boolean): string {
  const summary = `${orders} orders made from ${events} events: `;
  if (differences.length === 0) return `${summary}the read model says the same.`;
  const list = table(
    [{ title: 'Order' }, { title: 'Difference' }, { title: 'Fields' }],
    differences.map(({ orderId, kind, fields }) => [orderId, kind, fields.join(', ')]),
  );
  const outcome = check ? '' : `, ${replaced} were put right`;
  return `${list}\n${summary}${differences.length} differ${outcome}.`;
}

/** `projections rebuild` */
export function addRebuildProjections(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'rebuild',
    summary: 'Make the read model from the events alone, and put right what differs',
    notes:
      'Can be run while orders come in: a row never goes backwards. The exit code is 1 when --check finds a difference, or\n' +
      'when one is left because its order changed at that moment; run it again then.',
    examples: [
      ['projections rebuild --check', 'compares only'],
      ['projections rebuild --json', 'compares and repairs, for a program'],
    ],
  })
    .option('--check', 'only compare')
    .action(async (options: { readonly check?: boolean; readonly json?: boolean }) => {
      const check = options.check === true;
      const outcome = await rebuild(clientFor(cli.context, 'operator'), cli, check);
      const isSame = check
        ? outcome.differences.length === 0
        : outcome.replaced === outcome.differences.length;
      cli.deliver({ json: outcome, text: textOf(outcome, check), exitCode: isSame ? 0 : 1 }, options);
    });
}
