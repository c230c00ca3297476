/** The review that holds an order for a person, as data. */

/** `expired`: nobody decided in time, and the default decided. `withdrawn`: the order ended before anybody did. */
export const REVIEW_STATES = ['open', 'approved', 'rejected', 'expired', 'withdrawn'] as const;
export type ReviewState = (typeof REVIEW_STATES)[number];

export const REVIEW_DECISIONS = ['approve', 'reject'] as const;
export type ReviewDecision = (typeof REVIEW_DECISIONS)[number];

/** What an order is screened by, chosen when it is placed. */
export interface ScreeningTerms {
  /** What holds when nobody has decided in time. */
  readonly reviewDefault: ReviewDecision;
}
