import { describe, expect, it } from '@jest/globals';
import { deriveId } from './derived-id.ts';
import { orderId } from './fields.ts';

describe('deriveId', () => {
  it('gives the same id to the same principal and key', () => {
    expect(deriveId('ord', 'key:a', 'k1')).toBe(deriveId('ord', 'key:a', 'k1'));
  });

  it('gives another id for another key, another principal and another prefix', () => {
    const ids = [
      deriveId('ord', 'key:a', 'k1'),
      deriveId('ord', 'key:a', 'k2'),
      deriveId('ord', 'key:b', 'k1'),
      deriveId('ref', 'key:a', 'k1'),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  it('is base32 of the digest: the first five bits of SHA-256 are the first character', () => {
    // SHA-256("a\nb") = 7e 18 f7 37 31 1b … = 01111 11000 01100 01111 01110 …
    expect(deriveId('ord', 'a', 'b')).toMatch(/^ord_frcfe/);
  });

  it('has the form of an order id', () => {
    for (let index = 0; index < 200; index += 1)
      expect(orderId.safeParse(deriveId('ord', 'key:a', `k${index}`)).success).toBe(true);
  });
});
