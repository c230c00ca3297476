import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { discardedSchema } from './dead-letter-replies.ts';

/** `dead-letters discard` */
export function addDiscardDeadLetters(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'discard <ids...>',
    summary: 'Give up webhooks that were put aside',
    notes:
      'For what nobody can ever understand. It is kept with who gave it up and why, and is never delivered. Events of the\n' +
      'read model cannot be given up. The exit code is 1 when a message was not found.',
    examples: [
      ['dead-letters discard payments:evt_123 --reason "a test of the provider"', 'is listed no more'],
    ],
  })
    .requiredOption('--reason <text>', 'kept with the message: no names, addresses or card numbers')
    .action(async (ids: readonly string[], options: { readonly reason: string; readonly json?: boolean }) => {
      const call = {
        method: 'POST',
        path: '/v1/ops/dead-letters/discard',
        body: { ids, reason: options.reason },
        idempotencyKey: `saga-${randomUUID()}`,
      } as const;
      const { body: outcome } = await clientFor(cli.context, 'operator').call(call, discardedSchema);
      const missing = outcome.notFound.length === 0 ? '' : `\nNot found: ${outcome.notFound.join(', ')}`;
      const text = `${outcome.discarded} given up, ${outcome.remaining} remain.${missing}`;
      cli.deliver({ json: outcome, text, exitCode: outcome.notFound.length === 0 ? 0 : 1 }, options);
    });
}
