/** The page that a training leaves: how screening does on orders that the model has not learned from. */
import { DEFAULT_FRAUD_SETTINGS } from '../../src/domain/fraud/fraud-settings.ts';
import { outcomeOf } from '../../src/domain/fraud/assess-fraud.ts';
import { FEATURE_NAMES, FEATURES, type FraudModel } from '../../src/domain/fraud/fraud-model.ts';
import type { ReportSection } from '../../tests/chaos/support/report.ts';
import {
  COSTS,
  measureScreening,
  type Measured,
  type ScoredOrder,
  type Thresholds,
} from './measure-screening.ts';
import { FRAUD_KINDS, FRAUD_PERCENT, GOOD_KINDS, type LabelledOrder } from './synthetic-orders.ts';

const TRIED: readonly Thresholds[] = [
  { reviewAt: 0.3, refuseAt: 0.6 },
  { reviewAt: 0.4, refuseAt: 0.7 },
  { reviewAt: 0.5, refuseAt: 0.8 },
  { reviewAt: 0.6, refuseAt: 0.8 },
  { reviewAt: 0.7, refuseAt: 0.9 },
];
/** Above every score. */
const NEVER: Thresholds = { reviewAt: 2, refuseAt: 2 };

export function summaryOf(scored: readonly ScoredOrder[], measured: Measured): string {
  const { reviewAt, refuseAt } = DEFAULT_FRAUD_SETTINGS;
  return (
    `Of ${scored.length} made-up orders that the model has not learned from, ${FRAUD_PERCENT} in 100 of them fraud, screening with ` +
    `rules and model alone stops ${percent(measured.recall)} of the fraud at the thresholds ${reviewAt} (review) and ` +
    `${refuseAt} (refusal); ${percent(measured.precision)} of what it stops is fraud. No external score took part. **These orders ` +
    'were made up by this project.** The figures say that the parts work together and what a threshold does; they do not say how ' +
    "much of a real shop's fraud would be found. For that, train and measure on that shop's own disputes."
  );
}

export function reportSections(training: {
  readonly model: FraudModel;
  readonly heldOut: readonly LabelledOrder[];
  readonly scored: readonly ScoredOrder[];
}): readonly ReportSection[] {
  const { model, heldOut, scored } = training;
  return [
    {
      heading: 'At the thresholds of the service, and at others',
      text:
        `Cost: what fraud that passes takes, with ${pounds(COSTS.chargebackFeeMinor)} that the bank asks for each; ` +
        `${percent(COSTS.margin)} of each good order that is refused; ${pounds(COSTS.reviewMinor)} for each review. Reviewers are ` +
        'taken to decide rightly. Each count is good orders / fraud.',
      table: {
        columns: [
          'Review at',
          'Refuse at',
          'Passed',
          'Reviewed',
          'Refused',
          'Precision',
          'Of refusals',
          'Recall',
          'Cost',
        ],
        rows: [...TRIED.map((thresholds) => row(scored, thresholds)), row(scored, NEVER)],
      },
    },
    {
      heading: 'By kind of order',
      text: 'Of each kind of made-up order, what became of it at the thresholds of the service.',
      table: {
        columns: ['Kind', 'Fraud', 'Orders', 'Passed', 'Reviewed', 'Refused'],
        rows: byKind(heldOut, scored),
      },
    },
    {
      heading: 'What the model has learned',
      text: `Bias ${model.bias}. A weight is for one deviation from the mean; the greater it is, the more it speaks against an order.`,
      table: {
        columns: ['Feature', 'Looks at', 'Mean', 'Deviation', 'Weight'],
        rows: FEATURE_NAMES.map((name) => {
          const { mean, deviation, weight } = model.features[name];
          return [name, FEATURES[name], mean, deviation, weight];
        }),
      },
    },
  ];
}

function row(scored: readonly ScoredOrder[], thresholds: Thresholds): readonly string[] {
  const measured = measureScreening(scored, thresholds);
  const { pass, review, refuse } = measured.counts;
  const [reviewAt, refuseAt] =
    thresholds === NEVER ? ['no screening', '–'] : [`${thresholds.reviewAt}`, `${thresholds.refuseAt}`];
  return [
    reviewAt,
    refuseAt,
    ...[pass, review, refuse].map(({ good, fraud }) => `${good} / ${fraud}`),
    percent(measured.precision),
    percent(measured.refusalPrecision),
    percent(measured.recall),
    pounds(measured.costMinor),
  ];
}

function byKind(
  heldOut: readonly LabelledOrder[],
  scored: readonly ScoredOrder[],
): (readonly (string | number)[])[] {
  const outcomes = heldOut.map(({ kind }, index) => ({
    kind,
    outcome: outcomeOf(scored[index]?.score ?? 0, DEFAULT_FRAUD_SETTINGS),
  }));
  return [GOOD_KINDS, FRAUD_KINDS].flatMap((kinds, isFraud) =>
    kinds.map(({ name }) => {
      const own = outcomes.filter(({ kind }) => kind === name);
      const count = (wanted: string): number => own.filter(({ outcome }) => outcome === wanted).length;
      return [
        name,
        isFraud === 1 ? 'yes' : 'no',
        own.length,
        count('pass'),
        count('review'),
        count('refuse'),
      ];
    }),
  );
}

function percent(part: number | null): string {
  return part === null ? '–' : `${(100 * part).toFixed(1)} %`;
}

function pounds(minor: number): string {
  return `£${(minor / 100).toFixed(2)}`;
}
