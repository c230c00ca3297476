import { expect, test } from '@jest/globals';
import { moneyText } from './money-text.ts';

test.each([
  [1110, 'GBP', '£11.10'],
  [5, 'GBP', '£0.05'],
  [-250, 'EUR', '-€2.50'],
  [1110, 'JPY', 'JP¥1,110'],
  [1234, 'KWD', 'KWD\u00a01.234'],
  [Number.MAX_SAFE_INTEGER, 'GBP', '£90,071,992,547,409.91'],
])('%d minor units of %s read %s', (amountMinor, currency, text) => {
  expect(moneyText({ amountMinor, currency })).toBe(text);
});
