import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { ApiClient } from '../api/api-client.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { WrongUseError } from '../context.ts';
import { redrivenSchema, SOURCES, type RedrivenReply, type Source } from './dead-letter-replies.ts';

interface RedriveOptions {
  readonly source: Source;
  readonly all?: boolean;
  readonly json?: boolean;
}

async function redrive(
  client: ApiClient,
  body: { readonly source: Source; readonly ids?: readonly string[]; readonly all?: true },
): Promise<RedrivenReply> {
  const call = {
    method: 'POST',
    path: '/v1/ops/dead-letters/redrive',
    body,
    idempotencyKey: `saga-${randomUUID()}`,
  } as const;
  return (await client.call(call, redrivenSchema)).body;
}

/** Batch after batch, until nothing remains or nothing moves any more. */
async function redriveAll(client: ApiClient, cli: Cli, source: Source): Promise<RedrivenReply> {
  const ids: string[] = [];
  for (;;) {
    const batch = await redrive(client, { source, all: true });
    ids.push(...batch.ids);
    if (batch.redriven === 0 || batch.remaining === 0) return { ...batch, redriven: ids.length, ids };
    cli.context.remark(`${ids.length} redriven, ${batch.remaining} remain`);
  }
}

/** `dead-letters redrive` */
export function addRedriveDeadLetters(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'redrive [ids...]',
    summary: 'Let messages that were put aside be delivered again',
    notes:
      'What was delivered before is recognised and dropped, so a message may be redriven too often and never too seldom.\n' +
      'The exit code is 1 when a message was not found, or with --all when some remain.',
    examples: [
      ['dead-letters redrive --source inbox payments:evt_123', 'one webhook'],
      ['dead-letters redrive --source events --all', 'everything that the read model could not take'],
    ],
  })
    .addOption(new Option('--source <source>', 'where they are').choices(SOURCES).makeOptionMandatory())
    .option('--all', 'all of them')
    .action(async (ids: readonly string[], options: RedriveOptions) => {
      if (ids.length > 0 === (options.all === true))
        throw new WrongUseError('Give the ids of messages, or --all, and not both.');
      const client = clientFor(cli.context, 'operator');
      const { source } = options;
      const outcome = options.all
        ? await redriveAll(client, cli, source)
        : await redrive(client, { source, ids });
      const isDone = outcome.notFound.length === 0 && (!options.all || outcome.remaining === 0);
      const missing = outcome.notFound.length === 0 ? '' : `\nNot found: ${outcome.notFound.join(', ')}`;
      const text = `${outcome.redriven} redriven, ${outcome.remaining} remain.${missing}`;
      cli.deliver({ json: outcome, text, exitCode: isDone ? 0 : 1 }, options);
    });
}
