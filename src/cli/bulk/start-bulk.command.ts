import type { Command } from 'commander';
import { clientFor, defineCommand, idempotencyKeyFor, type Cli } from '../command.ts';
import { BULK_NOTES, bulkBody, withBulkOptions, type BulkOptions } from './bulk-options.ts';
import { bulkSchema, plannedBulkSchema } from './bulk-replies.ts';
import { bulkText, plannedBulkText } from './bulk-text.ts';

const PATH = '/v1/ops/bulk';

/** `bulk preview` */
export function addPreviewBulk(parent: Command, cli: Cli): void {
  const command = defineCommand(parent, {
    usage: 'preview',
    summary: 'Say what an action upon many orders would mean, and change nothing',
    notes: BULK_NOTES,
    examples: [
      [
        'bulk preview --action cancel --sku 85123A --status confirmed fulfilling',
        'before an item is recalled',
      ],
      ['bulk preview --action retry_now --attention CAPTURE_UNRESOLVED --json', 'for a program'],
    ],
  });
  withBulkOptions(command).action(async (options: BulkOptions) => {
    const request = {
      method: 'POST',
      path: PATH,
      query: { dryRun: 'true' },
      // Nothing is kept of a preview: neither a reason nor a key.
      body: { ...bulkBody(cli, options), reason: 'preview' },
      idempotencyKey: 'dry-run',
    } as const;
    const { body } = await clientFor(cli.context, 'operator').call(request, plannedBulkSchema);
    cli.deliver({ json: body, text: plannedBulkText(body) }, options);
  });
}

interface StartOptions extends BulkOptions {
  readonly reason: string;
  readonly expect?: string;
  readonly idempotencyKey?: string;
}

/** `bulk start` */
export function addStartBulk(parent: Command, cli: Cli): void {
  const command = defineCommand(parent, {
    usage: 'start',
    summary: 'Do the same to many orders',
    notes: `${BULK_NOTES}\nAbove the limit for money it waits for a second person (\`bulk approve\`).`,
    examples: [
      [
        'bulk start --action cancel --sku 85123A --status confirmed fulfilling --reason item_recalled',
        'all open orders with the item',
      ],
      [
        'bulk start --action retry_now --orders-file late.txt --per-second 2 --reason provider_is_back',
        'orders that a file names, slowly',
      ],
    ],
  })
    .requiredOption('--reason <reason>', 'why, in a word or two; kept for ever, so no personal data')
    .option('--expect <set>', 'refuse other orders than those of a preview, by the digest that it has told')
    .option('--idempotency-key <key>', 'repeat an earlier request with the key that it had');
  withBulkOptions(command).action(async (options: StartOptions) => {
    const { reason, expect: expectedSet } = options;
    const bodyOfRequest = bulkBody(cli, options);
    const request = {
      method: 'POST',
      path: PATH,
      body: { ...bodyOfRequest, reason, ...(expectedSet === undefined ? {} : { expectedSet }) },
      idempotencyKey: idempotencyKeyFor(cli, options.idempotencyKey),
    } as const;
    const { body } = await clientFor(cli.context, 'operator').call(request, bulkSchema);
    const next =
      body.state === 'pending_approval'
        ? `It waits for a second person: saga bulk approve ${body.id}`
        : `To watch it: saga bulk show ${body.id} --watch`;
    cli.deliver({ json: body, text: `${bulkText(body)}\n${next}` }, options);
  });
}
