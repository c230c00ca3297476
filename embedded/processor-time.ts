/** How much processor time a process has used, from the figures that Linux keeps. */
import { existsSync, readFileSync } from 'node:fs';

export interface ProcessorTime {
  /** The process that started it. */
  readonly parent: number;
  /** Milliseconds of all processors since it was started. */
  readonly ownMs: number;
  /** The same of its children that have ended. */
  readonly endedChildrenMs: number;
}

/** What the kernel counts in, which is 10 ms on every Linux that Node runs on. */
const TICK_MS = 10;

/** Whether this system tells; other systems than Linux have no /proc. */
export function tellsProcessorTime(): boolean {
  return existsSync('/proc/self/stat');
}

/**
 * Null when the process is gone, or where the system does not tell. See proc_pid_stat(5): after the name in parentheses come
 * state, ppid, … utime (14), stime, cutime, cstime.
 */
export function processorTimeOf(pid: number): ProcessorTime | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = (index: number): number => fields[index] ?? 0;
    return {
      parent: ticks(1),
      ownMs: (ticks(11) + ticks(12)) * TICK_MS,
      endedChildrenMs: (ticks(13) + ticks(14)) * TICK_MS,
    };
  } catch {
    // It ended meanwhile.
    return null;
  }
}
