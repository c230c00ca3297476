/** What the tool reads of reviews. */
import { z } from 'zod';

const reviewFields = {
  orderId: z.string(),
  state: z.string(),
  since: z.string(),
  deadline: z.string(),
  assignee: z.string().nullable(),
  decision: z.string().nullable(),
  decidedBy: z.string().nullable(),
  reason: z.string().nullable(),
};

export const reviewSchema = z.looseObject(reviewFields);
export type ReviewReply = z.output<typeof reviewSchema>;

export const queuedReviewSchema = z.looseObject({
  ...reviewFields,
  customerId: z.string(),
  total: z.looseObject({ amountMinor: z.int(), currency: z.string() }),
  score: z.number(),
});
export type QueuedReviewReply = z.output<typeof queuedReviewSchema>;

export const reviewPageSchema = z.looseObject({
  items: z.array(queuedReviewSchema),
  nextCursor: z.string().nullable(),
});

export const assessmentSchema = z.looseObject({
  orderId: z.string(),
  score: z.number(),
  outcome: z.string(),
  modelVersion: z.string(),
  parts: z.array(
    z.looseObject({
      scorer: z.string(),
      score: z.number(),
      weight: z.number(),
      signals: z.array(z.looseObject({ code: z.string(), share: z.number(), sentence: z.string() })),
    }),
  ),
  degraded: z.array(z.string()),
  at: z.string(),
  review: reviewSchema.nullable(),
});
export type AssessmentReply = z.output<typeof assessmentSchema>;
