import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessHost, Program } from './managed-process.ts';

/** The directory of the checkout. */
export const PROJECT_DIRECTORY = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * For every process of ours, in MiB. An order's values live for the seconds of its steps, longer than a young generation of
 * any size keeps them; V8 would let that grow to three times 32 MiB in each thread and give none of it back. Of the old
 * generation it lets the more garbage lie the larger the machine is, unless it is told how large the heap may be. The image
 * sets the same (Dockerfile). Measured in docs/reports/performance.md.
 */
export const NODE_FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=1024'] as const;

/**
 * What a person has set counts for our processes, but not what npm or a test runner sets for itself, not a port that only one
 * of several processes could have, and not a version, which nobody would promote here.
 */
export function inheritedEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(npm_|NODE_OPTIONS$|NODE_ENV$|JEST_|HEALTH_PORT$|WORKER_BUILD_ID$|NODE_CHANNEL_)/.test(name),
    ),
  );
}

/**
 * One of our own processes, which tells its parent when it is ready and ends when its parent is gone. The last argument
 * means nothing to it; it tells the processes of several stacks apart.
 */
export function nodeProgram(
  name: string,
  file: string,
  env: Readonly<Record<string, string>>,
  host: ProcessHost,
): Program {
  return {
    name,
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      ...NODE_FLAGS,
      ...(host.profileDirectory === undefined
        ? []
        : ['--cpu-prof', `--cpu-prof-dir=${join(host.profileDirectory, name)}`]),
      join(PROJECT_DIRECTORY, file),
      `--stack=${host.runDirectory}`,
    ],
    env: { ...inheritedEnvironment(), ...env },
    workingDirectory: PROJECT_DIRECTORY,
    ready: 'message',
    readyTimeoutMs: 60_000,
    // A little more than the 30 s after which runProcess gives up on its own.
    stopTimeoutMs: 35_000,
  };
}
