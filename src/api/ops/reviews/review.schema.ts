import { z } from 'zod';
import type {
  AssessmentView,
  QueuedReview,
  ReviewView,
} from '../../../../db/repositories/fraud.repository.ts';
import { FRAUD_OUTCOMES } from '../../../domain/fraud/assess-fraud.ts';
import { SCORERS } from '../../../domain/fraud/fraud-settings.ts';
import { REVIEW_DECISIONS, REVIEW_STATES } from '../../../domain/fraud/review.ts';
import { money, orderId, text } from '../../http/fields.ts';

const time = z.iso.datetime();

/** A member of the staff by the id of the key or token, for example `key:demo-operator`. */
export const assignee = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:|-]*$/, 'must be letters, digits, and _ . : | - after the first')
  .meta({ example: 'key:demo-operator' });

export const reviewParams = z.strictObject({ orderId });
export const assignReviewBody = z
  .strictObject({ assignee: assignee.nullable() })
  .meta({ id: 'AssignReview' });
export const decideReviewBody = z
  .strictObject({
    decision: z.enum(REVIEW_DECISIONS),
    reason: text(1_000).meta({ description: 'For the staff; the customer is not told.' }),
  })
  .meta({ id: 'DecideReview' });

const reviewFields = {
  orderId,
  state: z.enum(REVIEW_STATES).meta({
    description:
      '`expired`: nobody decided in time, and the default did. `withdrawn`: the order ended before anybody did.',
  }),
  since: time,
  deadline: time,
  assignee: z.string().nullable(),
  decision: z.enum(REVIEW_DECISIONS).nullable(),
  decidedBy: z.string().nullable(),
  reason: z.string().nullable(),
  decidedAt: time.nullable(),
};
export const review = z.strictObject(reviewFields).meta({ id: 'Review' });
export const queuedReview = z
  .strictObject({ ...reviewFields, customerId: z.string(), total: money, score: z.number() })
  .meta({ id: 'QueuedReview' });

export const assessment = z
  .strictObject({
    orderId,
    score: z.number().meta({ description: '0, surely good, to 1, surely fraud: the sum of all shares.' }),
    outcome: z.enum(FRAUD_OUTCOMES),
    modelVersion: z.string(),
    parts: z.array(
      z.strictObject({
        scorer: z.enum(SCORERS),
        score: z.number(),
        weight: z.number().meta({ description: 'What it counts here; all that answered add up to 1.' }),
        signals: z.array(
          z.strictObject({
            code: z.string(),
            value: z.number(),
            weight: z.number(),
            share: z
              .number()
              .meta({ description: 'Its part of the score; below 0 when it speaks for the order.' }),
            sentence: z.string(),
          }),
        ),
      }),
    ),
    degraded: z
      .array(z.enum(SCORERS))
      .meta({ description: 'Scorers that should have taken part and did not answer.' }),
    at: time,
    review: review.nullable(),
  })
  .meta({ id: 'FraudAssessment' });

export function toReviewAnswer(view: ReviewView): z.output<typeof review> {
  return {
    orderId: view.orderId,
    state: view.state,
    since: view.since,
    deadline: view.deadline,
    assignee: view.assignee,
    decision: view.decision,
    decidedBy: view.decidedBy,
    reason: view.reason,
    decidedAt: view.decidedAt,
  };
}

export function toQueuedAnswer(view: QueuedReview): z.output<typeof queuedReview> {
  return { ...toReviewAnswer(view), customerId: view.customerId, total: view.total, score: view.score };
}

export function toAssessmentAnswer(view: AssessmentView): z.output<typeof assessment> {
  return {
    orderId: view.orderId,
    score: view.score,
    outcome: view.outcome,
    modelVersion: view.modelVersion,
    parts: view.parts.map(({ scorer, score, weight, signals }) => ({
      scorer,
      score,
      weight,
      signals: signals.map(({ code, value, weight: own, share, sentence }) => ({
        code,
        value,
        weight: own,
        share,
        sentence,
      })),
    })),
    degraded: [...view.degraded],
    at: view.at,
    review: view.review === null ? null : toReviewAnswer(view.review),
  };
}
