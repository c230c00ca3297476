/**
 * What screening says of orders, and the reviews that it asks for. Each method is one statement, and one more only where two
 * attempts of one order have met.
 *
 * Owns: fraud_assessments and reviews, and the change of an order to `in_review`. Does not own: the score, which is the
 * domain's, and what follows from a decision, which is the workflow's. The end of an order closes its review in the statement
 * that ends it (orders.repository.ts).
 * All may reject with DatabaseUnavailableError.
 */
import type { FraudAssessment, FraudOutcome } from '../../src/domain/fraud/assess-fraud.ts';
import type { EarlierOrders } from '../../src/domain/fraud/fraud-facts.ts';
import type { ReviewDecision, ReviewState } from '../../src/domain/fraud/review.ts';
import type { Money } from '../../src/domain/money.ts';
import type { OrderStatus } from '../../src/domain/orders/order-status.ts';
import type { Page } from './order-reads.repository.ts';
import type { OrderChange, OrderRef } from './orders.repository.ts';

/** By what an order is told to have something in common with others. */
export interface ScreeningSubject {
  readonly customerId: string;
  readonly total: Money;
  /** Where the goods go, ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Digests under a key of ours. */
  readonly cardDigest: string;
  readonly addressDigest: string;
}

/** What is recorded of an order's screening, and where the order stands. */
export interface RecordedScreening {
  readonly outcome: FraudOutcome;
  readonly status: OrderStatus;
  readonly version: number;
  /** What its review ended with; null when there was none, or it is open. */
  readonly decision: ReviewDecision | null;
}

export interface ScreeningFacts {
  /** What an earlier attempt recorded; null when there was none. */
  readonly recorded: RecordedScreening | null;
  readonly earlier: EarlierOrders;
}

/** The assessment of an order as it is read. */
export interface AssessmentView extends FraudAssessment {
  readonly orderId: string;
  readonly at: string;
  readonly review: ReviewView | null;
}

export interface ReviewView {
  readonly orderId: string;
  readonly state: ReviewState;
  readonly since: string;
  readonly deadline: string;
  readonly assignee: string | null;
  readonly decision: ReviewDecision | null;
  readonly decidedBy: string | null;
  readonly reason: string | null;
  readonly decidedAt: string | null;
}

/** A review in the queue, with what a person chooses by. */
export interface QueuedReview extends ReviewView {
  readonly customerId: string;
  readonly total: Money;
  readonly score: number;
}

export interface ReviewFilter {
  /** Those of this person only. @default everybody's */
  readonly assignee?: string | undefined;
  readonly limit: number;
  /** Opaque; from the page before. @throws RangeError when it is not one that was given out */
  readonly cursor?: string | undefined;
}

/** What a review ends with. */
export interface ReviewEnd extends OrderRef {
  readonly state: 'approved' | 'rejected' | 'expired';
  readonly decision: ReviewDecision;
  readonly decidedBy: string;
  readonly reason: string;
}

export interface FraudRepository {
  /** Everything that screening wants to know, of at most so many earlier orders as the domain says. Changes nothing. */
  readScreening(subject: ScreeningSubject & { readonly orderId: string }): Promise<ScreeningFacts>;

  /**
   * Records the assessment of an order, once: the first attempt that does is what holds. With the outcome `review` the order
   * moves to `in_review` and its review is opened, unless the order has gone elsewhere meanwhile.
   * Event: order.review_started, with a review only.
   */
  recordScreening(
    input: OrderRef & { readonly subject: ScreeningSubject; readonly assessment: FraudAssessment },
  ): Promise<RecordedScreening>;

  /** Ends an open review; nothing when it is not open any more. The order waits for its money, or for being undone. No event. */
  recordReviewEnd(input: ReviewEnd): Promise<OrderChange>;

  /** Null when the order was not screened. */
  findAssessment(orderId: string): Promise<AssessmentView | null>;

  /** Null when the order has never been under review. */
  findReview(orderId: string): Promise<ReviewView | null>;

  /** Open reviews, the one that ends first first. */
  listReviews(filter: ReviewFilter): Promise<Page<QueuedReview>>;

  /**
   * Says who looks at an open review; null when nobody does any more. A review that is decided stays as it is.
   * @returns the review as it is now; null when the order has never been under review
   */
  assignReview(input: {
    readonly orderId: string;
    readonly assignee: string | null;
  }): Promise<ReviewView | null>;
}
