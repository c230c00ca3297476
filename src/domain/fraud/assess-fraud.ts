/** Puts the scores together, and explains the whole: every signal with its share, and the shares add up to the score. */
import { featuresOf, FEATURES, predict, type FraudModel } from './fraud-model.ts';
import type { EarlierOrders, ScreenedOrder } from './fraud-facts.ts';
import { ruleSignals } from './fraud-rules.ts';
import type { FraudSettings, Scorer } from './fraud-settings.ts';

export const FRAUD_OUTCOMES = ['pass', 'review', 'refuse'] as const;
export type FraudOutcome = (typeof FRAUD_OUTCOMES)[number];

/** One reason for a score. */
export interface FraudSignal {
  readonly code: string;
  /** What was seen; of a rule 0 to 1. */
  readonly value: number;
  /** What it counts within its scorer. */
  readonly weight: number;
  /** Its part of the order's score; below 0 when it speaks for the order. */
  readonly share: number;
  readonly sentence: string;
}

/** What one scorer says. */
export interface FraudScore {
  readonly scorer: Scorer;
  /** 0 to 1, by itself. */
  readonly score: number;
  /** What it counts in this assessment; those of all that answered add up to 1. */
  readonly weight: number;
  readonly signals: readonly FraudSignal[];
}

export interface FraudAssessment {
  readonly score: number;
  readonly outcome: FraudOutcome;
  /** The model that took part. */
  readonly modelVersion: string;
  readonly parts: readonly FraudScore[];
  /** Scorers that should have taken part and did not answer. */
  readonly degraded: readonly Scorer[];
}

/** What the external scorer said; `not_configured` is no failure. */
export type ExternalScore = number | 'not_answered' | 'not_configured';

/** Scores are sums of fractions, and one that is a threshold must not miss it by the last bit. */
const EPSILON = 1e-9;

/** Screens one order. Pure: the same facts give the same assessment. */
export function assessFraud(input: {
  readonly order: ScreenedOrder;
  readonly earlier: EarlierOrders;
  readonly external: ExternalScore;
  readonly model: FraudModel;
  readonly settings: FraudSettings;
}): FraudAssessment {
  const { order, earlier, external, model, settings } = input;
  const unweighted = [
    scoreByRules(order, earlier, settings),
    scoreByModel(order, earlier, model),
    ...(typeof external === 'number' ? [scoreFromOutside(external)] : []),
  ];
  const parts = weigh(unweighted, settings);
  const score = clamp(parts.reduce((sum, part) => sum + part.weight * part.score, 0));
  return {
    score,
    outcome: outcomeOf(score, settings),
    modelVersion: model.version,
    parts,
    degraded: external === 'not_answered' ? ['external'] : [],
  };
}

export function outcomeOf(
  score: number,
  { reviewAt, refuseAt }: Pick<FraudSettings, 'reviewAt' | 'refuseAt'>,
): FraudOutcome {
  if (score + EPSILON >= refuseAt) return 'refuse';
  return score + EPSILON >= reviewAt ? 'review' : 'pass';
}

type Unweighted = Omit<FraudScore, 'weight'>;

/** Weights of those that answered are scaled up to 1. Where they are set to count nothing there is nothing against an order. */
function weigh(scores: readonly Unweighted[], { weights }: FraudSettings): readonly FraudScore[] {
  const total = scores.reduce((sum, { scorer }) => sum + weights[scorer], 0);
  return scores.map((part) => {
    const weight = total > 0 ? weights[part.scorer] / total : 0;
    const signals = part.signals.map((signal) => ({ ...signal, share: signal.share * weight }));
    return { ...part, weight, signals };
  });
}

/** The sum of the rules, and no more than 1: what is above is taken from each by its part. */
function scoreByRules(order: ScreenedOrder, earlier: EarlierOrders, { limits }: FraudSettings): Unweighted {
  const found = ruleSignals(order, earlier, limits);
  const sum = found.reduce((all, { value, weight }) => all + value * weight, 0);
  const scale = sum > 1 ? 1 / sum : 1;
  return {
    scorer: 'rules',
    score: Math.min(1, sum),
    signals: found.map((signal) => ({ ...signal, share: signal.value * signal.weight * scale })),
  };
}

function scoreByModel(order: ScreenedOrder, earlier: EarlierOrders, model: FraudModel): Unweighted {
  const { score, baseline, contributions } = predict(model, featuresOf(order, earlier));
  return {
    scorer: 'model',
    score,
    signals: [
      {
        code: 'BASELINE',
        value: baseline,
        weight: 1,
        share: baseline,
        sentence: 'An order that is usual in everything has this much.',
      },
      ...contributions.map(({ feature, value, weight, share }) => ({
        code: feature,
        value,
        weight,
        share,
        sentence: `The model looks at ${FEATURES[feature]}: this speaks ${share > 0 ? 'against' : 'for'} the order.`,
      })),
    ],
  };
}

function scoreFromOutside(score: number): Unweighted {
  const sentence = `The external scorer gives ${score.toFixed(2)}.`;
  return {
    scorer: 'external',
    score,
    signals: [{ code: 'EXTERNAL_SCORE', value: score, weight: 1, share: score, sentence }],
  };
}

/** Sums of fractions can leave the range by the last bit. */
function clamp(score: number): number {
  return Math.min(1, Math.max(0, score));
}
