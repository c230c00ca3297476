import type { Money } from '../../domain/money.ts';

/** `Intl` reads a decimal string digit by digit, so no amount passes through a float. */
function isDecimal(text: string): text is `${number}` {
  return /^-?\d+e-\d+$/.test(text);
}

/** Money as people read it, with as many decimals as its currency has: £11.10, ¥1,110. */
export function moneyText({ amountMinor, currency }: Money): string {
  const format = new Intl.NumberFormat('en-GB', { style: 'currency', currency });
  const decimal = `${amountMinor}e-${format.resolvedOptions().maximumFractionDigits ?? 2}`;
  return isDecimal(decimal) ? format.format(decimal) : `${amountMinor} ${currency}`;
}
