/**
 * A program that the stack runs: started in a session of its own, so that Ctrl+C reaches the stack alone and the order
 * of stopping is ours; its output goes to a log file; when it ends by itself it is started again, with growing pauses.
 * A record of its process id lets the next start find what a killed stack left behind.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commandLineOf, signalProcess } from './process-table.ts';
import { waitFor } from './wait-for.ts';

const LOG_FILE_LIMIT_BYTES = 20 * 1024 * 1024;

/** Pauses before a program that has ended by itself is started again, milliseconds. */
export interface RestartPauses {
  readonly first: number;
  /** Every pause is twice the one before, up to this one. */
  readonly longest: number;
  /** A program that has run this long begins with the first pause again. */
  readonly calmAfter: number;
}
const RESTART_PAUSES_MS: RestartPauses = { first: 500, longest: 15_000, calmAfter: 60_000 };

export interface Program {
  /** Names the log file and the record: `order-worker-1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Another user than ours. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** How it tells that it works: by a message `ready` to its parent, or by an answer to this question. */
  readonly ready: 'message' | (() => Promise<boolean>);
  readonly readyTimeoutMs: number;
  /** What asks it to stop; after the time it is killed with everything it has started. @default SIGTERM */
  readonly stopSignal?: NodeJS.Signals;
  readonly stopTimeoutMs: number;
  /** @default SIGKILL */
  readonly killSignal?: NodeJS.Signals;
  /** Before each start, the first and every later one. */
  readonly prepare?: () => Promise<void>;
}

/** What the processes of one stack have in common. */
export interface ProcessHost {
  /** One log file for each process. */
  readonly logDirectory: string;
  /** One record for each process that runs. */
  readonly runDirectory: string;
  /** Told what a person should know about a process that runs: it ended by itself, it is back. */
  readonly onIncident: (name: string, what: string) => void;
  /** Aborted when stopping must not take its time any longer: what still runs is killed. */
  readonly hurry: AbortSignal;
  /** @default half a second, growing to 15 s */
  readonly restartPausesMs?: RestartPauses;
  /** Where our own programs leave a profile of their processor time when they end, in a directory each. @default none */
  readonly profileDirectory?: string | undefined;
}

export class ManagedProcess {
  readonly program: Program;
  readonly #host: ProcessHost;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  readonly #stopRequested = new AbortController();
  #supervision: Promise<void> = Promise.resolve();

  private constructor(program: Program, host: ProcessHost) {
    this.program = program;
    this.#host = host;
  }

  /**
   * Starts the program and waits until it works.
   * @throws Error with the end of its log when it does not; it runs no more then
   */
  static async start(program: Program, host: ProcessHost, signal?: AbortSignal): Promise<ManagedProcess> {
    const managed = new ManagedProcess(program, host);
    try {
      await managed.#launch(signal);
    } catch (error) {
      await managed.stop();
      throw error;
    }
    managed.#supervision = managed.#supervise();
    return managed;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get logFile(): string {
    return join(this.#host.logDirectory, `${this.program.name}.log`);
  }

  /** Asks it to stop and waits until it is gone; kills it when it takes too long. */
  async stop(): Promise<void> {
    this.#stopRequested.abort();
    const child = this.#child;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      signalProcess(child.pid, this.program.stopSignal ?? 'SIGTERM');
      const impatient = AbortSignal.any([this.#host.hurry, AbortSignal.timeout(this.program.stopTimeoutMs)]);
      const kill = (): void => this.killNow();
      impatient.addEventListener('abort', kill);
      if (impatient.aborted) kill();
      await this.#exited;
      impatient.removeEventListener('abort', kill);
    }
    await this.#supervision;
    rmSync(this.#recordFile, { force: true });
  }

  /** Kills it with everything it has started, at once. */
  killNow(): void {
    // Started as the leader of its own session, it leads a process group of the same number.
    if (this.#child?.pid !== undefined && this.#child.exitCode === null)
      signalProcess(-this.#child.pid, 'SIGKILL');
  }

  get #recordFile(): string {
    return join(this.#host.runDirectory, `${this.program.name}.json`);
  }

  async #launch(signal?: AbortSignal): Promise<void> {
    const { program } = this;
    await program.prepare?.();
    signal?.throwIfAborted();
    const log = openLog(this.logFile);
    const child = spawn(program.command, program.args, {
      cwd: program.workingDirectory,
      env: program.env,
      detached: true,
      stdio: program.ready === 'message' ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
      ...program.user,
    });
    closeSync(log);
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    if (child.pid !== undefined) writeRecord(this.#recordFile, child.pid, program);
    await this.#waitUntilReady(child, signal);
  }

  async #waitUntilReady(child: ChildProcess, signal?: AbortSignal): Promise<void> {
    const { program } = this;
    let saidReady = false;
    let spawnError: Error | undefined;
    child.once('error', (error) => (spawnError = error));
    child.on('message', (message) => {
      if (message === 'ready') saidReady = true;
    });
    const ended = (): boolean =>
      spawnError !== undefined || child.exitCode !== null || child.signalCode !== null;
    const isReady = async (): Promise<boolean> =>
      ended() || (program.ready === 'message' ? saidReady : await program.ready());
    try {
      await waitFor(isReady, {
        timeoutMs: program.readyTimeoutMs,
        what: `${program.name} to be ready`,
        intervalMs: 30,
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Error(`${(error as Error).message}\n${this.#endOfLog()}`, { cause: error });
    }
    if (spawnError) throw new Error(`${program.command} could not be started: ${spawnError.message}`);
    if (ended())
      throw new Error(`${program.name} ended with ${howItEnded(child)} while starting.\n${this.#endOfLog()}`);
  }

  /** Starts the program again whenever it has ended without being asked to. */
  async #supervise(): Promise<void> {
    const stopped = this.#stopRequested.signal;
    const pauses = this.#host.restartPausesMs ?? RESTART_PAUSES_MS;
    let pauseMs = pauses.first;
    for (;;) {
      const since = performance.now();
      await this.#exited;
      if (stopped.aborted) return;
      if (performance.now() - since > pauses.calmAfter) pauseMs = pauses.first;
      const child = this.#child;
      this.#host.onIncident(
        this.program.name,
        `ended with ${child ? howItEnded(child) : 'no trace'}; starting it again in ${pauseMs / 1000} s (${this.logFile})`,
      );
      await delay(pauseMs, undefined, { signal: stopped }).catch(() => undefined);
      if (stopped.aborted) return;
      pauseMs = Math.min(pauseMs * 2, pauses.longest);
      try {
        await this.#launch(stopped);
        this.#host.onIncident(this.program.name, 'runs again');
      } catch (error) {
        if (stopped.aborted) return;
        this.#host.onIncident(
          this.program.name,
          `did not come back: ${(error as Error).message.split('\n')[0]}`,
        );
        this.killNow();
      }
    }
  }

  #endOfLog(): string {
    const lines = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-12);
    return `The end of ${this.logFile}:\n${lines.map((line) => `  ${line.slice(0, 600)}`).join('\n')}`;
  }
}

function howItEnded(child: ChildProcess): string {
  return child.signalCode ?? `exit code ${child.exitCode}`;
}

/** Opens for appending; a file that has grown large is put aside first, one generation deep. */
function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_FILE_LIMIT_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

interface ProcessRecord {
  readonly pid: number;
  readonly commandLine: string;
  readonly stopSignal: NodeJS.Signals;
  readonly killSignal: NodeJS.Signals;
}

function writeRecord(file: string, pid: number, program: Program): void {
  mkdirSync(dirname(file), { recursive: true });
  const record: ProcessRecord = {
    pid,
    commandLine: [program.command, ...program.args].join(' '),
    stopSignal: program.stopSignal ?? 'SIGTERM',
    killSignal: program.killSignal ?? 'SIGKILL',
  };
  writeFileSync(file, JSON.stringify(record), { mode: 0o600 });
}

function readRecord(file: string): ProcessRecord | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord;
  } catch {
    // Cut short by a crash it names nobody; whoever it was is found by the port it holds.
    return null;
  }
}

/**
 * Stops what a killed stack has left behind, the newest first. A process counts as ours only if its number and its whole
 * command line, which contains this stack's own paths, are the recorded ones.
 * @returns the names of those that still ran
 */
export async function stopLeftovers(runDirectory: string, stopTimeoutMs: number): Promise<string[]> {
  if (!existsSync(runDirectory)) return [];
  const files = readdirSync(runDirectory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name: name.slice(0, -'.json'.length), file: join(runDirectory, name) }))
    .map((record) => ({ ...record, writtenAt: statSync(record.file).mtimeMs }))
    .sort((one, other) => other.writtenAt - one.writtenAt);
  const stopped: string[] = [];
  for (const { name, file } of files) {
    const record = readRecord(file);
    if (record && (await stopLeftover(record, stopTimeoutMs))) stopped.push(name);
    rmSync(file, { force: true });
  }
  return stopped;
}

/** @returns whether it still ran */
async function stopLeftover(record: ProcessRecord, stopTimeoutMs: number): Promise<boolean> {
  const isThere = (): boolean => commandLineOf(record.pid) === record.commandLine;
  if (!isThere()) return false;
  signalProcess(record.pid, record.stopSignal);
  const what = `process ${record.pid} to end`;
  await waitFor(() => !isThere(), { timeoutMs: stopTimeoutMs, what }).catch(() =>
    signalProcess(record.pid, record.killSignal),
  );
  await waitFor(() => !isThere(), { timeoutMs: stopTimeoutMs, what: `${what} after being killed` });
  return true;
}
