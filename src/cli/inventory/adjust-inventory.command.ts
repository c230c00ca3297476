import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { adjustmentSchema } from '../api/api-replies.ts';
import { signedQuantity } from '../arguments.ts';
import { clientFor, defineCommand, idempotencyKeyFor, type Cli } from '../command.ts';
import { inventoryText } from './inventory-text.ts';

interface AdjustOptions {
  readonly location: string;
  readonly quantity: number;
  readonly reason: string;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

/** `inventory adjust` */
export function addAdjustInventory(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'adjust <sku>',
    summary: 'Put units on a shelf or take them away',
    notes: 'What is reserved for an order cannot be taken away; then the exit code is 1.',
    examples: [
      ['inventory adjust 85123A --location main --quantity +5 --reason received', 'five more at main'],
      ['inventory adjust 85123A --location west --quantity -3 --reason broken', 'three fewer at west'],
    ],
  })
    .requiredOption('--location <id>', 'the stock location, for example main')
    .requiredOption('--quantity <signed>', 'how many units more (+5) or fewer (-3)', signedQuantity)
    .requiredOption('--reason <reason>', 'why, in a word or two')
    .option('--idempotency-key <key>', 'repeat an earlier request with the key that it had')
    .action(async (sku: string, options: AdjustOptions) => {
      const client = clientFor(cli.context, 'operator');
      const { body } = await client.call(
        {
          method: 'POST',
          path: apiPath`/v1/inventory/${sku}/adjustments`,
          body: { locationId: options.location, quantity: options.quantity, reason: options.reason },
          idempotencyKey: idempotencyKeyFor(cli, options.idempotencyKey),
        },
        adjustmentSchema,
      );
      cli.deliver({ json: body, text: inventoryText(body.inventory) }, options);
    });
}
