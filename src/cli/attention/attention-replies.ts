/** What the tool reads of the queue and of explanations. */
import { z } from 'zod';

const money = z.object({ amountMinor: z.int(), currency: z.string() });

export const attentionPageSchema = z.looseObject({
  items: z.array(
    z.looseObject({
      orderId: z.string(),
      code: z.string(),
      severity: z.string(),
      owner: z.string(),
      since: z.string(),
      deadline: z.string(),
      overdue: z.boolean(),
      status: z.string(),
      total: money,
      runbook: z.string(),
    }),
  ),
  nextCursor: z.string().nullable(),
});
export type AttentionItemReply = z.output<typeof attentionPageSchema>['items'][number];

export const explanationSchema = z.looseObject({
  orderId: z.string(),
  headline: z.string(),
  sentences: z.array(z.string()),
  causes: z.array(z.looseObject({ code: z.string(), runbook: z.string() })),
  links: z.looseObject({ temporal: z.string() }),
});
export type ExplanationReply = z.output<typeof explanationSchema>;
