/**
 * A discrete-event simulation: a clock that jumps from one event to the next, processes that wait, and servers that they
 * queue for. It knows nothing of orders. The same processes with the same seed give the same result.
 *
 * The field's terms are used: a *server* serves one at a time, a *station* has some servers and one queue, first come, first
 * served (see Kleinrock, Queueing Systems, volume 1; the tests hold it against the formulas that are known).
 */

/** What a process waits for; `resume` is called once, when it may go on. */
export type Step = (resume: () => void) => void;
export type Process = Generator<Step, void, void>;

interface Event {
  readonly atMs: number;
  /** Those of the same moment happen in the order in which they were made. */
  readonly order: number;
  readonly happen: () => void;
}

export class Simulation {
  #nowMs = 0;
  #order = 0;
  /** A binary heap, the next one first. */
  readonly #events: Event[] = [];

  /** Simulated milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Calls `happen` after so many milliseconds. */
  after(ms: number, happen: () => void): void {
    const event = { atMs: this.#nowMs + ms, order: (this.#order += 1), happen };
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(event, events[above] as Event)) break;
      events[at] = events[above] as Event;
      at = above;
    }
    events[at] = event;
  }

  /** For a process: goes on after so many milliseconds. */
  wait(ms: number): Step {
    return (resume) => this.after(ms, resume);
  }

  /** Begins a process now. */
  start(process: Process): void {
    const resume = (): void => {
      const { done, value } = process.next();
      if (done !== true) value(resume);
    };
    resume();
  }

  /** Runs until nothing is left to happen, or to this moment. */
  run(untilMs = Number.POSITIVE_INFINITY): void {
    for (let next = this.#events[0]; next !== undefined && next.atMs <= untilMs; next = this.#events[0]) {
      this.#removeFirst();
      this.#nowMs = next.atMs;
      next.happen();
    }
    if (Number.isFinite(untilMs)) this.#nowMs = untilMs;
  }

  #removeFirst(): void {
    const events = this.#events;
    const last = events.pop() as Event;
    if (events.length === 0) return;
    let at = 0;
    for (let below = 1; below < events.length; below = 2 * at + 1) {
      const right = events[below + 1];
      if (right !== undefined && isBefore(right, events[below] as Event)) below += 1;
      if (!isBefore(events[below] as Event, last)) break;
      events[at] = events[below] as Event;
      at = below;
    }
    events[at] = last;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

/** Servers with one queue. What is never full, for example threads of a program that has many, has infinitely many. */
export class Station {
  readonly name: string;
  readonly servers: number;
  readonly #simulation: Simulation;
  readonly #queue: (() => void)[] = [];
  /** Of the queue, how many are gone from its beginning: taking from the beginning of a long list is slow. */
  #gone = 0;
  #busy = 0;
  #busyMs = 0;
  #sinceMs = 0;
  #markedMs = 0;

  constructor(simulation: Simulation, name: string, servers: number) {
    this.#simulation = simulation;
    this.name = name;
    this.servers = servers;
  }

  /** For a process: goes on when it has a server, which it has to give back. */
  take(): Step {
    return (resume) => {
      if (this.#busy < this.servers) {
        this.#count();
        this.#busy += 1;
        resume();
      } else this.#queue.push(resume);
    };
  }

  /** Gives a server back, to whoever waits longest. */
  give(): void {
    const next = this.#queue[this.#gone];
    if (next === undefined) {
      this.#count();
      this.#busy -= 1;
      return;
    }
    this.#gone += 1;
    if (this.#gone > 1000 && this.#gone * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#gone);
      this.#gone = 0;
    }
    next();
  }

  /** For a process: takes a server for so many milliseconds. */
  *serve(ms: number): Process {
    yield this.take();
    yield this.#simulation.wait(ms);
    this.give();
  }

  /** Utilisation is counted from now. */
  mark(): void {
    this.#count();
    this.#busyMs = 0;
    this.#markedMs = this.#simulation.nowMs;
  }

  /** Part of its servers that were taken since the mark, from 0 to 1; of infinitely many it is 0. */
  utilisation(): number {
    this.#count();
    const passedMs = this.#simulation.nowMs - this.#markedMs;
    return passedMs === 0 ? 0 : this.#busyMs / passedMs / this.servers;
  }

  #count(): void {
    this.#busyMs += this.#busy * (this.#simulation.nowMs - this.#sinceMs);
    this.#sinceMs = this.#simulation.nowMs;
  }
}
