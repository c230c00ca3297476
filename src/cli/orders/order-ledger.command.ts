import type { Command } from 'commander';
import { apiPath } from '../api/api-client.ts';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { orderLedgerSchema } from '../ledger/ledger-replies.ts';
import { orderLedgerText } from '../ledger/ledger-text.ts';

/** `orders ledger` */
export function addOrderLedger(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'ledger <order-id>',
    summary: 'Show what was booked for an order',
    examples: [
      ['orders ledger ord_0123456789abcdefghjkmnpqrs', 'every journal with its entries'],
      ['orders ledger ord_0123456789abcdefghjkmnpqrs --json', 'the same for a program'],
    ],
  }).action(async (orderId: string, options: { readonly json?: boolean }) => {
    const client = clientFor(cli.context, 'operator');
    const { body } = await client.call(
      { method: 'GET', path: apiPath`/v1/orders/${orderId}/ledger` },
      orderLedgerSchema,
    );
    cli.deliver({ json: body, text: orderLedgerText(body) }, options);
  });
}
