/** What the tool reads of operators' actions. */
import { z } from 'zod';

const moneySchema = z.object({ amountMinor: z.int(), currency: z.string() });

export const actionSchema = z.looseObject({
  id: z.string(),
  orderId: z.string(),
  action: z.string(),
  state: z.string(),
  actor: z.string(),
  role: z.string(),
  reason: z.string(),
  input: z.record(z.string(), z.unknown()),
  askedAt: z.string(),
  outcomes: z.array(
    z.looseObject({ outcome: z.string(), actor: z.string(), detail: z.string(), at: z.string() }),
  ),
});
export type ActionReply = z.output<typeof actionSchema>;

export const planSchema = z.looseObject({
  dryRun: z.literal(true),
  orderId: z.string(),
  action: z.string(),
  needsSecondPerson: z.boolean(),
  stock: z.array(
    z.looseObject({ sku: z.string(), locationId: z.string(), reserved: z.int(), restocked: z.int() }),
  ),
  money: z.array(z.looseObject({ kind: z.string(), amount: moneySchema })),
  mails: z.array(z.string()),
  sentences: z.array(z.string()),
});
export type PlanReply = z.output<typeof planSchema>;

export const actionPageSchema = z.looseObject({
  items: z.array(actionSchema),
  nextCursor: z.string().nullable(),
});
