import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../config/logger.ts';

export interface PollingLoopOptions {
  /** For the log: `outbox relay`. */
  readonly name: string;
  readonly logger: Logger;
  /** Pause after a round that found nothing more to do, milliseconds. */
  readonly idleMs: number;
  /** Longest pause between failing rounds, milliseconds. @default 5000 */
  readonly maxBackoffMs?: number;
  /** A loop whose round takes longer than this is not healthy, milliseconds. @default 120 000 */
  readonly stalledAfterMs?: number;
  /**
   * Does some of the work; `again` when more is waiting. A rejection is logged and followed by a growing pause.
   * @param signal aborted when the loop is to stop: what is under way is finished, nothing more is begun
   */
  readonly round: (signal: AbortSignal) => Promise<'again' | 'idle'>;
}

export interface PollingLoop {
  /** Whether the last round did not fail and the present one is not stuck. */
  isHealthy(): boolean;
  /** Lets the round under way finish and resolves when it has. */
  stop(): Promise<void>;
}

/** Runs rounds one after another until stopped; no error ends it, and no error makes it spin. */
export function startPollingLoop(options: PollingLoopOptions): PollingLoop {
  const { name, logger, round } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let failuresInRow = 0;
  let roundSince = performance.now();

  const runRound = async (): Promise<number> => {
    roundSince = performance.now();
    try {
      const next = await round(signal);
      if (failuresInRow > 0) logger.info({ failuresInRow }, `${name} works again`);
      failuresInRow = 0;
      return next === 'again' ? 0 : options.idleMs;
    } catch (error) {
      if (signal.aborted && isAbort(error)) return 0;
      failuresInRow += 1;
      const pauseMs = backoffMs(failuresInRow, options.idleMs, options.maxBackoffMs ?? 5000);
      logger.error({ err: error, failuresInRow, pauseMs }, `${name} failed and will try again`);
      return pauseMs;
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const pauseMs = await runRound();
      // Also without a pause other work of the process gets its turn.
      await wait(pauseMs, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  };
  const finished = run();

  return {
    isHealthy: () =>
      failuresInRow === 0 && performance.now() - roundSince < (options.stalledAfterMs ?? 120_000),
    stop: () => {
      stopping.abort();
      return finished;
    },
  };
}

/** Doubles from `baseMs` to `maxMs`; the second half of it is random, so that processes do not come back all at once. */
export function backoffMs(failuresInRow: number, baseMs: number, maxMs: number): number {
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.min(failuresInRow, 30));
  return Math.round(ceilingMs * (0.5 + Math.random() / 2));
}

function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}
