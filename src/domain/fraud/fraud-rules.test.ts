import { describe, expect, test } from '@jest/globals';
import { isDisposableMailDomain, mailDomainOf } from './disposable-mail.ts';
import {
  MOST_ORDERS_LOOKED_AT,
  NO_EARLIER_ORDERS,
  type EarlierOrders,
  type ScreenedOrder,
} from './fraud-facts.ts';
import { RULE_WEIGHTS, ruleSignals, towards, type RuleCode } from './fraud-rules.ts';
import { DEFAULT_FRAUD_SETTINGS } from './fraud-settings.ts';

const ORDER: ScreenedOrder = {
  total: { amountMinor: 1_530, currency: 'GBP' },
  unitCount: 6,
  country: 'GB',
  mailDomain: 'example.com',
};
const { customer, card, address } = NO_EARLIER_ORDERS;
const { limits } = DEFAULT_FRAUD_SETTINGS;

function valueOf(code: RuleCode, earlier: Partial<EarlierOrders>, order = ORDER): number | undefined {
  return ruleSignals(order, { ...NO_EARLIER_ORDERS, ...earlier }, limits).find((one) => one.code === code)
    ?.value;
}

describe('the rules', () => {
  test('see nothing in the first order of somebody, and say each what was looked at', () => {
    const signals = ruleSignals(ORDER, NO_EARLIER_ORDERS, limits);
    expect(signals.map(({ code }) => code).toSorted()).toEqual(Object.keys(RULE_WEIGHTS).toSorted());
    expect(signals.filter(({ value }) => value !== 0)).toEqual([]);
  });

  test.each([
    [
      'CUSTOMER_VELOCITY',
      { customer: { ...customer, lastHour: 4 } },
      { customer: { ...customer, lastHour: 9 } },
    ],
    ['CARD_VELOCITY', { card: { ...card, lastDay: 9 } }, { card: { ...card, lastDay: 19 } }],
    ['CARD_SHARED', { card }, { card: { ...card, otherCustomers: 3 } }],
    ['ADDRESS_VELOCITY', { address: { ...address, lastDay: 9 } }, { address: { ...address, lastDay: 19 } }],
    [
      'AMOUNT_VELOCITY',
      { customer: { ...customer, amountLastDayMinor: 498_470 } },
      { customer: { ...customer, amountLastDayMinor: 998_470 } },
    ],
    [
      'AMOUNT_UNUSUAL',
      { customer: { ...customer, accepted: 5, meanMinor: 306 } },
      { customer: { ...customer, accepted: 5, meanMinor: 153 } },
    ],
    [
      'COUNTRY_MISMATCH',
      { customer: { ...customer, accepted: 5, country: 'GB' } },
      { customer: { ...customer, accepted: 5, country: 'FR' } },
    ],
  ] as const)('%s is nothing up to half of its limit and full at it', (code, nothing, full) => {
    expect(valueOf(code, nothing)).toBe(0);
    expect(valueOf(code, full)).toBe(1);
  });

  test('hold an amount and a country against a history only where there is one', () => {
    const once = { customer: { ...customer, accepted: 1, meanMinor: 10, country: 'FR' } };
    expect(valueOf('AMOUNT_UNUSUAL', once)).toBe(0);
    expect(valueOf('COUNTRY_MISMATCH', once)).toBe(0);
    expect(valueOf('COUNTRY_MISMATCH', { card: { ...card, lastDay: 1, country: 'FR' } })).toBe(1);
  });

  test('know disposable domains, and those below them', () => {
    expect(valueOf('DISPOSABLE_MAIL', {}, { ...ORDER, mailDomain: 'mailinator.com' })).toBe(1);
    expect(isDisposableMailDomain('eu.mailinator.com')).toBe(true);
    expect(isDisposableMailDomain('notmailinator.com')).toBe(false);
    expect(mailDomainOf('"a@b"@Example.COM')).toBe('example.com');
  });

  test('rise evenly in between, and can reach every limit with what is looked at', () => {
    expect(towards(7.5, 10)).toBe(0.5);
    const counts = [limits.customerOrdersPerHour, limits.cardOrdersPerDay, limits.addressOrdersPerDay];
    for (const limit of counts) expect(limit).toBeLessThanOrEqual(MOST_ORDERS_LOOKED_AT);
  });
});
