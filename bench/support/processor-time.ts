/** How much processor time the programs of a run have used, from the figures that Linux keeps. */
import { readFileSync, readdirSync } from 'node:fs';
import { processorTimeOf, tellsProcessorTime, type ProcessorTime } from '../../embedded/processor-time.ts';

/** A program whose time is wanted, by a name for people; some are several processes. */
export interface MeasuredProgram {
  readonly name: string;
  readonly pid: number;
  /** Whether it works in processes of its own, as PostgreSQL does. @default false */
  readonly hasChildren?: boolean;
}

/** Milliseconds of all processors by program, since each was started. */
export type ProcessorTimes = ReadonlyMap<string, number>;

/** Null where there is no /proc: then rates can be measured, but not who used the processor. */
export function readProcessorTimes(programs: readonly MeasuredProgram[]): ProcessorTimes | null {
  if (!tellsProcessorTime()) return null;
  const children = programs.some(({ hasChildren }) => hasChildren) ? childrenByParent() : new Map();
  return new Map(
    programs.map(({ name, pid, hasChildren = false }) => {
      const own = processorTimeOf(pid);
      const ended = hasChildren ? (own?.endedChildrenMs ?? 0) : 0;
      const living: number = hasChildren
        ? (children.get(pid) ?? []).reduce((sum: number, child: ProcessorTime) => sum + child.ownMs, 0)
        : 0;
      return [name, (own?.ownMs ?? 0) + ended + living];
    }),
  );
}

/** What was used between two readings. */
export function timeBetween(before: ProcessorTimes, after: ProcessorTimes): ReadonlyMap<string, number> {
  return new Map([...after].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)]));
}

/**
 * Milliseconds of all processors that anything has used since the machine was started, other machines on the same hardware
 * included (steal). See proc_stat(5): user nice system idle iowait irq softirq steal, in hundredths of a second.
 */
export function readMachineTime(): number {
  const [, ...fields] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields;
  return (user + nice + system + irq + softirq + steal) * 10;
}

/** Resident memory in bytes; null when it cannot be told. */
export function residentBytes(pid: number): number | null {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) * 1024 : null;
  } catch {
    // Gone, or no such file on this system.
    return null;
  }
}

function childrenByParent(): Map<number, ProcessorTime[]> {
  const byParent = new Map<number, ProcessorTime[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = processorTimeOf(Number(entry));
    if (stat === null) continue;
    const siblings = byParent.get(stat.parent);
    if (siblings) siblings.push(stat);
    else byParent.set(stat.parent, [stat]);
  }
  return byParent;
}
