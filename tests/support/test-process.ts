/** One more process of ours beside those of the stack, for tests that stop, kill or multiply it. */
import { fork } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inheritedEnvironment, PROJECT_DIRECTORY } from '../../embedded/node-program.ts';
import { waitFor } from '../../embedded/wait-for.ts';
import { stack, stackDirectory } from './stack.ts';

export interface TestProcess {
  readonly pid: number;
  /** Resolves with its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** All it has written so far. */
  readonly log: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Asks it to stop and waits until it has ended; no error when it has ended already. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a file such as `src/workers/relay.main.ts` with the stack's environment and waits until it says that it is ready.
 * It ends with the process of the test at the latest.
 * @param env goes before the stack's variables
 * @throws Error with its log when it ends first
 */
export async function startProcess(
  file: string,
  env: Readonly<Record<string, string>> = {},
): Promise<TestProcess> {
  // Removed with the stack at the end of the run.
  const logFile = join(mkdtempSync(join(stackDirectory(), 'process-')), 'log');
  const log = openSync(logFile, 'a');
  const child = fork(join(PROJECT_DIRECTORY, file), {
    cwd: PROJECT_DIRECTORY,
    env: { ...inheritedEnvironment(), ...stack().env, ...env },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  let isReady = false;
  let hasEnded = false;
  child.on('message', (message) => (isReady ||= message === 'ready'));
  const readLog = (): string => readFileSync(logFile, 'utf8');
  const exited = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      hasEnded = true;
      resolve(code ?? signal ?? 1);
    });
  });
  await waitFor(() => isReady || hasEnded, { timeoutMs: 60_000, what: `${file} to be ready` }).catch(
    (error) => {
      child.kill('SIGKILL');
      throw error;
    },
  );
  if (!isReady) throw new Error(`${file} ended before it was ready:\n${readLog()}`);
  return {
    pid: child.pid ?? 0,
    exited,
    log: readLog,
    kill: (signal) => void child.kill(signal),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
