/**
 * Requests that come when they come, whether or not the earlier ones are answered, as customers do. Times are counted from
 * the moment at which a request was due, so that one that is held up holds up nobody's clock (coordinated omission).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { exponential } from './numbers.ts';

export interface OpenLoopOptions<Answer> {
  /** On average; they come as in a Poisson process. */
  readonly perSecond: number;
  readonly seconds: number;
  readonly send: () => Promise<Answer>;
  /** Ends it early. */
  readonly stopping?: AbortSignal;
}

export interface OpenLoopAnswer<Answer> {
  /** Since the beginning, milliseconds. */
  readonly dueMs: number;
  readonly latencyMs: number;
  readonly answer: Answer | Error;
}

/** @returns what became of every request, in the order in which they were due; when all are answered */
export async function openLoop<Answer>(
  options: OpenLoopOptions<Answer>,
): Promise<readonly OpenLoopAnswer<Answer>[]> {
  const beganAt = performance.now();
  const answers: Promise<OpenLoopAnswer<Answer>>[] = [];
  for (let dueMs = gap(options.perSecond); dueMs < options.seconds * 1000; dueMs += gap(options.perSecond)) {
    const leftMs = beganAt + dueMs - performance.now();
    if (leftMs > 0) await delay(leftMs);
    options.stopping?.throwIfAborted();
    answers.push(
      options
        .send()
        .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
        .then((answer) => ({ dueMs, latencyMs: performance.now() - beganAt - dueMs, answer })),
    );
  }
  return Promise.all(answers);
}

/** Milliseconds to the next one. */
function gap(perSecond: number): number {
  return exponential(Math.random(), 1000 / perSecond);
}
