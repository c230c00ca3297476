/**
 * Screening for fraud, before any money is asked for, and the review that holds an order for a person. Until the order has
 * passed there is no hold on the customer's money, and so none to let go.
 */
import { ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import type { ScreenOrderResult } from '../../activities/fraud/screen-order.activity.ts';
import type { ScreeningTerms } from '../../domain/fraud/review.ts';
import type { Rejection } from '../../domain/orders/order.ts';
import { DEFAULT_DEADLINES } from '../../domain/orders/waiting-state.ts';
import { expectHold, expectNoHold } from './order-payment.ts';
import type { OrderRun } from './order-run.ts';
import type { ProcessOrderInput } from './process-order.contract.ts';

/** What screening is told of an order, and what holds when nobody decides. */
export type OrderToScreen = ScreeningTerms &
  Pick<ProcessOrderInput, 'customerId' | 'lines' | 'shipTo' | 'contact' | 'payment'>;

/** Null for an order that is not screened: it began before there was screening, or with screening turned off. */
export function toScreenOf({ story = 1, screening, ...input }: ProcessOrderInput): OrderToScreen | null {
  if (story < 3 || screening === undefined || screening === null) return null;
  const { customerId, lines, shipTo, contact, payment } = input;
  return { ...screening, customerId, lines, shipTo, contact, payment };
}

/**
 * Asks whether the order may go on, and waits for a person where the answer is neither yes nor no.
 * @throws FRAUD_REFUSED as a refusal
 */
export async function screen(order: OrderRun, toScreen: OrderToScreen): Promise<void> {
  order.announce('Screening');
  const { currency, totalMinor } = order.input;
  const { customerId, lines, shipTo, contact, payment } = toScreen;
  const input = {
    ...order.reference(),
    customerId,
    total: { amountMinor: totalMinor, currency },
    unitCount: lines.reduce((sum, { quantity }) => sum + quantity, 0),
    paymentToken: payment.token,
    shipTo,
    email: contact.email,
  };
  const screened = await order.steps.run((activities) => activities.screenOrder(input), {
    summary: 'Screen for fraud',
    attention: 'SCREENING_UNRESOLVED',
    quickly: true,
  });
  if (screened.outcome !== 'pass') {
    // What was recorded first is what every attempt is told, also one whose workflow task was lost: none has come further.
    expectNoHold(order);
    if (screened.outcome === 'refuse' || (await review(order, screened, toScreen)) === 'reject')
      throw refused();
    expectHold(order);
  }
  order.review.close();
}

/** Holds the order until somebody has decided, or the time is up and the default holds. */
async function review(
  order: OrderRun,
  screened: ScreenOrderResult,
  { reviewDefault }: ScreeningTerms,
): Promise<'approve' | 'reject'> {
  order.stands(screened);
  // It was decided before an operator has reset the workflow to an earlier point.
  if (screened.decision !== null) return screened.decision;
  order.decide('in_review');
  order.announce('Under review');
  const withinMs = order.input.deadlines.reviewWithinMs ?? DEFAULT_DEADLINES.reviewWithinMs;
  const request = await order.review.untilDecided(withinMs);
  const decision = request?.decision ?? reviewDefault;
  const ends = {
    ...order.reference(request?.requestId),
    state: request === null ? 'expired' : decision === 'approve' ? 'approved' : 'rejected',
    decision,
    decidedBy: request?.actor ?? 'workflow',
    reason: request?.reason ?? 'Nobody decided in time.',
  } as const;
  // What a person has decided is written down, although a cancellation comes at the same moment.
  await CancellationScope.nonCancellable(async () => {
    const options = { summary: `The review ends: ${decision}`, attention: 'RECORD_UNRESOLVED' } as const;
    order.stands(await order.steps.run((activities) => activities.recordReviewEnd(ends), options));
  });
  order.review.answer(decision);
  return decision;
}

/** The customer is told nothing of why: who means harm would learn what to do otherwise. */
function refused(): ApplicationFailure {
  const rejection: Rejection = { code: 'FRAUD_REFUSED', message: 'The order cannot be accepted' };
  return ApplicationFailure.create({
    type: 'FRAUD_REFUSED',
    message: rejection.message,
    nonRetryable: true,
    details: [rejection],
  });
}
