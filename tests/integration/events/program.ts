/** Runs one of our programs as a process of its own, so that it can be killed as a machine would be. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../../../embedded/node-program.ts';
import { findFreePorts } from '../../../embedded/ports.ts';

export interface RunningProgram {
  /** Whether /readyz says that it can do its work. */
  isReady(): Promise<boolean>;
  /** The value of one line of /metrics, 0 when it is not there. */
  metric(nameAndLabels: string): Promise<number>;
  /** What it has logged so far. */
  log(): string;
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/**
 * Resolves when the program has said that it is ready.
 * @param release the folder of the code that it runs @default this checkout
 * @throws Error with its log when it ends instead
 */
export async function startProgram(
  file: string,
  env: Readonly<Record<string, string>>,
  release = PROJECT_DIRECTORY,
): Promise<RunningProgram> {
  const [healthPort] = await findFreePorts(1);
  const child = fork(join(release, file), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { PATH: process.env['PATH'], HEALTH_PORT: String(healthPort), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  }
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  const isUp = await Promise.race([once(child, 'message').then(() => true), exited.then(() => false)]);
  if (!isUp) throw new Error(`${file} ended with exit code ${child.exitCode}:\n${chunks.join('')}`);

  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${healthPort}${path}`);
  return {
    isReady: async () => (await get('/readyz')).status === 200,
    metric: async (nameAndLabels) => {
      const lines = (await (await get('/metrics')).text()).split('\n');
      const line = lines.find((text) => text.startsWith(`${nameAndLabels} `));
      return Number(line?.slice(nameAndLabels.length + 1) ?? 0);
    },
    log: () => chunks.join(''),
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
  };
}
