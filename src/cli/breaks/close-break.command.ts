import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { clientFor, defineCommand, idempotencyKeyFor, type Cli } from '../command.ts';
import { breakSchema } from './break-replies.ts';
import { breakText } from './break-text.ts';

interface CloseOptions {
  readonly note: string;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

/** `breaks explain` and `breaks settle` */
export function addCloseBreak(parent: Command, cli: Cli, action: 'explain' | 'settle'): void {
  const wording = {
    explain: {
      summary: 'Say why a difference is there; it calls nobody any more',
      example: 'refunded at the provider by hand',
    },
    settle: {
      summary: 'Say that a difference is over; it is opened again when it is found again',
      example: 'the provider has corrected it',
    },
  }[action];
  defineCommand(parent, {
    usage: `${action} <break>`,
    summary: wording.summary,
    examples: [
      [
        `breaks ${action} brk_0123456789abcdef0123456789 --note "${wording.example}"`,
        'with a word for who comes after',
      ],
    ],
  })
    .requiredOption('--note <text>', 'what is known about it')
    .option('--idempotency-key <key>', 'repeat an earlier request with the key that it had')
    .action(async (id: string, options: CloseOptions) => {
      const client = clientFor(cli.context, 'operator');
      const path =
        action === 'explain' ? apiPath`/v1/ops/breaks/${id}/explain` : apiPath`/v1/ops/breaks/${id}/settle`;
      const { body } = await client.call(
        {
          method: 'POST',
          path,
          body: { note: options.note },
          idempotencyKey: idempotencyKeyFor(cli, options.idempotencyKey),
        },
        breakSchema,
      );
      cli.deliver({ json: body, text: breakText(body) }, options);
    });
}
