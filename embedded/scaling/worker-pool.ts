/**
 * Programs of one kind whose number changes while they run: `order-worker-1`, `order-worker-2`, … Each is a ManagedProcess, so
 * one that crashes comes back by itself and counts meanwhile.
 */
import { ManagedProcess, type ProcessHost, type Program } from '../managed-process.ts';

export interface WorkerPoolOptions {
  /** Their names are this with a number. */
  readonly name: string;
  readonly programOf: (name: string) => Program;
  readonly host: ProcessHost;
  /** Told when one that was called could not be started; it counts no more then. */
  readonly onStartFailed: (error: Error) => void;
}

interface Member {
  readonly name: string;
  readonly stopRequest: AbortController;
  /** Undefined while it starts. */
  process?: ManagedProcess;
  /** Resolves when it has started or is gone again. */
  started: Promise<void>;
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  /** The oldest first. */
  #members: Member[] = [];
  /** Those that are on their way out, by name; each resolves when it is gone. */
  readonly #leaving = new Map<string, Promise<void>>();

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** How many there are, with those that are starting. */
  get size(): number {
    return this.#members.length;
  }

  /** Process ids by name, of those that have started. */
  pids(): ReadonlyMap<string, number> {
    return new Map(
      this.#members.flatMap(({ name, process }) =>
        process?.pid === undefined ? [] : [[name, process.pid] as const],
      ),
    );
  }

  /**
   * Starts one more.
   * @returns when it works
   * @throws Error with the end of its log when it does not, or when it was stopped before; the pool is as before then
   */
  async add(signal?: AbortSignal): Promise<void> {
    const stopRequest = new AbortController();
    const name = this.#freeName();
    const program = this.#options.programOf(name);
    const asked = signal ? AbortSignal.any([signal, stopRequest.signal]) : stopRequest.signal;
    const member: Member = { name, stopRequest, started: Promise.resolve() };
    this.#members.push(member);
    const start = ManagedProcess.start(program, this.#options.host, asked);
    member.started = start.then(
      (process) => void (member.process = process),
      () => void (this.#members = this.#members.filter((one) => one !== member)),
    );
    await start;
    await member.started;
  }

  /** Starts or stops as many as it takes, without waiting for them. The newest go first: they remember the least. */
  resize(size: number): void {
    for (let missing = size - this.size; missing > 0; missing -= 1)
      this.add().catch((error: Error) => {
        if (error.name !== 'AbortError') this.#options.onStartFailed(error);
      });
    for (const member of this.#members.splice(size)) this.#leave(member);
  }

  /** Stops all of them, also those that are starting or on their way out, and resolves when none is left. */
  async stop(): Promise<void> {
    for (const member of this.#members.splice(0)) this.#leave(member);
    const ends = await Promise.allSettled(this.#leaving.values());
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #leave(member: Member): void {
    member.stopRequest.abort();
    const gone = member.started.then(() => member.process?.stop());
    this.#leaving.set(member.name, gone);
    // Its name belongs to its log and its record until it is gone.
    const forget = (): void => void this.#leaving.delete(member.name);
    gone.then(forget, forget);
  }

  /** The lowest number that none has. */
  #freeName(): string {
    const taken = new Set([...this.#members.map(({ name }) => name), ...this.#leaving.keys()]);
    for (let number = 1; ; number += 1) {
      const name = `${this.#options.name}-${number}`;
      if (!taken.has(name)) return name;
    }
  }
}
