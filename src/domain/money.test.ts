import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { addMinor, multiplyMinor, splitMinor } from './money.ts';

const amount = fc.nat({ max: Number.MAX_SAFE_INTEGER });
/** At least one above zero, and a sum that a number holds exactly. */
const weights = fc
  .array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 50 })
  .filter((all) => all.some((weight) => weight > 0));

describe('splitting money', () => {
  test('gives parts that sum to the whole', () => {
    fc.assert(
      fc.property(amount, weights, (total, shares) => {
        const parts = splitMinor(total, shares);
        expect(parts).toHaveLength(shares.length);
        expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(total));
      }),
    );
  });

  test('gives each part its exact share or at most one minor unit more', () => {
    fc.assert(
      fc.property(amount, weights, (total, shares) => {
        const sum = BigInt(shares.reduce((all, share) => all + share, 0));
        splitMinor(total, shares).forEach((part, index) => {
          const exact = (BigInt(total) * BigInt(shares[index] ?? 0)) / sum;
          expect([exact, exact + 1n]).toContain(BigInt(part));
        });
      }),
    );
  });

  test('gives nothing to a weight of nothing', () => {
    fc.assert(
      fc.property(amount, weights, (total, shares) => {
        const parts = splitMinor(total, [...shares, 0]);
        expect(parts.at(-1)).toBe(0);
      }),
    );
  });

  test('gives the odd unit to the largest remainder, and to the first when they tie', () => {
    expect(splitMinor(100, [1, 1, 1])).toEqual([34, 33, 33]);
    expect(splitMinor(1, [1, 1])).toEqual([1, 0]);
    expect(splitMinor(100, [1, 2, 3])).toEqual([17, 33, 50]);
  });

  test('refuses what is no split', () => {
    for (const total of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => splitMinor(total, [1])).toThrow(RangeError);
    }
    for (const shares of [[], [0, 0], [-1, 2], [0.5], [Number.MAX_SAFE_INTEGER, 1]]) {
      expect(() => splitMinor(1, shares)).toThrow(RangeError);
    }
  });
});

describe('counting money', () => {
  test('adds and multiplies exactly or not at all', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (left, right) => {
        const sum = BigInt(left) + BigInt(right);
        const isSafe = sum >= BigInt(Number.MIN_SAFE_INTEGER) && sum <= BigInt(Number.MAX_SAFE_INTEGER);
        if (isSafe) expect(addMinor(left, right)).toBe(Number(sum));
        else expect(() => addMinor(left, right)).toThrow(RangeError);
      }),
    );
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (price, quantity) => {
        const product = BigInt(price) * BigInt(quantity);
        if (product <= BigInt(Number.MAX_SAFE_INTEGER)) {
          expect(multiplyMinor(price, quantity)).toBe(Number(product));
        } else expect(() => multiplyMinor(price, quantity)).toThrow(RangeError);
      }),
    );
  });

  test('adds nothing to nothing', () => {
    expect(addMinor()).toBe(0);
  });

  test('knows no fractions', () => {
    expect(() => addMinor(0.1, 0.2)).toThrow(RangeError);
    expect(() => multiplyMinor(0.5, 3)).toThrow(RangeError);
  });
});
