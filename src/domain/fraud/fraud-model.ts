/**
 * A logistic regression over what is known of an order. Its weights are learned by `npm run train:fraud` and kept in
 * fraud-model.json; this file says what they are applied to, in training and in service alike.
 */
import { isDisposableMailDomain } from './disposable-mail.ts';
import { otherCountries, timesMean, type EarlierOrders, type ScreenedOrder } from './fraud-facts.ts';

/** What the model sees, with what each feature says to a person. */
export const FEATURES = {
  CUSTOMER_ORDERS: 'how often the customer ordered within an hour',
  CARD_ORDERS: 'how often the card was used within a day',
  CARD_OTHER_CUSTOMERS: 'how many other customers used the card within a day',
  ADDRESS_ORDERS: 'how often goods were sent to the address within a day',
  ADDRESS_OTHER_CUSTOMERS: 'how many other customers had goods sent there within a day',
  AMOUNT: 'the amount of the order',
  AMOUNT_TIMES_MEAN: "the amount against the customer's earlier ones",
  FIRST_ORDER: 'whether the customer has ordered before',
  COUNTRY_MISMATCH: 'whether the goods go to another country than before',
  DISPOSABLE_MAIL: 'whether the mail address is a disposable one',
  UNITS: 'how many units are ordered',
} as const satisfies Record<string, string>;
export type Feature = keyof typeof FEATURES;
export const FEATURE_NAMES = Object.keys(FEATURES) as readonly Feature[];

export interface FraudModel {
  /** Told with every assessment, so that it is known which model has spoken. */
  readonly version: string;
  readonly bias: number;
  /** A value is taken as so many deviations from the mean of the training, and counts with the weight. */
  readonly features: Readonly<
    Record<Feature, { readonly mean: number; readonly deviation: number; readonly weight: number }>
  >;
}

/** The numbers that the model is applied to. Counts and amounts as logarithms, because the tenth tells less than the second. */
export function featuresOf(order: ScreenedOrder, earlier: EarlierOrders): Readonly<Record<Feature, number>> {
  const { customer, card, address } = earlier;
  return {
    CUSTOMER_ORDERS: Math.log1p(customer.lastHour),
    CARD_ORDERS: Math.log1p(card.lastDay),
    CARD_OTHER_CUSTOMERS: Math.log1p(card.otherCustomers),
    ADDRESS_ORDERS: Math.log1p(address.lastDay),
    ADDRESS_OTHER_CUSTOMERS: Math.log1p(address.otherCustomers),
    AMOUNT: Math.log1p(order.total.amountMinor),
    AMOUNT_TIMES_MEAN: Math.max(0, Math.log(timesMean(order, earlier) ?? 1)),
    FIRST_ORDER: customer.accepted === 0 ? 1 : 0,
    COUNTRY_MISMATCH: otherCountries(order, earlier).length > 0 ? 1 : 0,
    DISPOSABLE_MAIL: isDisposableMailDomain(order.mailDomain) ? 1 : 0,
    UNITS: Math.log1p(order.unitCount),
  };
}

/** What one feature adds to the score or takes from it. */
export interface Contribution {
  readonly feature: Feature;
  /** As it went into the model, rounded for people. */
  readonly value: number;
  readonly weight: number;
  readonly share: number;
}

export interface Prediction {
  readonly score: number;
  /** The score of an order that is in everything the mean of the training. */
  readonly baseline: number;
  /** With the baseline they add up to the score. */
  readonly contributions: readonly Contribution[];
}

/**
 * What lies between the score and the baseline is shared out by how far each feature pushes, so that the shares add up
 * although the curve is none.
 */
export function predict(model: FraudModel, values: Readonly<Record<Feature, number>>): Prediction {
  const pushes = FEATURE_NAMES.map((feature) => {
    const { mean, deviation, weight } = model.features[feature];
    return { feature, weight, push: (weight * (values[feature] - mean)) / deviation };
  });
  const push = pushes.reduce((sum, one) => sum + one.push, 0);
  const baseline = logistic(model.bias);
  const score = logistic(model.bias + push);
  const scale = push === 0 ? 0 : (score - baseline) / push;
  return {
    score,
    baseline,
    contributions: pushes.map(({ feature, weight, push: own }) => ({
      feature,
      value: Math.round(values[feature] * 1_000) / 1_000,
      weight,
      share: own * scale,
    })),
  };
}

export function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
