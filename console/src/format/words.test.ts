import { expect, it } from '@jest/globals';
import { countText, eventName, sentence, words } from './words.ts';

it('turns names of programs into words', () => {
  expect(words('partially_refunded')).toBe('partially refunded');
  expect(sentence('AUTHORIZATION_UNRESOLVED')).toBe('Authorization unresolved');
  expect(eventName('commerce.payment.refund_requested.v1')).toBe('Payment refund requested');
});

it('says of a count that ended at its limit that there may be more', () => {
  expect(countText(999)).toBe('999');
  expect(countText(1_000)).toBe('1,000+');
});
