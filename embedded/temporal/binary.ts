/**
 * Where the Temporal server comes from, in this order: a `temporal` on PATH, our cache, the official download, a build
 * with Go. Whatever was downloaded or built is kept in the cache, so that it happens once for every user and machine.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FileLock } from '../file-lock.ts';
import { buildTemporal, findGo } from './build.ts';
import { downloadTemporal, OFFICIAL_RELEASES } from './download.ts';

/** Of the command-line tool that has the server inside. */
export const TEMPORAL_CLI_VERSION = '1.8.2';
/** Older ones lack what the orders use: an update that starts its workflow, eager activities. */
const OLDEST_SERVER = { major: 1, minor: 30 } as const;

const UNFINISHED = 'unfinished-';

/** Says what is happening; for what takes longer than a moment. */
export type Report = (message: string) => void;

/** Where it may come from when it is not on this machine; others than the usual for tests. */
export interface TemporalSources {
  readonly releases: string;
  readonly findGo: () => Promise<string | null>;
}
const USUAL_SOURCES: TemporalSources = { releases: OFFICIAL_RELEASES, findGo };

/** @throws Error that names what is missing and the ways out */
export async function findTemporal(
  report: Report,
  signal: AbortSignal,
  sources: TemporalSources = USUAL_SOURCES,
): Promise<string> {
  const installed = await findOnPath(report);
  if (installed) return installed;
  const destination = join(cacheDirectory(), `temporal-${TEMPORAL_CLI_VERSION}`, 'temporal');
  if (existsSync(destination)) return destination;
  makeCacheDirectory();
  const lock = await acquireLock(join(cacheDirectory(), 'provision.lock'), report, signal);
  try {
    if (!existsSync(destination)) await provision(destination, report, signal, sources);
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

async function findOnPath(report: Report): Promise<string | null> {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'temporal'))
    .find((file) => existsSync(file));
  if (!found) return null;
  const version = await readServerVersion(found).catch(() => null);
  const { major, minor } = OLDEST_SERVER;
  if (version && (version.major > major || (version.major === major && version.minor >= minor))) return found;
  report(`${found} is not used: it does not have a Temporal server ${major}.${minor} or later`);
  return null;
}

/** "temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)" */
async function readServerVersion(command: string): Promise<{ major: number; minor: number }> {
  const { stdout } = await promisify(execFile)(command, ['--version'], { timeout: 10_000 });
  const match = /Server (\d+)\.(\d+)/.exec(stdout);
  if (!match) throw new Error(`${command} --version tells no version of a server`);
  return { major: Number(match[1]), minor: Number(match[2]) };
}

async function acquireLock(file: string, report: Report, signal: AbortSignal): Promise<FileLock> {
  for (;;) {
    const lock = FileLock.tryAcquire(file);
    if (lock) return lock;
    report('another start on this machine is getting the Temporal server; waiting for it');
    await delay(1_000, undefined, { signal });
  }
}

/** The program appears in the cache only when it is complete and has told its version. */
async function provision(
  destination: string,
  report: Report,
  signal: AbortSignal,
  sources: TemporalSources,
): Promise<void> {
  removeUnfinished();
  const workDirectory = mkdtempSync(join(cacheDirectory(), UNFINISHED));
  const program = join(workDirectory, 'temporal');
  try {
    const downloadFailure = await downloadTemporal(
      TEMPORAL_CLI_VERSION,
      program,
      report,
      signal,
      sources.releases,
    ).then(
      () => null,
      (error: unknown) => error as Error,
    );
    signal.throwIfAborted();
    if (downloadFailure) {
      const go = await sources.findGo();
      if (!go) throw nothingWorks(downloadFailure);
      await buildTemporal(go, program, report, signal);
    }
    await readServerVersion(program);
    mkdirSync(dirname(destination), { recursive: true });
    renameSync(program, destination);
  } finally {
    rmSync(workDirectory, { recursive: true, force: true });
  }
}

/** What a killed start has left; the lock is ours, so nobody works on it. */
function removeUnfinished(): void {
  for (const name of readdirSync(cacheDirectory()))
    if (name.startsWith(UNFINISHED)) rmSync(join(cacheDirectory(), name), { recursive: true, force: true });
}

function nothingWorks(downloadFailure: Error): Error {
  return new Error(
    [
      'There is no Temporal server on this machine, and none could be made:',
      `  the official download failed (${downloadFailure.message}), and there is no Go to build it with.`,
      'Either install the Temporal CLI, so that `temporal` is on PATH: https://docs.temporal.io/cli#install',
      'or install Go (any version from 1.21 gets the one it needs): https://go.dev/doc/install',
      'or set TEMPORAL_ADDRESS to a Temporal server that runs elsewhere. Then start again.',
    ].join('\n'),
  );
}
