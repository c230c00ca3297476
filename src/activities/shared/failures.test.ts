import { ApplicationFailure } from '@temporalio/activity';
import { describe, expect, test } from '@jest/globals';
import { DatabaseUnavailableError, InvariantViolatedError } from '../../domain/database-errors.ts';
import {
  OutcomeUnknownError,
  ProviderRefusedError,
  ProviderUnavailableError,
} from '../../domain/provider-errors.ts';
import { refusal, toFailure } from './failures.ts';

const failureOf = (error: Error): ApplicationFailure => {
  const failure = toFailure(error, 'CARRIER_OUTCOME_UNKNOWN');
  if (!(failure instanceof ApplicationFailure)) throw new Error('that is no failure of an application');
  return failure;
};

describe('the failure of an activity', () => {
  test('is tried again when the provider asks for it', () => {
    const failure = failureOf(new ProviderUnavailableError('busy', { retryAfterMs: 3_000 }));
    expect(failure).toMatchObject({
      type: 'PROVIDER_UNAVAILABLE',
      nonRetryable: false,
      nextRetryDelay: 3_000,
    });
  });

  test('is tried again by its own schedule when the provider does not say', () => {
    const failure = failureOf(new ProviderUnavailableError('away'));
    expect(failure.nextRetryDelay ?? null).toBeNull();
    expect(failure.nonRetryable).toBe(false);
  });

  test('does not wait for days because a provider says so', () => {
    const failure = failureOf(new ProviderUnavailableError('away', { retryAfterMs: 3 * 86_400_000 }));
    expect(failure.nextRetryDelay).toBe(5 * 60_000);
  });

  test('of unknown outcome is tried again, and is never a refusal', () => {
    const failure = failureOf(new OutcomeUnknownError('no reply'));
    expect(failure).toMatchObject({ type: 'CARRIER_OUTCOME_UNKNOWN', nonRetryable: false });
  });

  test('of a database that is away is tried again soon', () => {
    const failure = failureOf(new DatabaseUnavailableError('orders.find', 'ECONNREFUSED'));
    expect(failure).toMatchObject({
      type: 'DATABASE_UNAVAILABLE',
      nonRetryable: false,
      nextRetryDelay: 2_000,
    });
  });

  test.each([
    new InvariantViolatedError('orders.recordCaptured', 'captured within authorized'),
    new ProviderRefusedError('order_mismatch', 'a refusal that nobody expected'),
  ])('that no retry can help calls a person: $name', (error) => {
    expect(failureOf(error)).toMatchObject({ type: 'INVARIANT_VIOLATED', nonRetryable: true });
  });

  test('that is none of these stays what it is', () => {
    const error = new TypeError('a mistake of ours');
    expect(toFailure(error, 'PAYMENT_OUTCOME_UNKNOWN')).toBe(error);
    const refused = refusal('OUT_OF_STOCK', 'none left', { lines: [] });
    expect(toFailure(refused, 'PAYMENT_OUTCOME_UNKNOWN')).toBe(refused);
  });

  test('that is a refusal is not retried, is no alarm, and carries its details', () => {
    expect(refusal('PAYMENT_DECLINED', 'declined', { declineReason: 'fraud' })).toMatchObject({
      type: 'PAYMENT_DECLINED',
      nonRetryable: true,
      category: 'BENIGN',
      details: [{ declineReason: 'fraud' }],
    });
  });
});
