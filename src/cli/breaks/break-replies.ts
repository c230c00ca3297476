/** What the tool reads of differences with providers. */
import { z } from 'zod';

const sideSchema = z
  .looseObject({
    operation: z.string(),
    status: z.string(),
    amountMinor: z.int().optional(),
    currency: z.string().optional(),
  })
  .nullable();

export const breakSchema = z.looseObject({
  id: z.string(),
  provider: z.string(),
  operationKey: z.string(),
  orderId: z.string().nullable(),
  kind: z.string(),
  ours: sideSchema,
  theirs: sideSchema,
  state: z.string(),
  note: z.string().nullable(),
  firstSeen: z.string(),
});
export type BreakReply = z.output<typeof breakSchema>;

export const breakPageSchema = z.looseObject({
  items: z.array(breakSchema),
  nextCursor: z.string().nullable(),
});
