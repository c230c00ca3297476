import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { orderSchema } from '../api/api-replies.ts';
import { clientFor, defineCommand, idempotencyKeyFor, type Cli } from '../command.ts';
import { DRY_RUN, operate } from '../actions/operate-order.ts';
import { orderText } from './order-text.ts';

interface CancelOptions {
  readonly reason: string;
  readonly note?: string;
  readonly dryRun?: boolean;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

/** `orders cancel` */
export function addCancelOrder(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'cancel <order-id>',
    summary: 'Cancel an order and give back stock, money and labels',
    notes:
      'An order that has left the house can no longer be cancelled; then the exit code is 1 and the answer says what can\nbe done instead.',
    examples: [
      ['orders cancel ord_0123456789abcdefghjkmnpqrs --reason customer_request', 'the customer asked for it'],
    ],
  })
    .requiredOption('--reason <reason>', 'why, in a word or two')
    .option('--note <text>', 'more about it, for colleagues')
    .option(...DRY_RUN)
    .option('--idempotency-key <key>', 'repeat an earlier request with the key that it had')
    .action(async (orderId: string, options: CancelOptions) => {
      if (options.dryRun) return operate(cli, orderId, 'cancel', {}, options);
      const client = clientFor(cli.context, 'operator');
      const { body } = await client.call(
        {
          method: 'POST',
          path: apiPath`/v1/orders/${orderId}/cancel`,
          body: { reason: options.reason, ...(options.note === undefined ? {} : { note: options.note }) },
          idempotencyKey: idempotencyKeyFor(cli, options.idempotencyKey),
        },
        orderSchema,
      );
      cli.deliver({ json: body, text: orderText(body) }, options);
    });
}
