import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { waitingRoomSchema } from './waiting-room-replies.ts';
import { waitingRoomText } from './waiting-room-text.ts';

/** `waiting-rooms show` */
export function addShowWaitingRoom(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'show <room>',
    summary: 'Show a waiting room: how many wait, were admitted and have bought',
    examples: [['waiting-rooms show lamp-sale', 'settings and numbers']],
  }).action(async (room: string, options: { readonly json?: boolean }) => {
    const { body } = await clientFor(cli.context, 'operator').call(
      { method: 'GET', path: apiPath`/v1/waiting-rooms/${room}` },
      waitingRoomSchema,
    );
    cli.deliver({ json: body, text: waitingRoomText(body) }, options);
  });
}
