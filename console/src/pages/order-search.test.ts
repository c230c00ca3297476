import { expect, it } from '@jest/globals';
import { meaningOf } from './order-search.ts';

const ORDER_ID = `ord_${'0'.repeat(26)}`;

it.each([
  ['  ', null],
  [` ${ORDER_ID} `, { kind: 'order', orderId: ORDER_ID }],
  ['Ada@Example.com', { kind: 'email', email: 'Ada@Example.com' }],
  ['£12', { kind: 'amount', amountMinor: 1200 }],
  ['1,012.50', { kind: 'amount', amountMinor: 101250 }],
  ['17850', { kind: 'word', word: '17850' }],
  ['cus_17850', { kind: 'word', word: 'cus_17850' }],
  ['TRK-1.5', { kind: 'word', word: 'TRK-1.5' }],
])('"%s" is looked for as %j', (text, meaning) => {
  expect(meaningOf(text)).toEqual(meaning);
});
