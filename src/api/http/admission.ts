/**
 * How many requests of a kind are worked on at once, and how long others may wait for their turn. What cannot be answered
 * in time is refused at once instead of late, so that a rush costs those who come too many, and nobody else.
 *
 * The number follows from what is measured: it grows while answers come in time and everybody is busy, and shrinks when
 * they come late (additive increase, multiplicative decrease, as in TCP's congestion control; see RFC 5681). So it needs no
 * setting for the size of the machine, of Temporal and of the database behind it, and falls when one of them is slow.
 */
import { CatalogueError } from '../../domain/errors.ts';

export interface AdmissionOptions {
  /** An answer that takes longer says that too much is under way, milliseconds. */
  readonly targetMs: number;
  /** How long a request may wait for its turn, milliseconds. */
  readonly queueBudgetMs: number;
  /** Called with what there is after each change. @default nothing */
  readonly onChange?: (state: AdmissionState) => void;
  /** Milliseconds that only grow. @default those of this process */
  readonly now?: () => number;
}

export interface AdmissionState {
  /** How many may be under way at once, now. */
  readonly limit: number;
  readonly underWay: number;
  readonly waiting: number;
}

export interface Admission {
  /** @throws CatalogueError OVERLOADED when the turn of one more would come too late; costs nothing but this look */
  refuseWhenFull(): void;
  /**
   * Does the work when it is its turn; first come, first served.
   * @throws CatalogueError OVERLOADED with the seconds to wait when its turn would come too late
   * @throws what the work throws
   */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

const FIRST_LIMIT = 16;
/** With fewer nothing would be learnt about whether more could be borne. */
const LEAST_LIMIT = 4;
const MOST_LIMIT = 512;
const DECREASE = 0.9;
/** How much one more measurement counts in the average. */
const WEIGHT = 0.1;
/** Those who are refused come back at different times, up to this much later than asked. */
const SPREAD_SECONDS = 4;

interface Waiting {
  readonly enter: () => void;
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { targetMs, queueBudgetMs, onChange = () => undefined, now = () => performance.now() } = options;
  const queue: Waiting[] = [];
  let limit = FIRST_LIMIT;
  let underWay = 0;
  let averageMs = targetMs / 4;
  let lastDecreaseAt = Number.NEGATIVE_INFINITY;
  let lastFullAt = Number.NEGATIVE_INFINITY;

  const enter = (): void => {
    underWay += 1;
    if (underWay >= Math.floor(limit)) lastFullAt = now();
  };
  const tell = (): void => onChange({ limit: Math.floor(limit), underWay, waiting: queue.length });
  /** When the turn of one more would come. */
  const expectedWaitMs = (): number => ((queue.length + 1) * averageMs) / limit;

  const learn = (tookMs: number): void => {
    averageMs += WEIGHT * (tookMs - averageMs);
    if (tookMs <= targetMs) {
      // Whether more could be borne is not known while places are free.
      if (now() - lastFullAt <= tookMs) limit = Math.min(MOST_LIMIT, limit + 1 / limit);
    } else if (now() - lastDecreaseAt > targetMs) {
      // What was under way together says one thing, and is counted once.
      limit = Math.max(LEAST_LIMIT, limit * DECREASE);
      lastDecreaseAt = now();
    }
  };

  const isFull = (): boolean =>
    (underWay >= Math.floor(limit) || queue.length > 0) && expectedWaitMs() > queueBudgetMs;

  const takeTurn = (): Promise<void> | undefined => {
    if (underWay < Math.floor(limit) && queue.length === 0) {
      enter();
      return undefined;
    }
    if (isFull()) throw overloaded(expectedWaitMs());
    return new Promise((resolve, reject) => {
      const tooLate = setTimeout(() => {
        queue.splice(queue.indexOf(waiting), 1);
        reject(overloaded(expectedWaitMs()));
        tell();
      }, queueBudgetMs);
      const waiting: Waiting = {
        enter: () => {
          clearTimeout(tooLate);
          enter();
          resolve();
        },
      };
      queue.push(waiting);
    });
  };

  return {
    refuseWhenFull() {
      if (isFull()) throw overloaded(expectedWaitMs());
    },
    async run(work) {
      const turn = takeTurn();
      tell();
      if (turn !== undefined) await turn;
      const beganAt = now();
      let isAnswered = false;
      try {
        const result = await work();
        isAnswered = true;
        return result;
      } finally {
        const tookMs = now() - beganAt;
        // What was wrong with a request says nothing about how busy everything is, but what took too long does.
        if (isAnswered || tookMs > targetMs) learn(tookMs);
        underWay -= 1;
        while (queue.length > 0 && underWay < Math.floor(limit)) queue.shift()?.enter();
        tell();
      }
    },
  };
}

function overloaded(expectedWaitMs: number): CatalogueError {
  const retryAfterSeconds =
    Math.max(1, Math.ceil(expectedWaitMs / 1000)) + Math.floor(Math.random() * SPREAD_SECONDS);
  return new CatalogueError(
    'OVERLOADED',
    `More orders come in than can be taken now. Send it again with the same Idempotency-Key in ${retryAfterSeconds} s.`,
    { retryAfterSeconds },
  );
}
