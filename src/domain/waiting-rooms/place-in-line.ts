/** What a number means to the customer who has it. */

/** How far a room is. */
export interface Progress {
  /** Every ticket up to this number has been admitted. */
  readonly admittedNumber: number;
  /** Zero when the room pauses. */
  readonly admissionsPerSecond: number;
  /** Until the room opens, milliseconds; zero when it has. */
  readonly opensInMs: number;
}

/** How long to wait before asking again while nobody can tell when it goes on, seconds. */
const PAUSED_SECONDS = 10;
/** The rate may be raised meanwhile, so nobody is sent away for longer, seconds. */
const LONGEST_SECONDS = 30;

/** 1 for who is admitted next. */
export function positionOf(number: number, { admittedNumber }: Progress): number {
  return Math.max(1, number - admittedNumber);
}

/** Whole seconds until a waiting number is admitted if the rate stays as it is; null while the room pauses. */
export function estimatedWaitSeconds(number: number, progress: Progress): number | null {
  const { admissionsPerSecond, opensInMs } = progress;
  if (admissionsPerSecond === 0) return null;
  return Math.ceil(opensInMs / 1000 + positionOf(number, progress) / admissionsPerSecond);
}

/**
 * When it is worth asking again, whole seconds: half of the way is a good moment, and the first in line ask every second, which
 * is also what lets the room admit at its full rate.
 */
export function askAgainAfterSeconds(number: number, progress: Progress): number {
  const seconds = estimatedWaitSeconds(number, progress);
  if (seconds === null) return PAUSED_SECONDS;
  return Math.min(LONGEST_SECONDS, Math.max(1, Math.ceil(seconds / 2)));
}
