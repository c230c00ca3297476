/** What screening is set to; the configuration has a variable for each. */

/** Who gives a score from 0, surely good, to 1, surely fraud. */
export const SCORERS = ['rules', 'model', 'external'] as const;
export type Scorer = (typeof SCORERS)[number];

/** What a rule counts rises from nothing at half of its limit to a full signal at the limit. */
export interface RuleLimits {
  /** Orders of one customer within an hour. */
  readonly customerOrdersPerHour: number;
  /** Orders with one card within a day. */
  readonly cardOrdersPerDay: number;
  /** Orders to one address within a day. */
  readonly addressOrdersPerDay: number;
  /** Sum of one customer's orders within a day, minor units of whatever currency. */
  readonly customerAmountPerDayMinor: number;
  /** How often an amount is the mean of the customer's orders before. */
  readonly amountTimesMean: number;
}

export interface FraudSettings {
  /** How much each scorer counts, relative to the others. */
  readonly weights: Readonly<Record<Scorer, number>>;
  /** From this score on a person decides. */
  readonly reviewAt: number;
  /** From this score on the order is refused. */
  readonly refuseAt: number;
  readonly limits: RuleLimits;
}

/** @default of the configuration */
export const DEFAULT_FRAUD_SETTINGS: FraudSettings = {
  weights: { rules: 0.3, model: 0.5, external: 0.2 },
  reviewAt: 0.6,
  refuseAt: 0.8,
  limits: {
    customerOrdersPerHour: 10,
    cardOrdersPerDay: 20,
    addressOrdersPerDay: 20,
    customerAmountPerDayMinor: 1_000_000,
    amountTimesMean: 10,
  },
};
