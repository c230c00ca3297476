import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';

const HAS_PROC = existsSync('/proc/self/cmdline');

/** How a process was started, its words separated by blanks; null when there is no such process (or only its remains). */
export function commandLineOf(pid: number): string | null {
  try {
    const text = HAS_PROC
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
    return text.trim() || null;
  } catch {
    // Both ways fail exactly when the process is gone.
    return null;
  }
}

/** The numbers of all processes; small systems have no `ps`, but then they have /proc. */
export function allProcesses(): number[] {
  const entries = HAS_PROC
    ? readdirSync('/proc')
    : execFileSync('ps', ['-A', '-o', 'pid='], { encoding: 'utf8' }).split(/\s+/);
  return entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
}

/** Sends a signal; a process that is gone already is no error. @returns whether it was there */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
