/** What was downloaded or built for the embedded stack is kept, so that it happens once for every user and machine. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FileLock } from '../file-lock.ts';

const UNFINISHED = 'unfinished-';

/** Says what is happening; for what takes longer than a moment. */
export type Report = (message: string) => void;

export interface KeptDirectory {
  /** Its name in the cache, with a version. */
  readonly name: string;
  /** The files without which it is not complete. */
  readonly files: readonly string[];
  /** Writes the files into an empty directory. */
  readonly make: (directory: string) => Promise<void>;
}

/**
 * Answers a directory of the cache, and makes it first where it is not there. It appears under its name only when it is
 * complete, and one process of the machine makes it while the others wait.
 * @throws Error of `make`, or one that says what to do when the cache cannot be written
 */
export async function kept(
  { name, files, make }: KeptDirectory,
  report: Report,
  signal: AbortSignal,
): Promise<string> {
  const destination = join(cacheDirectory(), name);
  const isComplete = (): boolean => files.every((file) => existsSync(join(destination, file)));
  if (isComplete()) return destination;
  makeCacheDirectory();
  const lock = await acquireLock(join(cacheDirectory(), 'provision.lock'), report, signal);
  try {
    if (isComplete()) return destination;
    removeUnfinished();
    const workDirectory = mkdtempSync(join(cacheDirectory(), UNFINISHED));
    try {
      await make(workDirectory);
      rmSync(destination, { recursive: true, force: true });
      renameSync(workDirectory, destination);
    } finally {
      rmSync(workDirectory, { recursive: true, force: true });
    }
    return destination;
  } finally {
    lock.release();
  }
}

/** For every user one, as the conventions of the system have it. */
function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'order-saga');
}

function makeCacheDirectory(): void {
  try {
    mkdirSync(cacheDirectory(), { recursive: true });
  } catch (error) {
    throw new Error(
      `The Temporal server is to be kept in ${cacheDirectory()}, which cannot be made (${(error as Error).message}). Set XDG_CACHE_HOME to a directory that can be written.`,
      { cause: error },
    );
  }
}

async function acquireLock(file: string, report: Report, signal: AbortSignal): Promise<FileLock> {
  for (;;) {
    const lock = FileLock.tryAcquire(file);
    if (lock) return lock;
    report('another start on this machine is getting the Temporal server; waiting for it');
    await delay(1_000, undefined, { signal });
  }
}

/** What a killed start has left; the lock is ours, so nobody works on it. */
function removeUnfinished(): void {
  for (const name of readdirSync(cacheDirectory()))
    if (name.startsWith(UNFINISHED)) rmSync(join(cacheDirectory(), name), { recursive: true, force: true });
}
