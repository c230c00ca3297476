import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { explanationSchema } from '../attention/attention-replies.ts';
import { explanationText } from '../attention/attention-text.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { addWatchOption, deliverOrWatch, type WatchOptions } from '../output/watch.ts';

/** `orders explain` */
export function addExplainOrder(parent: Command, cli: Cli): void {
  const command = defineCommand(parent, {
    usage: 'explain <order-id>',
    summary: 'Say why an order stands where it stands, and what can be done',
    examples: [
      ['orders explain ord_0123456789abcdefghjkmnpqrs', 'what it waits for, what failed, when it goes on'],
      ['orders explain ord_0123456789abcdefghjkmnpqrs --watch', 'the same, again and again, until Ctrl+C'],
      ['orders explain ord_0123456789abcdefghjkmnpqrs --json', 'the facts, for a program'],
    ],
  });
  addWatchOption(command).action(async (orderId: string, options: WatchOptions) => {
    const client = clientFor(cli.context, 'operator');
    await deliverOrWatch(cli, options, async () => {
      const { body } = await client.call(
        { method: 'GET', path: apiPath`/v1/ops/orders/${orderId}/explain` },
        explanationSchema,
      );
      return { json: body, text: explanationText(body, client.baseUrl) };
    });
  });
}
