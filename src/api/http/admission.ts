/**
 * How many requests of a kind are worked on at once, and how long others may wait for their turn. What cannot be answered
 * in time is refused at once instead of late, so that a rush costs those who come too many, and nobody else.
 * What the number follows from is in turn-rule.ts.
 */
import { CatalogueError } from '../../domain/errors.ts';
import { TurnRule, type TurnRuleOptions } from './turn-rule.ts';

export interface AdmissionOptions extends TurnRuleOptions {
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

/** Those who are refused come back at different times, up to this much later than asked. */
const SPREAD_SECONDS = 4;

interface Waiting {
  readonly enter: () => void;
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { targetMs, queueBudgetMs, onChange = () => undefined, now = () => performance.now() } = options;
  const rule = new TurnRule(options);
  const queue: Waiting[] = [];
  let underWay = 0;

  const enter = (): void => {
    underWay += 1;
    rule.begun(underWay, now());
  };
  const tell = (): void => onChange({ limit: rule.limit, underWay, waiting: queue.length });
  const expectedWaitMs = (): number => rule.expectedWaitMs(queue.length);
  const isFull = (): boolean => rule.isFull(underWay, queue.length);

  const takeTurn = (): Promise<void> | undefined => {
    if (underWay < rule.limit && queue.length === 0) {
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
        if (isAnswered || tookMs > targetMs) rule.learn(tookMs, now());
        underWay -= 1;
        while (queue.length > 0 && underWay < rule.limit) queue.shift()?.enter();
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
