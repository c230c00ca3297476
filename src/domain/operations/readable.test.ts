import { describe, expect, test } from '@jest/globals';
import { asSentence, readCount, readMoney, readTime, readTimes } from './readable.ts';

test.each([
  [4990, 'GBP', '49.90 GBP'],
  [5, 'GBP', '0.05 GBP'],
  [-250, 'EUR', '-2.50 EUR'],
  [1110, 'JPY', '1110 JPY'],
  [1234, 'KWD', '1.234 KWD'],
  [Number.MAX_SAFE_INTEGER, 'GBP', '90071992547409.91 GBP'],
])('%d minor units of %s read %s', (amountMinor, currency, text) => {
  expect(readMoney({ amountMinor, currency })).toBe(text);
});

test.each([
  ['2026-11-20T10:32:59.999Z', '10:32'],
  ['2026-11-27T10:32:00.000Z', '27 Nov 10:32'],
  ['2025-01-02T00:00:00.000Z', '2 Jan 2025 00:00'],
  ['2026-11-21T00:30:00.000+02:00', '22:30'],
])('%s reads %s on 20 November 2026', (at, text) => {
  expect(readTime(at, '2026-11-20T23:59:00.000Z')).toBe(text);
});

describe('numbers and sentences', () => {
  test('are read with the right ending', () => {
    expect([readTimes(1), readTimes(2)]).toEqual(['once', '2 times']);
    expect([readCount(1, 'parcel'), readCount(0, 'parcel')]).toEqual(['1 parcel', '0 parcels']);
    expect([asSentence('it is'), asSentence('It is?')]).toEqual(['It is.', 'It is?']);
  });
});
