/** What screening looks at. Nobody is named in it: what would say who a person is comes as counts only. */
import type { Money } from '../money.ts';

/** An order that is to be screened. */
export interface ScreenedOrder {
  readonly total: Money;
  readonly unitCount: number;
  /** Where the goods go, ISO 3166-1 alpha-2. */
  readonly country: string;
  /** What follows the last `@` of the customer's mail address, lower case. */
  readonly mailDomain: string;
}

/**
 * The newest orders that were screened before this one and share something with it, never more than
 * {@link MOST_ORDERS_LOOKED_AT} for each of the three, so that screening costs the same however much somebody orders.
 */
export interface EarlierOrders {
  readonly customer: {
    readonly lastHour: number;
    /** Sum over the last day in the currency of the order, minor units. */
    readonly amountLastDayMinor: number;
    /** How many were not refused by screening, over all time. */
    readonly accepted: number;
    /** Mean of the accepted ones in the currency of the order, minor units; null when there is none. */
    readonly meanMinor: number | null;
    /** Where most of the accepted ones went; null when there is none. */
    readonly country: string | null;
  };
  readonly card: {
    readonly lastDay: number;
    /** Other customers who paid with it within the last day. */
    readonly otherCustomers: number;
    /** Where most of the accepted ones went; null when there is none. */
    readonly country: string | null;
  };
  readonly address: {
    readonly lastDay: number;
    /** Other customers who had goods sent there within the last day. */
    readonly otherCustomers: number;
  };
}

/** A count never rises above it; limits of rules stay below. */
export const MOST_ORDERS_LOOKED_AT = 50;

/** Nobody has ordered before. */
export const NO_EARLIER_ORDERS: EarlierOrders = {
  customer: { lastHour: 0, amountLastDayMinor: 0, accepted: 0, meanMinor: null, country: null },
  card: { lastDay: 0, otherCustomers: 0, country: null },
  address: { lastDay: 0, otherCustomers: 0 },
};

/** So many earlier orders are needed before an amount is held against their mean, or a country against theirs. */
export const ENOUGH_HISTORY = 2;

/** How often the amount is the customer's own mean; null without enough history. */
export function timesMean(order: ScreenedOrder, { customer }: EarlierOrders): number | null {
  const { accepted, meanMinor } = customer;
  if (accepted < ENOUGH_HISTORY || meanMinor === null || meanMinor <= 0) return null;
  return order.total.amountMinor / meanMinor;
}

/** The countries of customer and card that are known and are not the one where the goods go. */
export function otherCountries(order: ScreenedOrder, { customer, card }: EarlierOrders): readonly string[] {
  const known = [customer.accepted >= ENOUGH_HISTORY ? customer.country : null, card.country];
  return [...new Set(known.filter((country) => country !== null && country !== order.country))] as string[];
}
