import { moneyText } from '../output/money-text.ts';
import { pairs, table } from '../output/table.ts';
import type { AssessmentReply, QueuedReviewReply, ReviewReply } from './review-replies.ts';

/** The queue for people. */
export function reviewListText(reviews: readonly QueuedReviewReply[]): string {
  if (reviews.length === 0) return 'No orders wait for a review.';
  return table(
    [
      { title: 'Order' },
      { title: 'Until' },
      { title: 'Score', align: 'right' },
      { title: 'Total', align: 'right' },
      { title: 'Customer' },
      { title: 'Assignee' },
    ],
    reviews.map((one) => [
      one.orderId,
      one.deadline,
      one.score.toFixed(2),
      moneyText(one.total),
      one.customerId,
      one.assignee ?? '–',
    ]),
  );
}

/** One review for people. */
export function reviewText(one: ReviewReply): string {
  return pairs([
    ['Order', one.orderId],
    ['Review', one.state],
    ['Since', one.since],
    ['Until', one.deadline],
    ['Assignee', one.assignee ?? '–'],
    ['Decision', one.decision ?? '–'],
    ['By', one.decidedBy ?? '–'],
    ['Reason', one.reason ?? '–'],
  ]);
}

/** Why an order was held, the strongest reason first; what adds or takes nothing to speak of is left out. */
export function assessmentText(one: AssessmentReply): string {
  const signals = one.parts
    .flatMap(({ scorer, signals: own }) => own.map((signal) => ({ scorer, ...signal })))
    .filter(({ share }) => Math.abs(share) >= 0.005)
    .toSorted((first, second) => second.share - first.share);
  const head = pairs([
    ['Order', one.orderId],
    ['Score', `${one.score.toFixed(2)}, ${one.outcome}`],
    ['Model', one.modelVersion],
    ['Did not answer', one.degraded.length === 0 ? '–' : one.degraded.join(', ')],
    ['Screened', one.at],
  ]);
  const reasons = table(
    [{ title: 'Share', align: 'right' }, { title: 'Scorer' }, { title: 'Signal' }, { title: 'Why' }],
    signals.map(({ share, scorer, code, sentence }) => [share.toFixed(2), scorer, code, sentence]),
  );
  return [head, reasons, ...(one.review === null ? [] : [reviewText(one.review)])].join('\n\n');
}
