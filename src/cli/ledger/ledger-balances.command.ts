import type { Command } from 'commander';
import { clientFor, defineCommand, type Cli } from '../command.ts';
import { balancesSchema } from './ledger-replies.ts';
import { balancesText } from './ledger-text.ts';

/** `ledger balances` */
export function addLedgerBalances(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'balances',
    summary: 'Show the balance of every account, by currency',
    examples: [
      ['ledger balances', 'what is to be charged, at the provider, due to customers, sold'],
      ['ledger balances --json', 'the same for a program'],
    ],
  }).action(async (options: { readonly json?: boolean }) => {
    const client = clientFor(cli.context, 'operator');
    const { body } = await client.call({ method: 'GET', path: '/v1/ledger/balances' }, balancesSchema);
    cli.deliver({ json: body, text: balancesText(body) }, options);
  });
}
