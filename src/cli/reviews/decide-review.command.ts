import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { clientFor, defineCommand, idempotencyKeyFor, type Cli } from '../command.ts';
import { reviewSchema } from './review-replies.ts';
import { reviewText } from './review-text.ts';

interface DecideOptions {
  readonly reason: string;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

/** `reviews approve` and `reviews reject` */
export function addDecideReview(parent: Command, cli: Cli, decision: 'approve' | 'reject'): void {
  const wording = {
    approve: {
      summary: 'Let an order go on; its payment is asked for now',
      example: 'known to the shop, has called',
    },
    reject: {
      summary: 'Refuse an order; its stock is given back and nothing is charged',
      example: 'the same card with four names',
    },
  }[decision];
  defineCommand(parent, {
    usage: `${decision} <order-id>`,
    summary: wording.summary,
    notes: 'The first decision counts. When the review is over already the exit code is 1.',
    examples: [
      [
        `reviews ${decision} ord_4k8zq0m2v6r1t9w3x5y7a8b9c0 --reason "${wording.example}"`,
        'with a word on why',
      ],
    ],
  })
    .requiredOption('--reason <text>', 'why; for colleagues, the customer is not told')
    .option('--idempotency-key <key>', 'repeat an earlier request with the key that it had')
    .action(async (orderId: string, options: DecideOptions) => {
      const client = clientFor(cli.context, 'operator');
      const { body } = await client.call(
        {
          method: 'POST',
          path: apiPath`/v1/ops/reviews/${orderId}/decisions`,
          body: { decision, reason: options.reason },
          idempotencyKey: idempotencyKeyFor(cli, options.idempotencyKey),
        },
        reviewSchema,
      );
      cli.deliver({ json: body, text: reviewText(body) }, options);
    });
}
