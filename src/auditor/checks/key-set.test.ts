import { describe, expect, test } from '@jest/globals';
import { KeySet } from './key-set.ts';

describe('a set of keys', () => {
  test('has what was added and nothing else, beyond every size that it grows to', () => {
    const keys = new KeySet();
    const numbers = Array.from({ length: 50_000 }, (_, number) => number);
    const keyOf = (number: number): string => `ord_${number}:capture:1`;
    expect(numbers.filter((number) => keys.add(keyOf(number)))).toEqual([]);
    expect(numbers.filter((number) => !keys.has(keyOf(number)))).toEqual([]);
    expect(numbers.filter((number) => keys.has(keyOf(-1 - number)))).toEqual([]);
  });

  test('says of a key that it was there already', () => {
    const keys = new KeySet();
    expect([keys.add('a'), keys.add('b'), keys.add('a'), keys.add('')]).toEqual([false, false, true, false]);
  });
});
