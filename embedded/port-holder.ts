import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { allProcesses, commandLineOf } from './process-table.ts';

/** Who listens on a port of this machine, for a person to read; null where the system does not tell us. */
export function describePortHolder(port: number): string | null {
  const pid = process.platform === 'linux' ? findListenerInProc(port) : findListenerWithLsof(port);
  if (pid === null) return null;
  const commandLine = commandLineOf(pid);
  return `process ${pid}${commandLine ? `, ${commandLine.slice(0, 100)}` : ''}`;
}

/** A socket is listed by its number in one file and by the same number among the open files of its process. */
function findListenerInProc(port: number): number | null {
  const socket = listeningSocket(port);
  if (socket === null) return null;
  return allProcesses().find((pid) => openFiles(pid).includes(`socket:[${socket}]`)) ?? null;
}

function listeningSocket(port: number): string | null {
  const LISTEN = '0A';
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let lines: string[];
    try {
      lines = readFileSync(table, 'utf8').split('\n').slice(1);
    } catch {
      // A machine without IPv6 has no such table.
      continue;
    }
    for (const line of lines) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTEN && inode && parseInt(local?.split(':')[1] ?? '', 16) === port) return inode;
    }
  }
  return null;
}

function openFiles(pid: number): string[] {
  return orNothing(() => readdirSync(`/proc/${pid}/fd`)).flatMap((file) =>
    orNothing(() => [readlinkSync(`/proc/${pid}/fd/${file}`)]),
  );
}

/** Another user's process cannot be looked into, and any may end, or close a file, while it is looked at. */
function orNothing(read: () => string[]): string[] {
  try {
    return read();
  } catch {
    return [];
  }
}

function findListenerWithLsof(port: number): number | null {
  try {
    const output = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(output.trim().split('\n')[0]) || null;
  } catch {
    // Nothing found, or no such program.
    return null;
  }
}
