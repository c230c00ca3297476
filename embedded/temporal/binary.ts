/**
 * Where the Temporal server comes from, in this order: a `temporal` on PATH, our cache, the official download, a build
 * with Go. Whatever was downloaded or built is kept in the cache, so that it happens once for every user and machine.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { buildGoPrograms, findGo } from './build.ts';
import { kept, type Report } from './cache.ts';
import { downloadTemporal, OFFICIAL_RELEASES } from './download.ts';

/** Of the command-line tool that has the server inside. */
export const TEMPORAL_CLI_VERSION = '1.8.2';
/** Older ones lack what the orders use: an update that starts its workflow, eager activities. */
const OLDEST_SERVER = { major: 1, minor: 30 } as const;
const PROGRAM = 'temporal';

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
  const directory = await kept(
    {
      name: `temporal-${TEMPORAL_CLI_VERSION}`,
      files: [PROGRAM],
      make: (made) => provision(made, report, signal, sources),
    },
    report,
    signal,
  );
  return join(directory, PROGRAM);
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

/** @param directory where the program is written */
async function provision(
  directory: string,
  report: Report,
  signal: AbortSignal,
  sources: TemporalSources,
): Promise<void> {
  const program = join(directory, PROGRAM);
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
    const programs = {
      what: 'the Temporal server',
      packages: ['github.com/temporalio/cli/cmd/temporal'],
      packagesInAll: 1_700,
    };
    await buildGoPrograms(go, programs, directory, report, signal);
  }
  await readServerVersion(program);
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
