import { Option, type Command } from 'commander';
import { ORDER_STATUSES } from '../../domain/orders/order-status.ts';
import type { ApiAnswer, ApiClient } from '../api/api-client.ts';
import { orderPageSchema, type OrderPageReply, type OrderReply } from '../api/api-replies.ts';
import { positiveInteger } from '../arguments.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { addWatchOption, deliverOrWatch, type WatchOptions } from '../output/watch.ts';
import { orderListText } from './order-text.ts';

interface ListOptions extends WatchOptions {
  readonly customer?: string;
  readonly status?: string;
  readonly attention?: boolean;
  readonly limit: number;
  readonly all?: boolean;
}

/** What one request asks for at most. */
const PAGE_SIZE = 100;

/** Follows the cursor until enough orders have come. */
async function fetchOrders(
  client: ApiClient,
  options: ListOptions,
): Promise<{ items: OrderReply[]; nextCursor: string | null }> {
  const wanted = options.all ? Number.POSITIVE_INFINITY : options.limit;
  const items: OrderReply[] = [];
  let cursor: string | null = null;
  do {
    const answer: ApiAnswer<OrderPageReply> = await client.call(
      {
        method: 'GET',
        path: '/v1/orders',
        query: {
          customerId: options.customer,
          status: options.status,
          attention: options.attention ? 'true' : undefined,
          limit: Math.min(PAGE_SIZE, wanted - items.length),
          cursor: cursor ?? undefined,
        },
      },
      orderPageSchema,
    );
    items.push(...answer.body.items);
    cursor = answer.body.nextCursor;
  } while (cursor !== null && items.length < wanted);
  return { items, nextCursor: cursor };
}

/** `orders list` */
export function addListOrders(parent: Command, cli: Cli): void {
  const command = defineCommand(parent, {
    usage: 'list',
    summary: 'List orders, the newest first',
    examples: [
      ['orders list --attention', 'orders that need a person'],
      ['orders list --customer cus_17850 --status completed --all', 'all completed orders of one customer'],
      ['orders list --status in_review --watch', 'as they are, again and again, until Ctrl+C'],
      ['orders list --limit 5 --json', 'the five newest, for a program'],
    ],
  })
    .option('--customer <id>', 'of this customer only')
    .addOption(new Option('--status <status>', 'in this status only').choices(ORDER_STATUSES))
    .option('--attention', 'only those that need a person')
    .option('--limit <count>', 'how many at most', positiveInteger, 20)
    .option('--all', 'all of them, whatever --limit says');
  addWatchOption(command).action(async (options: ListOptions) => {
    const client = clientFor(cli.context, 'operator');
    await deliverOrWatch(cli, options, async () => {
      const page = await fetchOrders(client, options);
      const more =
        page.nextCursor === null ? '' : '\nThere are more: --limit takes a higher number, --all takes all.';
      return { json: page, text: `${orderListText(page.items)}${more}` };
    });
  });
}
