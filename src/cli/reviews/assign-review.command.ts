import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { clientFor, defineCommand, idempotencyKeyFor, type Cli } from '../command.ts';
import { WrongUseError } from '../context.ts';
import { reviewSchema } from './review-replies.ts';
import { reviewText } from './review-text.ts';

interface AssignOptions {
  readonly to?: string;
  readonly nobody?: boolean;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

/** `reviews assign` */
export function addAssignReview(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'assign <order-id>',
    summary: 'Say who looks at an order, or that nobody does any more',
    examples: [
      ['reviews assign ord_4k8zq0m2v6r1t9w3x5y7a8b9c0 --to key:demo-operator', 'the demo operator does'],
      ['reviews assign ord_4k8zq0m2v6r1t9w3x5y7a8b9c0 --nobody', 'it is free again'],
    ],
  })
    .option('--to <id>', 'the id of a key or token of the staff')
    .option('--nobody', 'nobody looks at it any more')
    .option('--idempotency-key <key>', 'repeat an earlier request with the key that it had')
    .action(async (orderId: string, options: AssignOptions) => {
      if ((options.to === undefined) !== (options.nobody === true))
        throw new WrongUseError('Say either --to <id> or --nobody.');
      const client = clientFor(cli.context, 'operator');
      const { body } = await client.call(
        {
          method: 'POST',
          path: apiPath`/v1/ops/reviews/${orderId}/assignments`,
          body: { assignee: options.to ?? null },
          idempotencyKey: idempotencyKeyFor(cli, options.idempotencyKey),
        },
        reviewSchema,
      );
      cli.deliver({ json: body, text: reviewText(body) }, options);
    });
}
