/** What a person who knows the trade would look at first, each as a number with a sentence that says why. */
import { isDisposableMailDomain } from './disposable-mail.ts';
import { otherCountries, timesMean, type EarlierOrders, type ScreenedOrder } from './fraud-facts.ts';
import type { RuleLimits } from './fraud-settings.ts';

/** What one rule sees in an order. */
export interface RuleSignal {
  readonly code: RuleCode;
  /** 0, nothing to see, to 1. */
  readonly value: number;
  /** How much of the score of all rules it is when it is 1. */
  readonly weight: number;
  /** Built from the facts; names nobody. */
  readonly sentence: string;
}

/** Two full signals together make a full score of the rules, whichever they are but for the weakest ones. */
export const RULE_WEIGHTS = {
  CUSTOMER_VELOCITY: 0.5,
  CARD_VELOCITY: 0.5,
  CARD_SHARED: 0.6,
  ADDRESS_VELOCITY: 0.4,
  AMOUNT_VELOCITY: 0.5,
  COUNTRY_MISMATCH: 0.5,
  DISPOSABLE_MAIL: 0.6,
  AMOUNT_UNUSUAL: 0.5,
} as const satisfies Record<string, number>;
export type RuleCode = keyof typeof RULE_WEIGHTS;

/** So many other customers with one card within a day are a full signal. */
const OTHER_CUSTOMERS_LIMIT = 3;

/** Every rule, also those that see nothing, so that a reader sees what was looked at. */
export function ruleSignals(
  order: ScreenedOrder,
  earlier: EarlierOrders,
  limits: RuleLimits,
): readonly RuleSignal[] {
  return [...velocitySignals(order, earlier, limits), ...mismatchSignals(order, earlier, limits)];
}

function velocitySignals(
  order: ScreenedOrder,
  { customer, card, address }: EarlierOrders,
  limits: RuleLimits,
): readonly RuleSignal[] {
  const orders = customer.lastHour + 1;
  const withCard = card.lastDay + 1;
  const toAddress = address.lastDay + 1;
  const amountMinor = customer.amountLastDayMinor + order.total.amountMinor;
  const { currency } = order.total;
  return [
    signal(
      'CUSTOMER_VELOCITY',
      towards(orders, limits.customerOrdersPerHour),
      `It is order ${orders} of the customer within an hour.`,
    ),
    signal(
      'CARD_VELOCITY',
      towards(withCard, limits.cardOrdersPerDay),
      `It is order ${withCard} with this card within a day.`,
    ),
    signal(
      'CARD_SHARED',
      Math.min(1, card.otherCustomers / OTHER_CUSTOMERS_LIMIT),
      card.otherCustomers === 0
        ? 'Nobody else has used the card within a day.'
        : `Other customers have used the card within a day: ${card.otherCustomers}.`,
    ),
    signal(
      'ADDRESS_VELOCITY',
      towards(toAddress, limits.addressOrdersPerDay),
      `It is order ${toAddress} to this address within a day.`,
    ),
    signal(
      'AMOUNT_VELOCITY',
      towards(amountMinor, limits.customerAmountPerDayMinor),
      `The customer's orders within a day come to ${amountMinor} ${currency} (minor units).`,
    ),
  ];
}

function mismatchSignals(
  order: ScreenedOrder,
  earlier: EarlierOrders,
  limits: RuleLimits,
): readonly RuleSignal[] {
  const others = otherCountries(order, earlier);
  const isDisposable = isDisposableMailDomain(order.mailDomain);
  const times = timesMean(order, earlier);
  return [
    signal(
      'COUNTRY_MISMATCH',
      others.length > 0 ? 1 : 0,
      others.length > 0
        ? `The goods go to ${order.country}; earlier orders of the customer or with the card went to ${others.join(' and ')}.`
        : `No earlier order speaks against ${order.country}, where the goods go.`,
    ),
    signal(
      'DISPOSABLE_MAIL',
      isDisposable ? 1 : 0,
      isDisposable
        ? 'The mail address is one that anybody gets for minutes.'
        : 'The mail address is of no known disposable domain.',
    ),
    signal(
      'AMOUNT_UNUSUAL',
      times === null ? 0 : towards(times, limits.amountTimesMean),
      times === null
        ? 'The customer has not ordered often enough to say which amounts are usual.'
        : `The amount is ${times.toFixed(1)} times the mean of the customer's earlier orders.`,
    ),
  ];
}

function signal(code: RuleCode, value: number, sentence: string): RuleSignal {
  return { code, value, weight: RULE_WEIGHTS[code], sentence };
}

/** 0 up to half of the limit, 1 at the limit. */
export function towards(count: number, limit: number): number {
  const half = limit / 2;
  return Math.min(1, Math.max(0, (count - half) / half));
}
