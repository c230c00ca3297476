import type { Money } from '../../../domain/money.ts';

/** Made once for each currency, because making one takes longer than using it a hundred times. */
const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string): Intl.NumberFormat {
  let format = formats.get(currency);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-GB', { style: 'currency', currency });
    formats.set(currency, format);
  }
  return format;
}

/** The amount as a person reads it, for example `£11.10` or `JP¥1,110`, with the decimals that the currency has. */
export function formatMoney({ amountMinor, currency }: Money): string {
  const format = formatOf(currency);
  const decimals = format.resolvedOptions().maximumFractionDigits ?? 0;
  const digits = String(Math.abs(amountMinor)).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : `.${digits.slice(-decimals)}`;
  // As text, because a large amount is not exact as a floating point number. Digits and a point are a numeric literal.
  return format.format(`${amountMinor < 0 ? '-' : ''}${whole}${fraction}` as Intl.StringNumericLiteral);
}
