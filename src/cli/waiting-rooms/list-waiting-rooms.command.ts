import type { Command } from 'commander';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { waitingRoomListSchema } from './waiting-room-replies.ts';
import { waitingRoomListText } from './waiting-room-text.ts';

/** `waiting-rooms list` */
export function addListWaitingRooms(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'list',
    summary: 'List the waiting rooms, the newest first',
    examples: [['waiting-rooms list --json', 'all of them, for a program']],
  }).action(async (options: { readonly json?: boolean }) => {
    const { body } = await clientFor(cli.context, 'operator').call(
      { method: 'GET', path: '/v1/waiting-rooms' },
      waitingRoomListSchema,
    );
    cli.deliver({ json: body, text: waitingRoomListText(body.items) }, options);
  });
}
