/**
 * Where an order of the data set goes. The data set knows a customer's country and no more, so the rest is made up, the same
 * on every run.
 */
import type { ShippingAddress } from '../../domain/orders/order.ts';
import type { RetailInvoice } from './group-invoices.ts';

/** What the data set calls a country: its ISO 3166-1 alpha-2 code and a city. */
const COUNTRIES: ReadonlyMap<string, readonly [code: string, city: string]> = new Map([
  ['Australia', ['AU', 'Sydney']],
  ['Austria', ['AT', 'Vienna']],
  ['Bahrain', ['BH', 'Manama']],
  ['Belgium', ['BE', 'Brussels']],
  ['Brazil', ['BR', 'Brasilia']],
  ['Canada', ['CA', 'Ottawa']],
  ['Channel Islands', ['JE', 'Saint Helier']],
  ['Cyprus', ['CY', 'Nicosia']],
  ['Czech Republic', ['CZ', 'Prague']],
  ['Denmark', ['DK', 'Copenhagen']],
  ['EIRE', ['IE', 'Dublin']],
  ['Finland', ['FI', 'Helsinki']],
  ['France', ['FR', 'Paris']],
  ['Germany', ['DE', 'Berlin']],
  ['Greece', ['GR', 'Athens']],
  ['Hong Kong', ['HK', 'Hong Kong']],
  ['Iceland', ['IS', 'Reykjavik']],
  ['Israel', ['IL', 'Jerusalem']],
  ['Italy', ['IT', 'Rome']],
  ['Japan', ['JP', 'Tokyo']],
  ['Lebanon', ['LB', 'Beirut']],
  ['Lithuania', ['LT', 'Vilnius']],
  ['Malta', ['MT', 'Valletta']],
  ['Netherlands', ['NL', 'Amsterdam']],
  ['Norway', ['NO', 'Oslo']],
  ['Poland', ['PL', 'Warsaw']],
  ['Portugal', ['PT', 'Lisbon']],
  ['RSA', ['ZA', 'Pretoria']],
  ['Saudi Arabia', ['SA', 'Riyadh']],
  ['Singapore', ['SG', 'Singapore']],
  ['Spain', ['ES', 'Madrid']],
  ['Sweden', ['SE', 'Stockholm']],
  ['Switzerland', ['CH', 'Bern']],
  ['USA', ['US', 'Washington']],
  ['United Arab Emirates', ['AE', 'Abu Dhabi']],
  ['United Kingdom', ['GB', 'London']],
]);

/** For `Unspecified`, `European Community` and whatever else is no country: the shop's own. */
const UNKNOWN_COUNTRY = ['GB', 'n/a'] as const;

/** `cus_17850`, or `cus_guest_536414` for an invoice without a customer. */
export function customerIdOf(sale: RetailInvoice): string {
  return sale.customerNumber === null ? `cus_guest_${sale.invoice}` : `cus_${sale.customerNumber}`;
}

/** A made-up address in the customer's country. */
export function shippingAddressOf(sale: RetailInvoice): ShippingAddress {
  const [country, city] = COUNTRIES.get(sale.country) ?? UNKNOWN_COUNTRY;
  const customer = sale.customerNumber ?? `guest ${sale.invoice}`;
  return { name: `Retail customer ${customer}`, line1: '1 Example Street', city, postalCode: 'n/a', country };
}
