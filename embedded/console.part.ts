/** The operations console, built when its sources are others than at the last start; the API serves it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_DIRECTORY } from './node-program.ts';
import type { Part } from './part.ts';

const CACHE = join(PROJECT_DIRECTORY, 'node_modules', '.cache', 'order-saga');
const PROGRAM = join(PROJECT_DIRECTORY, 'console', 'build.main.ts');
/** What becomes part of it, or makes it. */
const PACKAGES = ['vite', 'preact', 'uplot'];
const TIMEOUT_MS = 120_000;

/** Adds CONSOLE_DIRECTORY. */
export function consolePart(): Part {
  return {
    name: 'Console',
    async start({ report, signal }) {
      return { addresses: {}, env: { CONSOLE_DIRECTORY: await ensureConsole(report, signal) } };
    },
  };
}

/**
 * @returns the folder of a console that is built from the sources as they are
 * @throws Error with what the build complains of
 */
export async function ensureConsole(report: (message: string) => void, signal: AbortSignal): Promise<string> {
  const directory = join(CACHE, `console-${fingerprint()}`);
  if (existsSync(directory)) return directory;
  report('building the page');
  await mkdir(CACHE, { recursive: true });
  const beside = await mkdtemp(join(CACHE, 'console-build-'));
  try {
    await runBuild(beside, signal);
    await rename(beside, directory);
  } catch (error) {
    // Somebody else who started at the same moment was faster.
    if (!existsSync(directory)) throw error;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  return directory;
}

async function runBuild(directory: string, signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', PROGRAM, directory],
      {
        cwd: PROJECT_DIRECTORY,
        timeout: TIMEOUT_MS,
        signal,
      },
    );
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new Error(`The console could not be built: ${stderr.trim() || message}`, { cause: error });
  }
}

/** A digest of all that the page is made of. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const { devDependencies } = JSON.parse(readFileSync(join(PROJECT_DIRECTORY, 'package.json'), 'utf8')) as {
    devDependencies: Readonly<Record<string, string>>;
  };
  hash.update(JSON.stringify(PACKAGES.map((name) => devDependencies[name])));
  const files = globSync('**/*.{ts,tsx,css,html,json,svg}', { cwd: dirname(PROGRAM) })
    .filter((file) => !file.endsWith('.test.ts'))
    .sort();
  for (const file of files) {
    hash.update(`\n${file.replaceAll('\\', '/')}\n`).update(readFileSync(join(dirname(PROGRAM), file)));
  }
  return hash.digest('hex').slice(0, 32);
}
