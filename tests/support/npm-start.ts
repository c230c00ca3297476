/** `npm start` as a person runs it, for tests: on ports and in a directory of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inheritedEnvironment, PROJECT_DIRECTORY } from '../../embedded/node-program.ts';
import { findFreePorts } from '../../embedded/ports.ts';
import { PORT_VARIABLES, type PortVariable } from '../../embedded/settings.ts';
import { allProcesses, commandLineOf, signalProcess } from '../../embedded/process-table.ts';
import { waitFor } from '../../embedded/wait-for.ts';

/** Where one stack lives, over several starts. */
export interface Home {
  readonly directory: string;
  readonly env: Readonly<Record<PortVariable | 'STATE_DIRECTORY', string>>;
}

export async function createHome(): Promise<Home> {
  // Only its owner can enter it, as a checkout in somebody's private directory.
  const directory = mkdtempSync(join(tmpdir(), 'order-saga-start-'));
  const ports = await findFreePorts(PORT_VARIABLES.length);
  const portVariables = Object.fromEntries(PORT_VARIABLES.map((name, index) => [name, `${ports[index]}`]));
  return { directory, env: { ...portVariables, STATE_DIRECTORY: directory } as Home['env'] };
}

/** Ends whatever still runs of it, and removes it. */
export function destroyHome(home: Home): void {
  for (const { pid } of processesOf(home)) signalProcess(pid, 'SIGKILL');
  const elsewhere = dataElsewhere(home);
  if (elsewhere) rmSync(elsewhere, { recursive: true, force: true });
  rmSync(home.directory, { recursive: true, force: true });
}

/** Root's PostgreSQL has its data outside. */
function dataElsewhere(home: Pick<Home, 'directory'>): string | null {
  const note = join(home.directory, 'postgres-directory');
  return existsSync(note) ? readFileSync(note, 'utf8').trim() : null;
}

/** All processes whose command line names the home, newest first: every part of a stack does. */
export function processesOf(home: Pick<Home, 'directory'>): { pid: number; command: string }[] {
  const paths = [home.directory, dataElsewhere(home) ?? home.directory];
  return allProcesses()
    .map((pid) => ({ pid, command: commandLineOf(pid) ?? '' }))
    .filter(({ command }) => paths.some((path) => command.includes(path)))
    .toSorted((one, other) => other.pid - one.pid);
}

/** One run of `npm start` and all it has said. */
export class NpmStart {
  output = '';
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(home: Home, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn('node', ['embedded/bootstrap.mjs', 'start', ...args], {
      cwd: PROJECT_DIRECTORY,
      // The customer's time to return the goods is what an order waits for the longest.
      env: { ...inheritedEnvironment(), ...home.env, RETURN_WINDOW_MS: '1000', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.exited = new Promise((resolve) => this.#child.once('close', (code) => resolve(code)));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('npm start was not started');
    return this.#child.pid;
  }

  /** Resolves when the addresses are on the screen. @throws Error with what was said when it ends before that */
  async started(): Promise<void> {
    await this.says(/Ctrl\+C stops everything/, 90_000);
  }

  async says(text: RegExp, timeoutMs = 30_000): Promise<void> {
    let isOver = false;
    void this.exited.then(() => (isOver = true));
    await waitFor(() => text.test(this.output) || isOver, {
      timeoutMs,
      what: `npm start to say ${text}\n${this.output}`,
    });
    if (!text.test(this.output))
      throw new Error(`npm start has ended and never said ${text}:\n${this.output}`);
  }
}
