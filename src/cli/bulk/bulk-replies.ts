/** What the tool reads of bulks. */
import { z } from 'zod';

const moneySchema = z.object({ amountMinor: z.int(), currency: z.string() });
const refusedSchema = z.array(z.looseObject({ why: z.string(), detail: z.string(), orders: z.int() }));
const movedSchema = z.array(z.looseObject({ kind: z.string(), amount: moneySchema }));

export const bulkSchema = z.looseObject({
  id: z.string(),
  action: z.string(),
  state: z.string(),
  actor: z.string(),
  reason: z.string(),
  filter: z.record(z.string(), z.unknown()).nullable(),
  perSecond: z.int(),
  orders: z.int(),
  needsSecondPerson: z.boolean(),
  money: movedSchema,
  askedAt: z.string(),
  progress: z.looseObject({
    done: z.int(),
    refused: z.int(),
    failed: z.int(),
    left: z.int(),
    refusedBy: refusedSchema,
    ratePerSecond: z.number(),
    expectedEndAt: z.string().nullable(),
  }),
  steps: z.array(z.looseObject({ step: z.string(), actor: z.string(), detail: z.string(), at: z.string() })),
});
export type BulkReply = z.output<typeof bulkSchema>;

export const bulkPageSchema = z.looseObject({
  items: z.array(bulkSchema),
  nextCursor: z.string().nullable(),
});

const notDoneSchema = z.looseObject({
  orderId: z.string(),
  outcome: z.string(),
  why: z.string().nullable(),
  detail: z.string(),
});
export type NotDoneReply = z.output<typeof notDoneSchema>;

export const bulkWithOrdersSchema = z.looseObject({
  ...bulkSchema.shape,
  notDone: z.looseObject({ items: z.array(notDoneSchema), nextCursor: z.string().nullable() }),
});
export type BulkWithOrdersReply = z.output<typeof bulkWithOrdersSchema>;

export const plannedBulkSchema = z.looseObject({
  dryRun: z.literal(true),
  action: z.string(),
  orders: z.int(),
  possible: z.int(),
  refused: refusedSchema,
  money: movedSchema,
  unitsFreed: z.int(),
  mails: z.int(),
  needsSecondPerson: z.boolean(),
  perSecond: z.int(),
  takesSeconds: z.int(),
  set: z.string(),
  first: z.array(
    z.looseObject({
      orderId: z.string(),
      status: z.string(),
      total: moneySchema.nullable(),
      possible: z.boolean(),
      why: z.string().nullable(),
    }),
  ),
});
export type PlannedBulkReply = z.output<typeof plannedBulkSchema>;
