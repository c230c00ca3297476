import type { Command } from 'commander';
import { z } from 'zod';
import { actionSchema } from '../actions/action-replies.ts';
import { deliverAction, DRY_RUN, operate } from '../actions/operate-order.ts';
import { apiPath } from '../api/api-client.ts';
import { refundSchema } from '../api/api-replies.ts';
import { lineQuantities, positiveInteger, type LineQuantity } from '../arguments.ts';
import { clientFor, defineCommand, idempotencyKeyFor, type Cli } from '../command.ts';
import { WrongUseError } from '../context.ts';
import { refundsText } from './order-text.ts';

interface RefundOptions {
  readonly amount?: number;
  readonly line?: readonly LineQuantity[];
  readonly reason: string;
  readonly restock?: boolean;
  readonly dryRun?: boolean;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

function refundBody(options: RefundOptions): Readonly<Record<string, unknown>> {
  if ((options.amount === undefined) === (options.line === undefined)) {
    throw new WrongUseError(
      'Say what to refund: either --amount MINOR, or --line ID:QTY once or more, and not both.',
    );
  }
  return {
    ...(options.amount === undefined ? { lines: options.line } : { amountMinor: options.amount }),
    reason: options.reason,
    ...(options.restock ? { restock: true } : {}),
  };
}

/** Above the limit a refund is an action that waits for a second person. */
const refundOrActionSchema = z.union([
  actionSchema.transform((action) => ({ action })),
  refundSchema.transform((refund) => ({ refund })),
]);

/** `orders refund` */
export function addRefundOrder(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'refund <order-id>',
    summary: 'Give money back, by amount or by lines',
    examples: [
      [
        'orders refund ord_0123456789abcdefghjkmnpqrs --amount 250 --reason damaged',
        '£2.50 of an order in pounds',
      ],
      [
        'orders refund ord_0123456789abcdefghjkmnpqrs --line 1:2 --line 3:1 --reason returned --restock',
        'two units of line 1 and one of line 3 at their prices, and back on the shelf with them',
      ],
    ],
  })
    .option(
      '--amount <minor>',
      'this much, in minor units of the order’s currency (pence, cents)',
      positiveInteger,
    )
    .option(
      '--line <id:quantity>',
      'this many units of a line, at its price; may be given several times',
      lineQuantities,
    )
    .requiredOption('--reason <reason>', 'why, in a word or two')
    .option('--restock', 'the units go back on the shelf that they came from')
    .option(...DRY_RUN)
    .option('--idempotency-key <key>', 'repeat an earlier request with the key that it had')
    .action(async (orderId: string, options: RefundOptions) => {
      const body = refundBody(options);
      if (options.dryRun) return operate(cli, orderId, 'refund', body, options);
      const answer = await clientFor(cli.context, 'operator').call(
        {
          method: 'POST',
          path: apiPath`/v1/orders/${orderId}/refunds`,
          body,
          idempotencyKey: idempotencyKeyFor(cli, options.idempotencyKey),
        },
        refundOrActionSchema,
      );
      if ('action' in answer.body) return deliverAction(cli, answer.body.action, options);
      const { refund } = answer.body;
      const exitCode = refund.status === 'failed' ? 1 : 0;
      cli.deliver({ json: refund, text: refundsText([refund]), exitCode }, options);
    });
}
