import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.ts';
import { ledgerAccount, ledgerAmount } from './ledger.schema.ts';

const balance = z
  .strictObject({ account: ledgerAccount, amount: ledgerAmount })
  .meta({ id: 'LedgerBalance' });

export const listBalancesEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ledger/balances',
  operationId: 'listBalances',
  tag: 'Ledger',
  summary: 'Read the balance of every account, by currency',
  description: 'Sums the whole ledger; those of one currency sum to zero.',
  permission: 'ledger:read',
  answers: {
    200: { description: 'By currency and account', schema: z.strictObject({ items: z.array(balance) }) },
  },
  handle: async (_request, { repositories }) => {
    const balances = await repositories.ledger.balances();
    return {
      httpStatus: 200,
      body: {
        items: balances.map(({ account, currency, amountMinor }) => ({
          account,
          amount: { amountMinor, currency },
        })),
      },
    };
  },
});
