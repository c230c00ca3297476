/** Bounded concurrency over a list, in its order, optionally at the pace of a clock. */
import { pause } from './pause.ts';

export interface WorkOptions<Entry extends object> {
  /** How many entries are under way at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** When an entry may begin, milliseconds after the start; all at once when absent. */
  readonly dueAfterMs?: (entry: Entry) => number;
  /** On the clock of `performance.now()`; lists that share a clock are given the same. @default now */
  readonly startedAtMs?: number;
}

/**
 * Works through the entries: each begins after every earlier one has begun. The first error stops further entries from
 * beginning, and is thrown when those under way have ended.
 *
 * @throws what `work` throws first, or the signal's reason
 */
export async function workThrough<Entry extends object>(
  entries: readonly Entry[],
  options: WorkOptions<Entry>,
  work: (entry: Entry, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const startedAtMs = options.startedAtMs ?? performance.now();
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  let begun = 0;
  const worker = async (): Promise<void> => {
    for (let entry = entries[begun]; entry !== undefined; entry = entries[begun]) {
      begun += 1;
      signal.throwIfAborted();
      const dueAtMs = startedAtMs + (options.dueAfterMs?.(entry) ?? 0);
      // A timer may fire early, by its clock of whole milliseconds.
      for (let leftMs = dueAtMs - performance.now(); leftMs > 0; leftMs = dueAtMs - performance.now())
        await pause(leftMs, signal);
      await work(entry, signal);
    }
  };
  const workers = Array.from({ length: options.concurrency }, async () => {
    try {
      await worker();
    } catch (error) {
      failure.abort(error);
    }
  });
  await Promise.all(workers);
  signal.throwIfAborted();
}
