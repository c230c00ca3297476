/**
 * How the errors of adapters and repositories become failures that Temporal retries, or does not.
 *
 * Owns: what is retried, and with which delay. Does not own: how often, which the workflow says with each step.
 */
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { DatabaseUnavailableError, InvariantViolatedError } from '../../domain/database-errors.ts';
import type { FailureDetails, RefusalType, TroubleType } from '../../domain/orders/step-failure.ts';
import {
  OutcomeUnknownError,
  ProviderRefusedError,
  ProviderUnavailableError,
} from '../../domain/provider-errors.ts';

/** A provider that asks for more patience than this is asked again all the same. */
const LONGEST_PROVIDER_DELAY_MS = 5 * 60_000;
/** A database that was away is back soon, and everything waits for it. */
const DATABASE_RETRY_DELAY_MS = 2_000;

/** Which unknown outcome it is when a provider's answer is missing. */
export type UnknownOutcomeType = Extract<TroubleType, `${string}_OUTCOME_UNKNOWN`>;

/**
 * A definite no: not retried, not an alarm. `details` travel to the workflow and are encrypted on the way.
 */
export function refusal(type: RefusalType, message: string, details: unknown = null): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: true,
    category: 'BENIGN',
    details: [details],
  });
}

/** The failure that Temporal gets for an error; what it is not about passes through unchanged and is retried. */
export function toFailure(error: unknown, unknownOutcome: UnknownOutcomeType, attempt = 1): unknown {
  if (!(error instanceof Error)) return error;
  const details: FailureDetails[] = [{ attempt }];
  const trouble = (type: TroubleType, more: { nonRetryable?: boolean; nextRetryDelay?: number } = {}) =>
    ApplicationFailure.create({ type, message: error.message, cause: error, details, ...more });

  if (error instanceof ProviderUnavailableError) {
    const { retryAfterMs } = error;
    return retryAfterMs === undefined
      ? trouble('PROVIDER_UNAVAILABLE')
      : trouble('PROVIDER_UNAVAILABLE', {
          nextRetryDelay: Math.min(retryAfterMs, LONGEST_PROVIDER_DELAY_MS),
        });
  }
  if (error instanceof OutcomeUnknownError) return trouble(unknownOutcome);
  if (error instanceof DatabaseUnavailableError) {
    return trouble('DATABASE_UNAVAILABLE', { nextRetryDelay: DATABASE_RETRY_DELAY_MS });
  }
  if (error instanceof InvariantViolatedError) return trouble('INVARIANT_VIOLATED', { nonRetryable: true });
  // A refusal that its step did not expect is a mistake of ours, which waits for a person.
  if (error instanceof ProviderRefusedError) return trouble('INVARIANT_VIOLATED', { nonRetryable: true });
  return error;
}

/**
 * Makes an activity of a function. Its second argument says whether an earlier call may have reached the other side, so
 * that it looks up by key before it acts: an earlier attempt, or a local activity that a regular one has taken over from.
 */
export function asActivity<Input, Result>(
  run: (input: Input, mayHaveRun: boolean) => Promise<Result>,
  unknownOutcome: UnknownOutcomeType = 'PAYMENT_OUTCOME_UNKNOWN',
): (input: Input, mayHaveRun?: boolean) => Promise<Result> {
  return async (input, mayHaveRun = false) => {
    const { attempt } = Context.current().info;
    try {
      return await run(input, mayHaveRun || attempt > 1);
    } catch (error) {
      throw toFailure(error, unknownOutcome, attempt);
    }
  };
}

/**
 * Stops an attempt that nobody waits for any more: its time was up and another one has taken over, which looks up by key
 * what this one did.
 */
export function stopIfGivenUp(): void {
  if (Context.current().cancellationSignal.aborted) {
    throw new CancelledFailure('This attempt was given up; the one that took over looks up what it did');
  }
}
