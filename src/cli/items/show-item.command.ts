import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { itemSchema } from '../api/api-replies.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { itemText } from './item-text.ts';

/** `items show` */
export function addShowItem(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'show <sku>',
    summary: 'Show an item of the catalogue with its prices',
    examples: [['items show 85123A', 'name, prices and weight']],
  }).action(async (sku: string, options: { readonly json?: boolean }) => {
    const { body } = await clientFor(cli.context, 'operator').call(
      { method: 'GET', path: apiPath`/v1/items/${sku}` },
      itemSchema,
    );
    cli.deliver({ json: body, text: itemText(body) }, options);
  });
}
