import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { PROJECT_DIRECTORY } from '../node-program.ts';
import { signalProcess } from '../process-table.ts';
import type { Report } from './cache.ts';

/**
 * The module that pins the server and everything below it. `go install` cannot build it: it refuses a module that
 * replaces one of its dependencies, as the tool's own does, but not one of ours that does the same.
 */
const MODULE_DIRECTORY = join(PROJECT_DIRECTORY, 'embedded', 'temporal-server');
const REPORT_INTERVAL_MS = 1_000;

/** Go on PATH or where its installer puts it; null when there is none that can get the version it needs by itself. */
export async function findGo(): Promise<string | null> {
  for (const command of ['go', '/usr/local/go/bin/go']) {
    try {
      const { stdout } = await promisify(execFile)(command, ['env', 'GOVERSION'], { cwd: '/' });
      const match = /^go(\d+)\.(\d+)/.exec(stdout);
      if (match && (Number(match[1]) > 1 || Number(match[2]) >= 21)) return command;
    } catch {
      // Not there: the next place.
    }
  }
  return null;
}

export interface GoPrograms {
  /** As on the screen. */
  readonly what: string;
  /** Each becomes a program with the last part of its name. */
  readonly packages: readonly string[];
  /** @default none */
  readonly tags?: readonly string[];
  /** About how many packages there are to compile, for a person who waits. */
  readonly packagesInAll: number;
}

/**
 * Builds programs with what Go downloads from its module proxy, checked against go.sum.
 * @param directory where they are written
 * @throws Error with the end of what Go said
 */
export async function buildGoPrograms(
  go: string,
  { what, packages, tags = [], packagesInAll }: GoPrograms,
  directory: string,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const builder = spawn(
    go,
    [
      'build',
      '-v',
      '-trimpath',
      '-mod=readonly',
      '-ldflags=-s -w',
      `-tags=${tags.join()}`,
      '-o',
      `${directory}${sep}`,
      ...packages,
    ],
    {
      cwd: MODULE_DIRECTORY,
      env: {
        ...process.env,
        GOFLAGS: '',
        GOWORK: 'off',
        CGO_ENABLED: '0',
        PATH: `${process.env['PATH']}:${dirname(go)}`,
      },
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const stop = (): void => {
    if (builder.pid !== undefined) signalProcess(-builder.pid, 'SIGKILL');
  };
  signal.addEventListener('abort', stop);
  const lines: string[] = [];
  const done = { modules: 0, packages: 0 };
  createInterface({ input: builder.stderr }).on('line', (line) => {
    lines.push(line);
    if (line.startsWith('go: downloading ')) done.modules += 1;
    else done.packages += 1;
  });
  const startedAt = performance.now();
  const tell = (): void => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    const compiled = `${done.packages} of about ${packagesInAll.toLocaleString('en')} packages compiled`;
    const downloaded = done.modules > 0 ? `${done.modules} modules downloaded` : 'looking for what is there';
    const step = done.packages > 0 ? compiled : downloaded;
    report(`building ${what} once, about 4 minutes: ${clock}, ${step}`);
  };
  tell();
  const ticker = setInterval(tell, REPORT_INTERVAL_MS);
  try {
    const [code] = (await once(builder, 'close')) as [number | null];
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`Go could not build ${what}:\n${lines.slice(-15).join('\n')}`);
  } finally {
    clearInterval(ticker);
    signal.removeEventListener('abort', stop);
  }
}
