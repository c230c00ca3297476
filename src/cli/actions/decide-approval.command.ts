import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { clientFor, defineCommand, idempotencyKeyFor, type Cli } from '../command.ts';
import { actionSchema } from './action-replies.ts';
import { deliverAction } from './operate-order.ts';

interface DecideOptions {
  readonly reason: string;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

/** `approvals approve` and `approvals decline` */
export function addDecideApproval(parent: Command, cli: Cli, decision: 'approve' | 'decline'): void {
  const summary =
    decision === 'approve'
      ? 'Agree to an action of another person, which is then done'
      : 'Decline an action of another person, which is then never done';
  defineCommand(parent, {
    usage: `${decision} <action-id>`,
    summary,
    notes: 'It takes a key of the role approver or admin, and never that of the person who asked.',
    examples: [
      [`approvals ${decision} act_0123456789abcdefghjkmnpqrs --reason seen`, 'with a word about why'],
    ],
  })
    .requiredOption('--reason <reason>', 'why, in a word or two; kept for ever, so no personal data')
    .option('--idempotency-key <key>', 'repeat an earlier request with the key that it had')
    .action(async (actionId: string, options: DecideOptions) => {
      const { body } = await clientFor(cli.context, 'approver').call(
        {
          method: 'POST',
          path: apiPath`/v1/ops/approvals/${actionId}/decisions`,
          body: { decision, reason: options.reason },
          idempotencyKey: idempotencyKeyFor(cli, options.idempotencyKey),
        },
        actionSchema,
      );
      deliverAction(cli, body, options);
    });
}
