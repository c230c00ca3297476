/** As many at once as is said, each followed by the next when it is done: how many are done in a time. */
import { setTimeout as delay } from 'node:timers/promises';

export interface ClosedLoopOptions {
  /** How many are under way at any time. */
  readonly inFlight: number;
  /** What is not counted at the beginning, until every place is busy and caches are warm. */
  readonly rampMs: number;
  readonly measuredMs: number;
  /** Does one; resolves when it is done, whatever that is. */
  readonly run: () => Promise<void>;
  /** Called when counting begins and when it ends. */
  readonly onMeasure: (moment: 'begin' | 'end') => Promise<void>;
}

export interface ClosedLoopResult {
  readonly done: number;
  readonly seconds: number;
  /** How long those took that were done while counting, milliseconds. */
  readonly durationsMs: readonly number[];
}

/** @throws the first error of a run: what is not done right is not fast */
export async function closedLoop(options: ClosedLoopOptions): Promise<ClosedLoopResult> {
  let isCounting = false;
  const over = new AbortController();
  const durationsMs: number[] = [];
  let failure: unknown;
  const place = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const startedAt = performance.now();
      await options.run();
      if (isCounting) durationsMs.push(performance.now() - startedAt);
    }
  };
  const places = Array.from({ length: options.inFlight }, () =>
    place().catch((error: unknown) => {
      failure ??= error;
      over.abort();
    }),
  );
  await untilOver(options.rampMs, over.signal);
  await options.onMeasure('begin');
  isCounting = true;
  const beganAt = performance.now();
  await untilOver(options.measuredMs, over.signal);
  isCounting = false;
  const seconds = (performance.now() - beganAt) / 1000;
  const done = durationsMs.length;
  await options.onMeasure('end');
  over.abort();
  await Promise.all(places);
  if (failure !== undefined) throw failure;
  return { done, seconds, durationsMs };
}

async function untilOver(ms: number, over: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: over }).catch((error: unknown) => {
    if (!over.aborted) throw error;
  });
}
