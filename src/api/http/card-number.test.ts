import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { containsCardNumber } from './card-number.ts';

describe('containsCardNumber', () => {
  it.each([
    ['sixteen digits', '4242424242424242'],
    ['fifteen digits', '378282246310005'],
    ['thirteen digits', '4222222222222'],
    ['nineteen digits', '6304000000000000000'],
    ['groups with spaces', '4242 4242 4242 4242'],
    ['groups with dashes', '5555-5555-5555-4444'],
    ['a number within a sentence', 'please use 4111111111111111, thanks'],
    ['a number with letters around it', 'cus_4111111111111111x'],
    ['a number followed by its security code', '4242 4242 4242 4242 123'],
    ['a number after other digits', '12 4242424242424242'],
  ])('finds %s', (_name, text) => {
    expect(containsCardNumber(text)).toBe(true);
  });

  it.each([
    ['a number whose check digit is wrong', '4242424242424241'],
    ['twelve digits', '424242424242'],
    ['more digits than any card has', '42424242424242424242'],
    ['digits that other things stand between', '4242.4242.4242.4242'],
    ['a telephone number', '+44 20 7946 0958'],
    ['a UUID whose digits would pass', '7cc3986e-014e-4ea4-8420-98024962cb54'],
    ['a UUID of digits', '55555555-5555-4444-8555-555555554444'],
    ['zeros', '0000000000000000'],
    ['words', 'WHITE HANGING HEART T-LIGHT HOLDER'],
    ['nothing', ''],
  ])('leaves %s alone', (_name, text) => {
    expect(containsCardNumber(text)).toBe(false);
  });

  it('finds every number of the right length that ends in its check digit, however it is grouped', () => {
    const digits = fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 18 })
      .filter((list) => list.some((digit) => digit !== 0));
    fc.assert(
      fc.property(
        digits,
        fc.constantFrom('', ' ', '-'),
        fc.integer({ min: 1, max: 6 }),
        (body, separator, size) => {
          const card = [...body, checkDigit(body)].join('');
          const grouped = card.match(new RegExp(`.{1,${size}}`, 'g'))?.join(separator) ?? '';
          expect(containsCardNumber(grouped)).toBe(true);
        },
      ),
    );
  });
});

describe('a UUID', () => {
  it('is never taken for a card number', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(containsCardNumber(uuid)).toBe(false);
        expect(containsCardNumber(`tok_${uuid}`)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** The digit that makes the Luhn sum a multiple of ten, computed the other way round than in the code under test. */
function checkDigit(body: readonly number[]): number {
  let sum = 0;
  for (const [fromRight, digit] of body.toReversed().entries()) {
    const weighted = fromRight % 2 === 0 ? digit * 2 : digit;
    sum += Math.floor(weighted / 10) + (weighted % 10);
  }
  return (10 - (sum % 10)) % 10;
}
