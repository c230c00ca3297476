/** A small disk of its own for the data of PostgreSQL and of the simulators, which can be filled and be made read-only. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const PREFIX = 'order-saga-disk-';
const SIZE = '1g';
const BLOCK_BYTES = 1024 * 1024;
/** The last bytes are taken in small steps, so that not even one page of the database fits any more. */
const SMALLEST_BLOCK_BYTES = 512;

export class Disk {
  readonly directory: string;
  readonly #filler: string;
  #isReadOnly = false;

  private constructor(directory: string) {
    this.directory = directory;
    this.#filler = join(directory, 'filler');
  }

  /**
   * @throws Error with what the system said when this user may not mount anything
   */
  static mount(): Disk {
    removeAbandoned();
    const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
    try {
      mount(['-t', 'tmpfs', '-o', `size=${SIZE},mode=755`, 'order-saga-disk', directory]);
    } catch (error) {
      rmdirSync(directory);
      throw new Error(
        `A disk that can be filled is a tmpfs of its own, which this user may not mount (${(error as Error).message.trim()}). Run as root.`,
        { cause: error },
      );
    }
    const disk = new Disk(directory);
    for (const name of ['postgres', 'simulators']) mkdirSync(join(directory, name), { mode: 0o755 });
    chmodSync(join(directory, 'postgres'), 0o755);
    return disk;
  }

  /** Takes all space that is left. */
  fill(): void {
    const file = openSync(this.#filler, 'a');
    try {
      for (let size = BLOCK_BYTES; size >= SMALLEST_BLOCK_BYTES; size /= 2) writeUntilFull(file, size);
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  /**
   * Whoever opens a file from now on finds that it cannot be written; who has one open can go on, so kill them after this.
   * (A file system that is written to cannot be made read-only itself: the system refuses.)
   */
  makeReadOnly(): void {
    mount(['--bind', this.directory, this.directory]);
    this.#isReadOnly = true;
    mount(['-o', 'remount,bind,ro', this.directory]);
  }

  makeWritable(): void {
    if (!this.#isReadOnly) return;
    execFileSync('umount', ['-l', this.directory], { stdio: 'pipe' });
    this.#isReadOnly = false;
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.directory], { stdio: 'pipe' });
    rmdirSync(this.directory);
  }
}

function mount(words: readonly string[]): void {
  execFileSync('mount', words, { stdio: 'pipe' });
}

function writeUntilFull(file: number, size: number): void {
  const block = Buffer.alloc(size, 1);
  for (;;) {
    try {
      if (writeSync(file, block) < size) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}

/** What a run that was killed has left. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = /^(\d+)-/.exec(basename(name).slice(PREFIX.length))?.[1];
    if (!name.startsWith(PREFIX) || owner === undefined || isAlive(Number(owner))) continue;
    const directory = join(tmpdir(), name);
    // Once more when it was read-only in that moment.
    for (const _mount of ['read-only', 'itself'])
      try {
        execFileSync('umount', ['-l', directory], { stdio: 'pipe' });
      } catch {
        // It is not mounted any more.
      }
    rmSync(directory, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
