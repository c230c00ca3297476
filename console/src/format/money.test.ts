import { describe, expect, it } from '@jest/globals';
import { amountText, moneyText, parseAmount } from './money.ts';

describe('money', () => {
  it.each([
    [{ amountMinor: 1110, currency: 'GBP' }, '£11.10', '11.10'],
    [{ amountMinor: 5, currency: 'GBP' }, '£0.05', '0.05'],
    [{ amountMinor: -250, currency: 'GBP' }, '-£2.50', '-2.50'],
    [{ amountMinor: 1110, currency: 'JPY' }, 'JP¥1,110', '1110'],
    [{ amountMinor: 9007199254740991, currency: 'GBP' }, '£90,071,992,547,409.91', '90071992547409.91'],
  ])('%j is shown as %s and typed as %s', (money, shown, typed) => {
    expect(moneyText(money)).toBe(shown);
    expect(amountText(money)).toBe(typed);
  });

  it.each([
    ['11.1', 'GBP', 1110],
    ['£1,234.50', 'GBP', 123450],
    [' 7 ', 'GBP', 700],
    ['0.07', 'GBP', 7],
    ['1110', 'JPY', 1110],
    ['1.111', 'GBP', null],
    ['1.5', 'JPY', null],
    ['', 'GBP', null],
    ['-5', 'GBP', null],
    ['a lot', 'GBP', null],
  ])('"%s" %s is typed for %s', (text, currency, amountMinor) => {
    expect(parseAmount(text, currency)).toBe(amountMinor);
  });
});
