/**
 * The workflow code as one file for the sandbox. Bundling takes seconds, so its result is kept under a name that follows
 * from everything that goes into it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';
import type { Logger } from '../config/logger.ts';
import { FAILURE_CONVERTER_PATH } from '../config/temporal.ts';
import { bridgeLogger } from './temporal-logger.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const WORKFLOWS = join(PROJECT, 'src', 'workflows', 'index.ts');
const SOURCES = [join(PROJECT, 'src', 'workflows'), join(PROJECT, 'src', 'domain')];
const BUNDLER = join(PROJECT, 'src', 'workers', 'workflow-bundle.main.ts');
/** Written by workflow-bundle.main.ts when an image is built. */
export const PREBUILT_BUNDLE = join(PROJECT, 'dist', 'workflow-bundle.js');

/**
 * Answers the bundle: the one that came with the image, else the one kept from an earlier start, else a new one.
 *
 * @param interceptorModules paths of modules that go into the sandbox with the workflows; none are in a prebuilt bundle
 */
export async function loadWorkflowBundle(
  interceptorModules: readonly string[],
  logger: Logger,
): Promise<WorkflowBundleOption> {
  if (interceptorModules.length === 0 && existsSync(PREBUILT_BUNDLE)) return { codePath: PREBUILT_BUNDLE };
  const file = join(await cacheFolder(), `workflow-bundle-${await fingerprint(interceptorModules)}.js`);
  if (!existsSync(file)) {
    logger.info('building the workflow bundle');
    await bundleElsewhere(file, interceptorModules);
  }
  return { codePath: file };
}

/**
 * Bundles in a process of its own, because the one that runs workflows would never give back the hundred megabytes that it takes.
 * @throws Error when it fails; its log says why
 */
async function bundleElsewhere(file: string, interceptorModules: readonly string[]): Promise<void> {
  const bundler = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', BUNDLER, file, ...interceptorModules],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const [code, signal] = (await once(bundler, 'exit')) as [number | null, NodeJS.Signals | null];
  if (code !== 0)
    throw new Error(`The workflow bundle could not be built (${signal ?? `exit code ${code}`})`);
}

/** Bundles anew. */
export async function buildWorkflowBundle(
  interceptorModules: readonly string[],
  logger: Logger,
): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS,
    workflowInterceptorModules: [...interceptorModules],
    failureConverterPath: FAILURE_CONVERTER_PATH,
    logger: bridgeLogger(logger.child({ component: 'bundler' }, { level: 'warn' })),
  });
  return code;
}

/** Writes beside and renames, so that a process that starts at the same moment never reads half a bundle. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}`;
  await writeFile(beside, text);
  await rename(beside, file);
}

/** A digest of all that the bundle is made of. */
async function fingerprint(interceptorModules: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as {
    version: string;
  };
  hash.update(JSON.stringify([version, process.version, interceptorModules]));
  for (const file of [FAILURE_CONVERTER_PATH, ...(await sourceFiles())]) {
    hash.update(`\n${relative(PROJECT, file)}\n`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 32);
}

async function sourceFiles(): Promise<string[]> {
  const files: string[] = [];
  for (const folder of SOURCES) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && !entry.name.endsWith('.test.ts')) files.push(join(entry.parentPath, entry.name));
    }
  }
  return files.sort();
}

/**
 * A folder that only this user can write to: what lies there is run.
 * @throws Error when there is none
 */
async function cacheFolder(): Promise<string> {
  const user = userInfo().uid;
  const folders = [
    join(PROJECT, 'node_modules', '.cache', 'order-saga'),
    join(tmpdir(), `order-saga-${user}`),
  ];
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const { uid, mode } = await lstat(folder);
      if (uid !== user || (mode & 0o022) !== 0) continue;
      await writeWhole(join(folder, '.writable'), '');
      return folder;
    } catch {
      // Read-only or somebody else's: the next one, or none.
    }
  }
  throw new Error(
    `The workflow bundle can be kept nowhere: let this user alone write to ${folders.join(' or ')}, or set TMPDIR`,
  );
}
