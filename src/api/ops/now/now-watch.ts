/**
 * Looks at the service for everybody who watches it at this process: one statement and two questions to Temporal a second, however
 * many watch, and none when nobody does; now and then a second statement.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Pulse, StepPace } from '../../../../db/repositories/console.repository.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import type { ApiMetrics } from '../../http/metrics.ts';
import { latencyBetween, toBuckets, type Buckets, type Latency } from './latency.ts';
import { readWorkers, type WorkersNow } from './task-queue.ts';

/** A second of the charts. */
export interface NowPoint {
  readonly at: string;
  readonly orders: number;
  /** Null where this process did not look or answered nothing. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export interface Now {
  readonly points: readonly NowPoint[];
  readonly inFlight: Pulse['inFlight'];
  readonly attention: number;
  readonly outbox: Pulse['outbox'];
  readonly readModel: Pulse['readModel'];
  readonly latency: Latency;
  /** What the newest orders asked of other companies, and how long that took. */
  readonly steps: readonly StepPace[];
  /** Null where Temporal does not say. */
  readonly workers: WorkersNow | null;
}

export interface NowFollower {
  readonly onNow: (now: Now) => void;
  /** A look has failed; the next may succeed. */
  readonly onTrouble: () => void;
  /** The service stops. */
  readonly onStop: () => void;
}

export interface NowWatch {
  /** The follower is told the last minutes first and then what is new. @returns ends it; harmless when it has ended */
  follow(follower: NowFollower): () => void;
}

const PERIOD_MS = 1_000;
/** How far back a new follower sees, seconds. */
const REMEMBERED_POINTS = 300;
/** A quantile of fewer looks than this would jump about, seconds. */
const LATENCY_WINDOW_LOOKS = 10;
/** Steps take longer to read than to change. */
const STEPS_EVERY_LOOKS = 5;

export function createNowWatch(
  dependencies: ApiDependencies,
  requestDuration: ApiMetrics['requestDuration'],
): NowWatch {
  const followers = new Set<NowFollower>();
  let points: readonly NowPoint[] = [];
  let last: Now | null = null;
  let until: string | null = null;
  let looks: readonly Buckets[] = [];
  let steps: readonly StepPace[] = [];
  let looksUntilSteps = 0;
  let isWatching = false;

  const measure = async (): Promise<Latency> => {
    const now = toBuckets((await requestDuration.get()).values);
    looks = [...looks, now].slice(-LATENCY_WINDOW_LOOKS - 1);
    return latencyBetween(looks[0] ?? now, now);
  };

  const readSteps = async (): Promise<readonly StepPace[]> => {
    if (looksUntilSteps === 0) {
      steps = await dependencies.repositories.consoleReads.steps();
      looksUntilSteps = STEPS_EVERY_LOOKS;
    }
    looksUntilSteps -= 1;
    return steps;
  };

  const look = async (): Promise<void> => {
    const [pulse, latency, workers, paces] = await Promise.all([
      dependencies.repositories.consoleReads.pulse(until),
      measure(),
      readWorkers(dependencies, Date.now()),
      readSteps(),
    ]);
    until = pulse.until;
    const fresh = pulse.placed.map(({ at, orders }, index): NowPoint => {
      const isLast = index === pulse.placed.length - 1;
      return {
        at,
        orders,
        p50Ms: isLast ? latency.p50Ms : null,
        p95Ms: isLast ? latency.p95Ms : null,
      };
    });
    points = [...points, ...fresh].slice(-REMEMBERED_POINTS);
    const { inFlight, attention, outbox, readModel } = pulse;
    last = { points: fresh, inFlight, attention, outbox, readModel, latency, steps: paces, workers };
    for (const follower of followers) follower.onNow(last);
  };

  const watch = async (): Promise<void> => {
    while (followers.size > 0) {
      if (dependencies.isStopping()) for (const follower of followers) follower.onStop();
      await look().catch((error: unknown) => {
        dependencies.logger.warn(
          { err: error },
          'the service could not be looked at; the next look may succeed',
        );
        for (const follower of followers) follower.onTrouble();
      });
      // Must not keep a process alive that has nothing else to do.
      await wait(PERIOD_MS, undefined, { ref: false });
    }
    // What nobody looked at is read anew when somebody comes again.
    points = [];
    last = null;
    until = null;
    looks = [];
    looksUntilSteps = 0;
    isWatching = false;
  };

  return {
    follow(follower) {
      followers.add(follower);
      if (last !== null) follower.onNow({ ...last, points });
      if (!isWatching) {
        isWatching = true;
        void watch();
      }
      return () => {
        followers.delete(follower);
      };
    },
  };
}
