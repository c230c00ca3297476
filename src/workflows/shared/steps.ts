/**
 * How a step of an order is carried out until it is done or definitely refused, whatever happens in between.
 *
 * Owns: local or regular, time limits, retries, attention, and trying at once when a provider says that something is
 * settled. Does not own: what a step does, and what follows from a refusal.
 */
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  TemporalFailure,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { describeTrouble, type AttentionCode, type Trouble } from '../../domain/orders/attention.ts';
import type { Money } from '../../domain/money.ts';
import { isRefusalType, type FailureDetails, type RefusalType } from '../../domain/orders/step-failure.ts';
import type { AttentionBoard } from './attention-board.ts';
import { Mutex } from './mutex.ts';

/** A local activity that has not settled by then is given up, so that the customer can be told that it takes longer. */
const QUICK_LIMIT_MS = 1_800;
/** A first round of some two minutes, five at most, after which a person is told. */
const FIRST_ROUND: ActivityOptions = {
  startToCloseTimeout: '20 seconds',
  scheduleToCloseTimeout: '5 minutes',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds', maximumAttempts: 10 },
};
/** Then it goes on for ever, without adding to the history. */
const LATER_ROUNDS: ActivityOptions = {
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '10 seconds', maximumInterval: '5 minutes' },
};
/** One that waits for its next attempt ends at once, one that is at work when it is done. */
const WAIT_UNTIL_ENDED = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;
/** How long to wait before trying again what no retry can help, until a person has put it right. */
const UNRETRYABLE_INTERVAL = '1 hour';
/** An attempt younger than this is most likely settled by the answer that is under way, or by its next retry. */
const SETTLES_BY_ITSELF_MS = 3_000;

export interface StepOptions {
  /** For people who look at the order in Temporal's pages. */
  readonly summary: string;
  /** Raised while the step keeps failing; null where there is no order yet to raise it on. */
  readonly attention: AttentionCode | null;
  /** Whether to try it first as a local activity, which costs a fraction. @default false */
  readonly quickly?: boolean;
  /** The operation at a provider; a message that it is settled makes the step try at once. */
  readonly operationKey?: string;
  /** The money that it is about, for whoever is told about it. */
  readonly amount?: Money;
  /** Whether it was begun before and ended early, so that even its first attempt looks up before it acts. @default false */
  readonly mayHaveRun?: boolean;
  /** Called when the first round of retries is over. */
  readonly onStuck?: () => void;
  /**
   * Whether an attempt that is ended early is waited for, because another one beside it would do the thing twice.
   * @default false: the other side tells the two apart by their key
   */
  readonly isNeverBeside?: boolean;
}

/** `[true]` when an earlier call may have reached the other side: the activity then looks up before it acts. */
export type Again = readonly [] | readonly [true];

/** Calls the activity and passes `again` on as it is. */
export type StepCall<Result> = (activities: Activities, again: Again) => Promise<Result>;

/** The refusal in an error of a step, or null when it is something else. */
export function refusalIn(error: unknown): { readonly type: RefusalType; readonly details: unknown } | null {
  const failure = applicationFailureIn(error);
  const type = failure?.type;
  return isRefusalType(type) ? { type, details: failure?.details?.[0] } : null;
}

/**
 * Whether an error says that a step was ended early: it fails as a cancellation or, if it was just talking to somebody,
 * with its own failure.
 */
export function isInterruption(error: unknown): boolean {
  return isCancellation(error) || (error instanceof TemporalFailure && refusalIn(error) === null);
}

/** A regular activity wraps the failure of its last attempt, a local one fails with it as it is. */
function applicationFailureIn(error: unknown): ApplicationFailure | null {
  if (error instanceof ApplicationFailure) return error;
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : null;
}

function troubleOf(
  failure: ApplicationFailure | null,
  { operationKey, amount }: StepOptions,
  since: string,
): Trouble {
  const told = failure?.details?.[0] as FailureDetails | undefined;
  return { operationKey, amount, since, attempts: told?.attempt, lastFailure: failure?.type ?? 'TIMED_OUT' };
}

type Duration = Parameters<typeof sleep>[0];

/** A step that an operator can give up. */
interface SkippableStep<Result> extends StepOptions {
  /** What is done instead. @default it cannot be given up */
  readonly whenSkipped?: () => Promise<Result>;
}

/** An operator has given the step up. */
class StepSkipped extends Error {}

/** How a part of a step came to its end: by itself, or because the provider says that there is an outcome. */
type Ended<Result> = { readonly kind: 'done'; readonly result: Result } | { readonly kind: 'settled' };

/** An attempt of a step that waits for an operation at a provider. */
interface Waiting {
  readonly since: number;
  settled: boolean;
  skipped: boolean;
  /** Of the step that it belongs to. */
  readonly options: SkippableStep<unknown>;
  /** Ends the attempt, so that the step tries again. */
  readonly tryNow: () => void;
  /** Runs until the attempt is given the time to settle by itself; ends with the attempt. */
  patience: CancellationScope | null;
}

export class Steps {
  readonly attention: AttentionBoard;
  readonly #waitingByKey = new Map<string, Waiting>();
  /** Every attempt that is under way or waits for the next, also of steps without an operation. */
  readonly #waiting = new Set<Waiting>();

  readonly #turns: Mutex | null;

  /**
   * @param options.quickOnesTakeTurns whether a step is tried as a local activity only when no other one is. Of two at once the server
   *   is told which ended first, but a worker that tells the history again ends them in the order in which they began.
   */
  constructor(attention: AttentionBoard, { quickOnesTakeTurns = false } = {}) {
    this.attention = attention;
    this.#turns = quickOnesTakeTurns ? new Mutex() : null;
  }

  /**
   * A provider says that an operation is settled. Nothing when no step waits for it. A step that has just begun gets the
   * time to hear it itself, because its answer is most likely under way.
   */
  operationSettled(operationKey: string): void {
    const waiting = this.#waitingByKey.get(operationKey);
    if (waiting === undefined || waiting.settled) return;
    waiting.settled = true;
    const leftMs = SETTLES_BY_ITSELF_MS - (Date.now() - waiting.since);
    if (leftMs <= 0) return waiting.tryNow();
    void CancellationScope.nonCancellable(async () => {
      waiting.patience = new CancellationScope();
      try {
        await waiting.patience.run(() => sleep(leftMs, { summary: 'The provider says that it is done' }));
      } catch (error) {
        // The attempt ended first.
        if (isCancellation(error)) return;
        throw error;
      }
      waiting.tryNow();
    });
  }

  /** Whether a step waits for what becomes of this operation. */
  isWaitingFor(operationKey: string): boolean {
    return this.#waitingByKey.has(operationKey);
  }

  /**
   * Ends what waits, so that it is tried at once, and looks up first what the attempt before it did.
   *
   * @param operationKey of this operation only @default of every step
   * @returns how many steps try again
   */
  tryNow(operationKey?: string): number {
    return this.#end(
      ({ options }) => operationKey === undefined || options.operationKey === operationKey,
      (waiting) => (waiting.settled = true),
    );
  }

  /** Gives up every step that waits and can be given up. @returns how many */
  skip(): number {
    return this.#end(
      ({ options }) => options.whenSkipped !== undefined,
      (waiting) => (waiting.skipped = true),
    );
  }

  /** A wait between two attempts that nobody but {@link tryNow} ends early. */
  async pause(duration: Duration, summary: string): Promise<void> {
    await this.#untilSettled(() => sleep(duration), { summary, attention: null });
  }

  #end(isMeant: (waiting: Waiting) => boolean, mark: (waiting: Waiting) => void): number {
    const ended = [...this.#waiting].filter((waiting) => isMeant(waiting) && !waiting.skipped);
    for (const waiting of ended) {
      mark(waiting);
      waiting.tryNow();
    }
    return ended.length;
  }

  /**
   * Carries a step out until it is done.
   *
   * @throws TemporalFailure with a refusal (see {@link refusalIn}), or a cancellation of the scope that it runs in
   */
  async run<Result>(call: StepCall<Result>, options: SkippableStep<Result>): Promise<Result> {
    const since = new Date().toISOString();
    let again: Again = options.mayHaveRun === true ? [true] : [];
    let isStuck = false;
    try {
      if (options.quickly === true) {
        try {
          return await this.#quickly(() => call(quickActivities(options.summary), again));
        } catch (error) {
          throwIfFinal(error);
          again = [true];
          await this.#pause(delayAsked(error), options);
        }
      }
      for (;;) {
        const round = isStuck ? LATER_ROUNDS : FIRST_ROUND;
        const gently = options.isNeverBeside === true ? { cancellationType: WAIT_UNTIL_ENDED } : {};
        const activityOptions = { ...round, ...gently, summary: options.summary };
        const attempt = await this.#attempt(call, activityOptions, options, again);
        if (attempt.kind === 'done') return attempt.result;
        again = [true];
        if (attempt.kind === 'settled') continue;
        options.onStuck?.();
        const failure = applicationFailureIn(attempt.error);
        // While the database is away nobody can be told through it, and it tells by itself.
        if (failure?.type === 'DATABASE_UNAVAILABLE') continue;
        if (!isStuck && options.attention !== null) {
          await this.attention.raise(options.attention, describeTrouble(troubleOf(failure, options, since)));
        }
        isStuck = true;
        const delay = failure?.nonRetryable === true ? UNRETRYABLE_INTERVAL : delayAsked(attempt.error);
        await this.#pause(delay, options);
      }
    } catch (error) {
      if (!(error instanceof StepSkipped) || options.whenSkipped === undefined) throw error;
      return await options.whenSkipped();
    } finally {
      // Also when it is given up for a cancellation: then nobody waits for this step any more.
      if (isStuck && options.attention !== null) await this.attention.clear(options.attention);
    }
  }

  #quickly<Result>(attempt: () => Promise<Result>): Promise<Result> {
    return this.#turns === null ? attempt() : this.#turns.run(attempt);
  }

  /** One activity with its retries. `settled`: it was ended early because the provider says that there is an outcome. */
  async #attempt<Result>(
    call: StepCall<Result>,
    activityOptions: ActivityOptions,
    options: SkippableStep<Result>,
    again: Again,
  ): Promise<Ended<Result> | { readonly kind: 'failed'; readonly error: unknown }> {
    try {
      return await this.#untilSettled(
        () => call(proxyActivities<Activities>(activityOptions), again),
        options,
      );
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      throwIfFinal(error);
      return { kind: 'failed', error };
    }
  }

  /** Waits before the next attempt, unless the provider says meanwhile that there is an outcome. */
  async #pause(delay: Duration | null, options: SkippableStep<unknown>): Promise<void> {
    if (delay !== null) await this.#untilSettled(() => sleep(delay), options);
  }

  /** Runs what waits for an operation, and ends it when the provider says that the operation is settled. */
  async #untilSettled<Result>(
    work: () => Promise<Result>,
    options: SkippableStep<unknown>,
  ): Promise<Ended<Result>> {
    const { operationKey } = options;
    const scope = new CancellationScope();
    const waiting: Waiting = {
      since: Date.now(),
      settled: false,
      skipped: false,
      options,
      tryNow: () => scope.cancel(),
      patience: null,
    };
    if (operationKey !== undefined) this.#waitingByKey.set(operationKey, waiting);
    this.#waiting.add(waiting);
    try {
      return { kind: 'done', result: await scope.run(work) };
    } catch (error) {
      const isOurs = waiting.settled && !CancellationScope.current().consideredCancelled;
      if (waiting.skipped && refusalIn(error) === null) throw new StepSkipped();
      if (isOurs && refusalIn(error) === null) return { kind: 'settled' };
      throw error;
    } finally {
      waiting.patience?.cancel();
      this.#waiting.delete(waiting);
      if (operationKey !== undefined) this.#waitingByKey.delete(operationKey);
    }
  }
}

function quickActivities(summary: string): Activities {
  return proxyLocalActivities<Activities>({
    startToCloseTimeout: QUICK_LIMIT_MS,
    scheduleToCloseTimeout: QUICK_LIMIT_MS,
    retry: { maximumAttempts: 1 },
    summary,
  });
}

/** A refusal and a cancellation end a step; anything that is no failure of an activity is a mistake of ours. */
function throwIfFinal(error: unknown): void {
  if (refusalIn(error) !== null || isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
}

/** A provider that says when to come back is not asked before. */
function delayAsked(error: unknown): Duration | null {
  return applicationFailureIn(error)?.nextRetryDelay ?? null;
}
