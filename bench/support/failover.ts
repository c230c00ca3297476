/** How far and how long answers were worse than before, after a process was killed under load. */
import { percentile } from './numbers.ts';

/** A second has too few requests for a p95 that means something by itself. */
export const WINDOW_SECONDS = 5;
/** As before: no five seconds are worse than so many times the worst five seconds before anything was killed. */
export const NORMAL_TIMES = 2;
const SHOWN_SECONDS = { before: 5, after: 15 };
/** Stretches after a kill over which a p95 is taken as well. */
export const STRETCHES = ['0–10', '10–20', '20–30'] as const;
const STRETCH_SECONDS = 10;

/** One order, as the customer who placed it saw it. */
export interface Seen {
  /** Since the load began, milliseconds. */
  readonly dueMs: number;
  /** From when it was due until it was taken, over all attempts. */
  readonly takenMs: number;
  /** From when it was due until it was charged, its mail sent, and all its events in the read model; null when never. */
  readonly wholeMs: number | null;
  /** What a customer who asks only once would have had to live with; null when the first answer was good. */
  readonly firstFailure: string | null;
}

export interface Kill {
  readonly program: string;
  /** Since the load began, milliseconds. */
  readonly atMs: number;
  /** Until the next one was ready, milliseconds. */
  readonly goneMs: number;
}

interface Bin {
  /** Since the kill. */
  readonly second: number;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly wholeP95Ms: number;
  readonly firstFailures: number;
}

export interface Failover extends Kill {
  /** p95 of the answers to orders that were due in these seconds after the kill. */
  readonly p95MsBySeconds: Readonly<Record<string, number>>;
  /** Seconds from the kill until answers were as before and stayed so; null when that was not seen. */
  readonly recoveredAfterSeconds: number | null;
  readonly longestTakenMs: number;
  /** Of the orders that were due in the first two stretches; the last ones may have met the next kill before they were whole. */
  readonly longestWholeMs: number;
  readonly firstFailures: readonly string[];
  readonly bins: readonly Bin[];
}

export interface Levels {
  /** Over all of the time before anything was killed. */
  readonly p95Ms: number;
  /** In the worst five seconds of it. */
  readonly takenMs: number;
  /** Of orders as a whole, over all of that time. */
  readonly wholeP95Ms: number;
}

const takenOf = ({ takenMs }: Seen): number => takenMs;
const wholeOf = ({ wholeMs }: Seen): number => wholeMs ?? Number.POSITIVE_INFINITY;

function dueWithin(seen: readonly Seen[], beginMs: number, endMs: number): readonly Seen[] {
  return seen.filter(({ dueMs }) => dueMs >= beginMs && dueMs < endMs);
}

function p95(seen: readonly Seen[], of: (one: Seen) => number): number {
  return percentile(seen.map(of), 0.95);
}

/** As it is before anything is killed; p95 goes up and down by itself, as far as the worst five seconds say. */
export function levelsBefore(seen: readonly Seen[], beginMs: number, firstKillMs: number): Levels {
  const windows: (readonly Seen[])[] = [];
  for (let atMs = beginMs; atMs + WINDOW_SECONDS * 1000 <= firstKillMs; atMs += 1000)
    windows.push(dueWithin(seen, atMs, atMs + WINDOW_SECONDS * 1000));
  return {
    p95Ms: p95(dueWithin(seen, beginMs, firstKillMs), takenOf),
    takenMs: Math.max(...windows.map((window) => p95(window, takenOf))),
    wholeP95Ms: p95(dueWithin(seen, beginMs, firstKillMs), wholeOf),
  };
}

/** @param endMs until when it is looked at: the next kill, or the end of the load */
export function failoverOf(kill: Kill, seen: readonly Seen[], level: Levels, endMs: number): Failover {
  const after = dueWithin(seen, kill.atMs, endMs);
  /** Seconds from which on no five seconds are worse than normal until the end. */
  const recoveredAfterSeconds = (): number | null => {
    const windows: boolean[] = [];
    for (let beginMs = kill.atMs; beginMs + WINDOW_SECONDS * 1000 <= endMs; beginMs += 1000) {
      const due = dueWithin(seen, beginMs, beginMs + WINDOW_SECONDS * 1000);
      windows.push(p95(due, takenOf) > NORMAL_TIMES * level.takenMs);
    }
    const last = windows.lastIndexOf(true);
    return last === windows.length - 1 ? null : last + 1;
  };
  const { before, after: later } = SHOWN_SECONDS;
  const stretches = STRETCHES.map((name, index) => {
    const beginMs = kill.atMs + index * STRETCH_SECONDS * 1000;
    const due = dueWithin(after, beginMs, beginMs + STRETCH_SECONDS * 1000);
    return [name, p95(due, takenOf)] as const;
  });
  return {
    ...kill,
    p95MsBySeconds: Object.fromEntries(stretches),
    recoveredAfterSeconds: recoveredAfterSeconds(),
    longestTakenMs: Math.max(...after.map(takenOf)),
    longestWholeMs: Math.max(
      ...dueWithin(after, kill.atMs, kill.atMs + 2 * STRETCH_SECONDS * 1000).map(wholeOf),
    ),
    firstFailures: after.flatMap(({ firstFailure }) => firstFailure ?? []),
    bins: Array.from({ length: before + later }, (_, index) => binOf(seen, kill.atMs, index - before)),
  };
}

function binOf(seen: readonly Seen[], killMs: number, second: number): Bin {
  const due = dueWithin(seen, killMs + second * 1000, killMs + (second + 1) * 1000);
  return {
    second,
    requests: due.length,
    p50Ms: percentile(due.map(takenOf), 0.5),
    p95Ms: p95(due, takenOf),
    wholeP95Ms: p95(due, wholeOf),
    firstFailures: due.filter(({ firstFailure }) => firstFailure !== null).length,
  };
}
