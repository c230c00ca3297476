import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { ratePerSecond, skus } from '../arguments.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { waitingRoomSettingsSchema } from './waiting-room-replies.ts';
import { settingsText } from './waiting-room-text.ts';

interface PutOptions {
  readonly name: string;
  readonly sku: readonly string[];
  readonly rate: number;
  readonly opensAt?: string;
  readonly closesAt?: string;
  readonly json?: boolean;
}

/** `waiting-rooms put` */
export function addPutWaitingRoom(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'put <room>',
    summary: 'Open a waiting room for items, or change it',
    notes:
      'While it is open its items are ordered with the token of an admitted ticket only. Everything is replaced, so name all of it\n' +
      'again; a new rate admits nobody by itself and takes no admission back.',
    examples: [
      ['waiting-rooms put lamp-sale --name "Lamp sale" --sku 85123A --rate 20', 'twenty customers a second'],
      [
        'waiting-rooms put lamp-sale --name "Lamp sale" --sku 85123A --rate 0',
        'pause: everybody keeps the place',
      ],
      [
        'waiting-rooms put lamp-sale --name "Lamp sale" --sku 85123A --rate 20 --closes-at 2027-01-01T12:00:00Z',
        'from then on nobody has to wait',
      ],
    ],
  })
    .requiredOption('--name <name>', 'what people call it')
    .requiredOption('--sku <sku>', 'an item that it guards; may be given several times', skus)
    .requiredOption('--rate <perSecond>', 'how many are admitted in a second; 0 pauses', ratePerSecond)
    .option('--opens-at <time>', 'RFC 3339; without it the room is open at once')
    .option('--closes-at <time>', 'RFC 3339; without it the room stays open')
    .action(async (room: string, options: PutOptions) => {
      const { body } = await clientFor(cli.context, 'operator').call(
        {
          method: 'PUT',
          path: apiPath`/v1/waiting-rooms/${room}`,
          body: {
            name: options.name,
            skus: options.sku,
            admissionsPerSecond: options.rate,
            ...(options.opensAt === undefined ? {} : { opensAt: options.opensAt }),
            ...(options.closesAt === undefined ? {} : { closesAt: options.closesAt }),
          },
        },
        waitingRoomSettingsSchema,
      );
      cli.deliver({ json: body, text: settingsText(body) }, options);
    });
}
