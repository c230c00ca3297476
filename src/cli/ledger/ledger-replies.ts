/** What the tool reads of the ledger's answers. */
import { z } from 'zod';

const amountSchema = z.object({ amountMinor: z.int(), currency: z.string() });
const entrySchema = z.looseObject({ account: z.string(), amount: amountSchema });

export const balancesSchema = z.looseObject({ items: z.array(entrySchema) });
export type BalancesReply = z.output<typeof balancesSchema>;

export const orderLedgerSchema = z.looseObject({
  orderId: z.string(),
  journals: z.array(
    z.looseObject({
      id: z.int(),
      kind: z.string(),
      reference: z.string(),
      createdAt: z.string(),
      entries: z.array(entrySchema),
    }),
  ),
});
export type OrderLedgerReply = z.output<typeof orderLedgerSchema>;
