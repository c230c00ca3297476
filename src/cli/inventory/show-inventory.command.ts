import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { inventorySchema } from '../api/api-replies.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { inventoryText } from './inventory-text.ts';

/** `inventory show` */
export function addShowInventory(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'show <sku>',
    summary: 'Show what is on hand, reserved and available, per location',
    examples: [['inventory show 85123A', 'one item on all shelves']],
  }).action(async (sku: string, options: { readonly json?: boolean }) => {
    const { body } = await clientFor(cli.context, 'operator').call(
      { method: 'GET', path: apiPath`/v1/inventory/${sku}` },
      inventorySchema,
    );
    cli.deliver({ json: body, text: inventoryText(body) }, options);
  });
}
