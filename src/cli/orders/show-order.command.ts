import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { orderSchema } from '../api/api-replies.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { orderText } from './order-text.ts';

/** `orders show` */
export function addShowOrder(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'show <order-id>',
    summary: 'Show one order with its lines, shipments and refunds',
    examples: [['orders show ord_0123456789abcdefghjkmnpqrs', 'everything about one order']],
  }).action(async (orderId: string, options: { readonly json?: boolean }) => {
    const { body } = await clientFor(cli.context, 'operator').call(
      { method: 'GET', path: apiPath`/v1/orders/${orderId}` },
      orderSchema,
    );
    cli.deliver({ json: body, text: orderText(body) }, options);
  });
}
