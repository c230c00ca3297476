/** How every action of an operator is asked for from the terminal. */
import type { Command } from 'commander';
import type { ActionName } from '../../domain/operations/actions.ts';
import { apiPath } from '../api/api-client.ts';
import { clientFor, defineCommand, idempotencyKeyFor, type Cli, type CommandDefinition } from '../command.ts';
import { actionSchema, planSchema, type ActionReply } from './action-replies.ts';
import { actionText, planText } from './action-text.ts';

export interface OperateOptions {
  readonly reason: string;
  readonly dryRun?: boolean;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

export const DRY_RUN = ['--dry-run', 'say what would happen, and change nothing'] as const;

/** Adds a command that takes an order, with what all of them take. */
export function defineOperation(parent: Command, definition: CommandDefinition): Command {
  return defineCommand(parent, definition)
    .requiredOption('--reason <reason>', 'why, in a word or two; kept for ever, so no personal data')
    .option(...DRY_RUN)
    .option('--idempotency-key <key>', 'repeat an earlier request with the key that it had');
}

/** Asks for it, or for what it would do, and delivers the answer. */
export async function operate(
  cli: Cli,
  orderId: string,
  action: ActionName,
  body: Readonly<Record<string, unknown>>,
  options: OperateOptions,
): Promise<void> {
  const client = clientFor(cli.context, 'operator');
  // The name of an action has no character that an address would have to escape.
  const path = `${apiPath`/v1/ops/orders/${orderId}/actions`}/${action}`;
  const request = { method: 'POST', path, body: { reason: options.reason, ...body } } as const;
  if (options.dryRun) {
    // A dry run keeps nothing for its key, so any will do.
    const preview = { ...request, query: { dryRun: 'true' }, idempotencyKey: 'dry-run' };
    const { body: plan } = await client.call(preview, planSchema);
    return cli.deliver({ json: plan, text: planText(plan) }, options);
  }
  const idempotencyKey = idempotencyKeyFor(cli, options.idempotencyKey);
  const { body: done } = await client.call({ ...request, idempotencyKey }, actionSchema);
  deliverAction(cli, done, options);
}

/** What was tried and refused by another company ends with 1. */
export function deliverAction(cli: Cli, action: ActionReply, options: { readonly json?: boolean }): void {
  const exitCode = action.state === 'failed' ? 1 : 0;
  cli.deliver({ json: action, text: actionText(action), exitCode }, options);
}
