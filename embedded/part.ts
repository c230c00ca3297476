/**
 * The embedded stack is a list of parts. They are started in order, each seeing what the ones before it have to offer,
 * and stopped in reverse.
 */

/** What a part may use while it starts. */
export interface PartContext {
  /** The environment variables that the parts before this one have added. */
  readonly env: Readonly<Record<string, string>>;
  /** Says on the screen what is happening now; for what takes longer than a moment. */
  readonly report: (message: string) => void;
  /** Aborted when the start is given up; what takes long ends early. */
  readonly signal: AbortSignal;
}

export interface StartedPart {
  /** What a person may want to open, by its name on the screen. */
  readonly addresses: Readonly<Record<string, string>>;
  /** What our processes need in order to use this part. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends everything that the part has started, and resolves when it is gone. Absent when nothing was started. */
  readonly stop?: () => Promise<void>;
}

export interface Part {
  /** As on the screen: "PostgreSQL". */
  readonly name: string;
  /** @throws Error with a message for a person; nothing of the part runs any more then */
  start(context: PartContext): Promise<StartedPart>;
}

/** The parts that run. */
export class StartedParts {
  readonly addresses: Record<string, string> = {};
  readonly env: Record<string, string> = {};
  readonly #running: { readonly name: string; readonly started: StartedPart }[] = [];

  /** Starts one more part. Rejects as the part does; those before it keep running until stop(). */
  async add(part: Part, report: PartContext['report'], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const started = await part.start({ env: { ...this.env }, report, signal });
    this.#running.push({ name: part.name, started });
    Object.assign(this.addresses, started.addresses);
    Object.assign(this.env, started.env);
  }

  /**
   * Stops in reverse order, each part even if another could not be stopped; may be called again.
   * @throws AggregateError with what went wrong
   */
  async stop(onStopping: (name: string) => void = () => undefined): Promise<void> {
    const failures: unknown[] = [];
    for (let part = this.#running.pop(); part; part = this.#running.pop()) {
      if (!part.started.stop) continue;
      onStopping(part.name);
      await part.started.stop().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not every part could be stopped');
  }
}

/**
 * Starts all parts in order.
 * @throws Error of the part that could not start, after stopping those before it
 */
export async function startParts(
  parts: readonly Part[],
  report: (part: string, message: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<StartedParts> {
  const started = new StartedParts();
  try {
    for (const part of parts) await started.add(part, (message) => report(part.name, message), signal);
  } catch (error) {
    await started.stop();
    throw error;
  }
  return started;
}
