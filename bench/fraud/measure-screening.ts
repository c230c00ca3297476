/** What screening would have done to orders of which the truth is known, in counts and in money. */
import { assessFraud, outcomeOf, type FraudOutcome } from '../../src/domain/fraud/assess-fraud.ts';
import type { FraudModel } from '../../src/domain/fraud/fraud-model.ts';
import type { FraudSettings } from '../../src/domain/fraud/fraud-settings.ts';
import type { LabelledOrder } from './synthetic-orders.ts';

/** What a mistake costs; a shop puts its own here. Minor units. */
export const COSTS = {
  /** Of the goods that a thief gets, on top of which the bank asks for this. */
  chargebackFeeMinor: 2_000,
  /** Of a good order that is refused its margin is lost, this part of its amount. */
  margin: 0.3,
  /** The time of whoever looks at an order. */
  reviewMinor: 400,
} as const;

export interface ScoredOrder {
  readonly score: number;
  readonly isFraud: boolean;
  readonly amountMinor: number;
}

export function scoreOrders(
  orders: readonly LabelledOrder[],
  model: FraudModel,
  settings: FraudSettings,
): readonly ScoredOrder[] {
  return orders.map(({ order, earlier, isFraud }) => ({
    score: assessFraud({ order, earlier, external: 'not_configured', model, settings }).score,
    isFraud,
    amountMinor: order.total.amountMinor,
  }));
}

export type Thresholds = Pick<FraudSettings, 'reviewAt' | 'refuseAt'>;

export interface Measured {
  readonly counts: Readonly<Record<FraudOutcome, { readonly good: number; readonly fraud: number }>>;
  /** Of the orders that did not pass, how many were fraud; null when all passed. */
  readonly precision: number | null;
  /** Of the fraud, how much did not pass. */
  readonly recall: number;
  /** Of the refused ones alone. */
  readonly refusalPrecision: number | null;
  /** Lost to fraud, to refused good orders and to the time of reviewers, who are taken to decide rightly. */
  readonly costMinor: number;
}

export function measureScreening(orders: readonly ScoredOrder[], thresholds: Thresholds): Measured {
  const counts = {
    pass: { good: 0, fraud: 0 },
    review: { good: 0, fraud: 0 },
    refuse: { good: 0, fraud: 0 },
  };
  let costMinor = 0;
  for (const { score, isFraud, amountMinor } of orders) {
    const outcome = outcomeOf(score, thresholds);
    counts[outcome][isFraud ? 'fraud' : 'good'] += 1;
    if (outcome === 'review') costMinor += COSTS.reviewMinor;
    if (outcome === 'pass' && isFraud) costMinor += amountMinor + COSTS.chargebackFeeMinor;
    if (outcome === 'refuse' && !isFraud) costMinor += Math.round(amountMinor * COSTS.margin);
  }
  const { pass, review, refuse } = counts;
  const stopped = { good: review.good + refuse.good, fraud: review.fraud + refuse.fraud };
  return {
    counts,
    precision: partOf(stopped.fraud, stopped.fraud + stopped.good),
    recall: partOf(stopped.fraud, stopped.fraud + pass.fraud) ?? 0,
    refusalPrecision: partOf(refuse.fraud, refuse.fraud + refuse.good),
    costMinor,
  };
}

function partOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
