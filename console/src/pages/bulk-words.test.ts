import { describe, expect, it } from '@jest/globals';
import { bulkMoneyText, bulkTitle, commandsOf, conditionsText } from './bulk-words.ts';

describe('a bulk in words', () => {
  it('says what is done to how many', () => {
    expect(bulkTitle('cancel', 1)).toBe('Cancel 1 order');
    expect(bulkTitle('resend_notification', 1_200)).toBe('Resend a mail for 1,200 orders');
  });

  it('says whose money it is', () => {
    expect(bulkMoneyText({ kind: 'refund', amount: { amountMinor: 3000, currency: 'GBP' } })).toBe(
      '£30.00 back to customers',
    );
  });

  it('says which orders are meant', () => {
    expect(conditionsText(null)).toBe('orders named one by one');
    expect(conditionsText({ statuses: ['in_review', 'confirmed'], sku: 'LAMP' })).toBe(
      'status in review, confirmed · item LAMP',
    );
  });
});

describe('commandsOf', () => {
  it.each([
    ['running', ['pause', 'stop']],
    ['paused', ['resume', 'stop']],
    ['pending_approval', ['stop']],
    ['stopping', []],
    ['finished', []],
  ] as const)('one that is %s are %j', (state, commands) => {
    expect(commandsOf({ state })).toEqual(commands);
  });
});
