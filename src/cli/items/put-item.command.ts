import type { Command } from 'commander';
import type { Money } from '../../domain/money.ts';
import { apiPath } from '../api/api-client.ts';
import { itemSchema } from '../api/api-replies.ts';
import { countingNumber, prices } from '../arguments.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { itemText } from './item-text.ts';

interface PutOptions {
  readonly name: string;
  readonly price: readonly Money[];
  readonly weight?: number;
  readonly inactive?: boolean;
  readonly json?: boolean;
}

/** `items put` */
export function addPutItem(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'put <sku>',
    summary: 'Create an item, or replace it with all its prices',
    examples: [
      ['items put 85123A --name "White hanging heart" --price GBP=255 --price EUR=299', '£2.55 and €2.99'],
      ['items put 85123A --name "White hanging heart" --price GBP=255 --inactive', 'no longer for sale'],
    ],
  })
    .requiredOption('--name <name>', 'what people call it')
    .requiredOption(
      '--price <currency=minor>',
      'price in minor units of the currency; one for each currency',
      prices,
    )
    .option('--weight <grams>', 'for the carrier; the service has a default', countingNumber)
    .option('--inactive', 'it cannot be ordered')
    .action(async (sku: string, options: PutOptions) => {
      const { body } = await clientFor(cli.context, 'operator').call(
        {
          method: 'PUT',
          path: apiPath`/v1/items/${sku}`,
          body: {
            name: options.name,
            prices: options.price,
            ...(options.weight === undefined ? {} : { weightGrams: options.weight }),
            active: options.inactive !== true,
          },
        },
        itemSchema,
      );
      cli.deliver({ json: body, text: itemText(body) }, options);
    });
}
