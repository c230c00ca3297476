import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { clientFor, defineCommand, idempotencyKeyFor, type Cli } from '../command.ts';
import type { DemoRole } from '../credentials.ts';
import { bulkSchema } from './bulk-replies.ts';
import { bulkText } from './bulk-text.ts';

interface SteerOptions {
  readonly reason: string;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

const ID = 'blk_0123456789abcdefghjkmnpqrs';

interface Step {
  readonly name: 'pause' | 'resume' | 'stop' | 'approve' | 'decline';
  readonly summary: string;
  readonly notes?: string;
  readonly why: string;
  readonly as: DemoRole;
}

const STEPS: readonly Step[] = [
  {
    name: 'pause',
    summary: 'Let a bulk begin with no further order until it is resumed',
    why: 'provider_is_slow',
    as: 'operator',
  },
  { name: 'resume', summary: 'Let a paused bulk go on', why: 'provider_is_back', as: 'operator' },
  {
    name: 'stop',
    summary: 'Let a bulk begin with no further order, for good',
    notes: 'What is under way comes to its end. One that waits for a second person is withdrawn.',
    why: 'wrong_item',
    as: 'operator',
  },
  {
    name: 'approve',
    summary: 'Agree to a bulk of another person, which then begins',
    notes: 'It takes a key of the role approver or admin, and never that of the person who asked.',
    why: 'seen',
    as: 'approver',
  },
  {
    name: 'decline',
    summary: 'Decline a bulk of another person, which then never begins',
    notes: 'It takes a key of the role approver or admin, and never that of the person who asked.',
    why: 'too_many',
    as: 'approver',
  },
];

/** `bulk pause`, `resume`, `stop`, `approve` and `decline` */
export function addSteerBulk(parent: Command, cli: Cli): void {
  for (const { name, summary, notes, why, as } of STEPS)
    defineCommand(parent, {
      usage: `${name} <bulk-id>`,
      summary,
      ...(notes === undefined ? {} : { notes }),
      examples: [[`bulk ${name} ${ID} --reason ${why}`, 'with the reason that colleagues will read']],
    })
      .requiredOption('--reason <reason>', 'why, in a word or two; kept for ever, so no personal data')
      .option('--idempotency-key <key>', 'repeat an earlier request with the key that it had')
      .action(async (bulkId: string, options: SteerOptions) => {
        const { reason } = options;
        const isDecision = name === 'approve' || name === 'decline';
        // The names of commands have no character that an address would have to escape.
        const path = `${apiPath`/v1/ops/bulk/${bulkId}`}/${isDecision ? 'decisions' : name}`;
        const { body } = await clientFor(cli.context, as).call(
          {
            method: 'POST',
            path,
            body: isDecision ? { decision: name, reason } : { reason },
            idempotencyKey: idempotencyKeyFor(cli, options.idempotencyKey),
          },
          bulkSchema,
        );
        cli.deliver({ json: body, text: bulkText(body) }, options);
      });
}
