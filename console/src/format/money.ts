import type { Money } from '../../../src/domain/money.ts';

/** `Intl` reads a decimal string digit by digit, so no amount passes through a float. */
function isDecimal(text: string): text is `${number}` {
  return /^-?\d+e-\d+$/.test(text);
}

function formatOf(currency: string): Intl.NumberFormat {
  return new Intl.NumberFormat('en-GB', { style: 'currency', currency });
}

function decimalsOf(currency: string): number {
  return formatOf(currency).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Money as people read it, with as many decimals as its currency has: £11.10, ¥1,110. */
export function moneyText({ amountMinor, currency }: Money): string {
  const decimal = `${amountMinor}e-${decimalsOf(currency)}`;
  return isDecimal(decimal) ? formatOf(currency).format(decimal) : `${amountMinor} ${currency}`;
}

/** An amount as a person types it back in: 11.10. */
export function amountText({ amountMinor, currency }: Money): string {
  const decimals = decimalsOf(currency);
  const digits = String(Math.abs(amountMinor)).padStart(decimals + 1, '0');
  const sign = amountMinor < 0 ? '-' : '';
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/**
 * Minor units of what a person has typed: `11.1`, `11.10`, `1,234.50`, `£5`.
 * @returns null when it is no amount of the currency, for example with a third decimal of pounds
 */
export function parseAmount(text: string, currency: string): number | null {
  const decimals = decimalsOf(currency);
  const [, whole, fraction = ''] =
    /^(\d{1,12})(?:\.(\d*))?$/.exec(text.replaceAll(/[\s,\p{Sc}]/gu, '')) ?? [];
  if (whole === undefined || fraction.length > decimals) return null;
  return Number(whole + fraction.padEnd(decimals, '0'));
}
