import { describe, expect, test } from '@jest/globals';
import { describeTrouble } from './attention.ts';

const since = '2026-01-02T10:00:00.000Z';

describe('what a person is told of a step that does not come to an end', () => {
  test('is all that is known of the operation', () => {
    const trouble = {
      operationKey: 'ord_1:capture:1',
      amount: { amountMinor: 1110, currency: 'GBP' },
      since,
      attempts: 10,
      lastFailure: 'PAYMENT_OUTCOME_UNKNOWN',
    };
    expect(describeTrouble(trouble)).toBe(
      'Operation ord_1:capture:1 over 1110 GBP (minor units), begun 2026-01-02T10:00:00.000Z, tried 10 times. ' +
        'Last failure: PAYMENT_OUTCOME_UNKNOWN.',
    );
  });

  test('guesses nothing that is not known', () => {
    expect(describeTrouble({ since, lastFailure: 'TIMED_OUT' })).toBe(
      'Begun 2026-01-02T10:00:00.000Z. Last failure: TIMED_OUT.',
    );
    expect(describeTrouble({ operationKey: 'shp_1_1:book:1', since, attempts: 1, lastFailure: 'X' })).toBe(
      'Operation shp_1_1:book:1, begun 2026-01-02T10:00:00.000Z, tried once. Last failure: X.',
    );
  });
});
