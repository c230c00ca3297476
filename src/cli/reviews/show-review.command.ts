import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { assessmentSchema } from './review-replies.ts';
import { assessmentText } from './review-text.ts';

/** `reviews show` */
export function addShowReview(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'show <order-id>',
    summary: 'Show what screening said of an order, why, and what became of its review',
    examples: [['reviews show ord_4k8zq0m2v6r1t9w3x5y7a8b9c0', 'the strongest reason first']],
  }).action(async (orderId: string, options: { readonly json?: boolean }) => {
    const client = clientFor(cli.context, 'operator');
    const path = apiPath`/v1/ops/orders/${orderId}/fraud`;
    const { body } = await client.call({ method: 'GET', path }, assessmentSchema);
    cli.deliver({ json: body, text: assessmentText(body) }, options);
  });
}
