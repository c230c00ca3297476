/** Amounts, times and numbers as they stand in a sentence. Data has them as integers and RFC 3339. */
import type { Money } from '../money.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Decimals of a currency, which `Intl` knows; looked up once, because that takes longer than using it. */
const decimalsByCurrency = new Map<string, number>();

function decimalsOf(currency: string): number {
  let decimals = decimalsByCurrency.get(currency);
  if (decimals === undefined) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    decimals = format.resolvedOptions().maximumFractionDigits ?? 2;
    decimalsByCurrency.set(currency, decimals);
  }
  return decimals;
}

/** `49.90 GBP`, `1110 JPY`: digit by digit, so that no amount passes through a float. */
export function readMoney({ amountMinor, currency }: Money): string {
  const decimals = decimalsOf(currency);
  const digits = String(Math.abs(amountMinor)).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : `.${digits.slice(-decimals)}`;
  return `${amountMinor < 0 ? '-' : ''}${whole}${fraction} ${currency}`;
}

/**
 * A time in UTC, as short as it can be understood from `now`: `10:32` of the same day, `27 Nov 10:32` of the same year,
 * `27 Nov 2026 10:32` else. Both are RFC 3339.
 */
export function readTime(at: string, now: string): string {
  const time = new Date(at);
  const present = new Date(now);
  const clock = time.toISOString().slice(11, 16);
  if (time.toISOString().slice(0, 10) === present.toISOString().slice(0, 10)) return clock;
  const day = `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]}`;
  const isSameYear = time.getUTCFullYear() === present.getUTCFullYear();
  return `${day}${isSameYear ? '' : ` ${time.getUTCFullYear()}`} ${clock}`;
}

/** `once`, `7 times`. */
export function readTimes(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** `1 parcel`, `2 parcels`. */
export function readCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The first letter large, as a sentence begins. */
export function asSentence(text: string): string {
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
