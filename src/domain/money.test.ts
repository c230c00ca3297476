import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { addMinor, multiplyMinor } from './money.ts';

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
