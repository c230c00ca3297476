/**
 * Where toxiproxy comes from: our cache, or a build with Go from the module beside this file, which pins it and all below
 * it. It is built once for every user and machine.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FileLock } from '../../../embedded/file-lock.ts';
import { PROJECT_DIRECTORY } from '../../../embedded/node-program.ts';
import { findGo } from '../../../embedded/temporal/build.ts';

/** As in toxiproxy/go.mod. */
export const TOXIPROXY_VERSION = '2.12.0';
const MODULE_DIRECTORY = join(PROJECT_DIRECTORY, 'tests', 'chaos', 'faults', 'toxiproxy');
const PACKAGE = 'github.com/Shopify/toxiproxy/v2/cmd/server';

/**
 * @param say told what takes longer than a moment
 * @throws Error with what is missing, or with what Go said
 */
export async function findToxiproxy(say: (message: string) => void): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'order-saga');
  const destination = join(cache, `toxiproxy-${TOXIPROXY_VERSION}`, 'toxiproxy-server');
  if (existsSync(destination)) return destination;
  const lock = await acquireLock(join(cache, 'toxiproxy.lock'), say);
  try {
    if (!existsSync(destination)) await build(destination, say);
    return destination;
  } finally {
    lock.release();
  }
}

async function acquireLock(file: string, say: (message: string) => void): Promise<FileLock> {
  for (;;) {
    const lock = FileLock.tryAcquire(file);
    if (lock) return lock;
    say('another run on this machine is building toxiproxy; waiting for it');
    await delay(1_000);
  }
}

/** The program appears in the cache only when it is complete. */
async function build(destination: string, say: (message: string) => void): Promise<void> {
  const go = await findGo();
  if (go === null)
    throw new Error(
      'toxiproxy, which the faults of the network need, is built with Go, and there is none. Install Go (any version from 1.21 gets the one it needs): https://go.dev/doc/install',
    );
  say('building toxiproxy once, half a minute on two cores');
  mkdirSync(dirname(destination), { recursive: true });
  const work = mkdtempSync(join(dirname(destination), 'unfinished-'));
  const program = join(work, 'toxiproxy-server');
  try {
    await promisify(execFile)(
      go,
      ['build', '-trimpath', '-mod=readonly', '-ldflags=-s -w', '-o', program, PACKAGE],
      {
        cwd: MODULE_DIRECTORY,
        env: { ...process.env, GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' },
      },
    );
    renameSync(program, destination);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
