/**
 * How many requests may be under way at once, and who would wait too long: the rule alone, without requests, so that it can be
 * tried on a simulated clock as well.
 *
 * The number follows from what is measured: it grows while answers come in time and everybody is busy, and shrinks when
 * they come late (additive increase, multiplicative decrease, as in TCP's congestion control; see RFC 5681). So it needs no
 * setting for the size of the machine, of Temporal and of the database behind it, and falls when one of them is slow.
 */

export interface TurnRuleOptions {
  /** An answer that takes longer says that too much is under way, milliseconds. */
  readonly targetMs: number;
  /** How long a request may wait for its turn, milliseconds. */
  readonly queueBudgetMs: number;
}

/** Of the confirmation deadline: what a decision may take for everybody to be well, and what the wait for a turn may take. */
const DECISION_PART = 0.3;
const QUEUE_PART = 0.2;

/** Orders are decided within the deadline, with their wait for a turn. @param deadlineMs milliseconds */
export function turnsWithin(deadlineMs: number): TurnRuleOptions {
  return { targetMs: deadlineMs * DECISION_PART, queueBudgetMs: deadlineMs * QUEUE_PART };
}

const FIRST_LIMIT = 16;
/** With fewer nothing would be learnt about whether more could be borne. */
const LEAST_LIMIT = 4;
const MOST_LIMIT = 512;
const DECREASE = 0.9;
/** How much one more measurement counts in the average. */
const WEIGHT = 0.1;

export class TurnRule {
  readonly #options: TurnRuleOptions;
  #limit = FIRST_LIMIT;
  #averageMs: number;
  #lastDecreaseAt = Number.NEGATIVE_INFINITY;
  #lastFullAt = Number.NEGATIVE_INFINITY;

  constructor(options: TurnRuleOptions) {
    this.#options = options;
    this.#averageMs = options.targetMs / 4;
  }

  /** How many may be under way at once, now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** When the turn of one more would come, milliseconds from now. */
  expectedWaitMs(waiting: number): number {
    return ((waiting + 1) * this.#averageMs) / this.#limit;
  }

  /** Whether the turn of one more would come too late. */
  isFull(underWay: number, waiting: number): boolean {
    return (
      (underWay >= this.limit || waiting > 0) && this.expectedWaitMs(waiting) > this.#options.queueBudgetMs
    );
  }

  /** Tells that one has begun, and how many are under way with it. @param nowMs milliseconds that only grow */
  begun(underWay: number, nowMs: number): void {
    if (underWay >= this.limit) this.#lastFullAt = nowMs;
  }

  /** Tells how long one took. @param nowMs milliseconds that only grow */
  learn(tookMs: number, nowMs: number): void {
    const { targetMs } = this.#options;
    this.#averageMs += WEIGHT * (tookMs - this.#averageMs);
    if (tookMs <= targetMs) {
      // Whether more could be borne is not known while places are free.
      if (nowMs - this.#lastFullAt <= tookMs)
        this.#limit = Math.min(MOST_LIMIT, this.#limit + 1 / this.#limit);
    } else if (nowMs - this.#lastDecreaseAt > targetMs) {
      // What was under way together says one thing, and is counted once.
      this.#limit = Math.max(LEAST_LIMIT, this.#limit * DECREASE);
      this.#lastDecreaseAt = nowMs;
    }
  }
}
