/** Orders on their way through stations of a placement: how busy each is, and how long customers wait. */
import { TurnRule, turnsWithin } from '../../src/api/http/turn-rule.ts';
import { ORDER_WORKER_LIMITS } from '../../src/workers/run-order-worker.ts';
import { Seeded } from '../../tests/chaos/support/seeded.ts';
import { exponential, percentile } from '../support/numbers.ts';
import { DOERS, isStatement, type Demand, type OrderDemands, type Pace } from './demand.ts';
import { AFTER_ANSWER, AT_THE_END, BEFORE_ANSWER, type Doer, type Piece } from './order-way.ts';
import { processesOf, usesOneThread, type Placement } from './placement.ts';
import { Simulation, Station, type Process } from './simulation.ts';

export interface SimulateOptions {
  readonly demands: OrderDemands;
  readonly placement: Placement;
  readonly perSecond: number;
  /** How much longer a call of the payment provider takes than the simulated one on this machine, milliseconds. */
  readonly providerMs: number;
  /** How many come; the first tenth is not counted. */
  readonly orders: number;
  readonly seed: number;
}

export interface StationUse {
  readonly name: string;
  readonly servers: number;
  /** Part of its servers that were taken, from 0 to 1. */
  readonly utilisation: number;
}

export interface Simulated {
  readonly answerMs: Quantiles;
  /** Until it is charged, its mail sent and its events consumed. */
  readonly wholeMs: Quantiles;
  /** Whole orders a second while they came. */
  readonly perSecond: number;
  /** Part of the requests that were put off. */
  readonly shedPart: number;
  readonly stations: readonly StationUse[];
}

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

const WARM_UP_PART = 0.1;
/** Programs look several times a second, each at moments of its own. */
const LOOKS_PER_SECOND = 10;
const NOBODY_WAITS: Pace = { serialPart: 1, waitMs: 0 };
/** The defaults of CONFIRMATION_DEADLINE_MS and DATABASE_POOL_SIZE. */
const DEADLINE_MS = 2_500;
const POOL_SIZE = 10;

/** Runs until every order that came is whole. The same options give the same result. */
export function simulate(options: SimulateOptions): Simulated {
  return new ServiceSimulation(options).run();
}

/** A process of the API: who has a turn, and who waits for one. */
interface Door {
  readonly rule: TurnRule;
  readonly waiting: ((isAdmitted: boolean) => void)[];
  underWay: number;
}

class ServiceSimulation {
  readonly #options: SimulateOptions;
  readonly #simulation = new Simulation();
  readonly #chance: Seeded;
  readonly #machineOf = new Map<Doer, Station>();
  readonly #threadsOf = new Map<Doer, Station>();
  readonly #pools: Readonly<Record<'api' | 'order-worker', Station>>;
  readonly #slots: Station;
  readonly #doors: readonly Door[];
  readonly #stations: Station[] = [];
  readonly #answerMs: number[] = [];
  readonly #wholeMs: number[] = [];
  #counted = 0;
  #shed = 0;
  #wholeInTime = 0;
  #isCounting = false;
  /** No more orders come. */
  #isOver = false;

  constructor(options: SimulateOptions) {
    this.#options = options;
    this.#chance = new Seeded(options.seed);
    const { machines, processes } = options.placement;
    for (const { name, cores, doers } of machines) {
      const machine = this.#station(`${name}: cores`, cores);
      for (const doer of doers) this.#machineOf.set(doer, machine);
    }
    for (const doer of DOERS) {
      if (this.#machineOf.has(doer) && usesOneThread(doer))
        this.#threadsOf.set(doer, this.#station(`${doer}: threads`, processesOf(options.placement, doer)));
    }
    this.#pools = {
      api: this.#station('api: connections', processes.api * POOL_SIZE),
      'order-worker': this.#station('order-worker: connections', processes['order-worker'] * POOL_SIZE),
    };
    this.#slots = this.#station(
      'order-worker: workflow task slots',
      processes['order-worker'] * ORDER_WORKER_LIMITS.maxConcurrentWorkflowTaskExecutions,
    );
    this.#doors = Array.from({ length: processes.api }, () => ({
      rule: new TurnRule(TURNS),
      waiting: [],
      underWay: 0,
    }));
  }

  run(): Simulated {
    let passedMs = 0;
    this.#simulation.start(
      this.#come((ms) => {
        passedMs = ms;
      }),
    );
    for (const doer of this.#machineOf.keys())
      for (let process = 0; process < processesOf(this.#options.placement, doer); process += 1)
        this.#simulation.start(this.#look(doer));
    this.#simulation.run();
    return {
      answerMs: quantiles(this.#answerMs),
      wholeMs: quantiles(this.#wholeMs),
      perSecond: (this.#wholeInTime / passedMs) * 1000,
      shedPart: this.#shed / this.#counted,
      stations: this.#uses,
    };
  }

  #uses: readonly StationUse[] = [];

  #station(name: string, servers: number): Station {
    const station = new Station(this.#simulation, name, servers);
    this.#stations.push(station);
    return station;
  }

  *#come(onEnd: (passedMs: number) => void): Process {
    const { orders, perSecond } = this.#options;
    const warmUp = Math.floor(orders * WARM_UP_PART);
    let beganMs = 0;
    for (let number = 0; number < orders; number += 1) {
      yield this.#simulation.wait(exponential(this.#chance.fraction(), 1000 / perSecond));
      if (number === warmUp) {
        beganMs = this.#simulation.nowMs;
        this.#isCounting = true;
        for (const station of this.#stations) station.mark();
      }
      this.#simulation.start(this.#order(number));
    }
    this.#isCounting = false;
    this.#isOver = true;
    this.#uses = this.#stations.map((station) => ({
      name: station.name,
      servers: station.servers,
      utilisation: station.utilisation(),
    }));
    onEnd(this.#simulation.nowMs - beganMs);
  }

  /** A program that looks for work, whether or not there is some. */
  *#look(doer: Doer): Process {
    const idleMs = this.#options.demands.idleMsPerSecond.get(doer) ?? 0;
    if (idleMs === 0) return;
    while (!this.#isOver) {
      yield this.#simulation.wait(this.#draw(1000 / LOOKS_PER_SECOND));
      yield* this.#work(doer, idleMs / LOOKS_PER_SECOND);
    }
  }

  *#order(number: number): Process {
    const isCounted = this.#isCounting;
    if (isCounted) this.#counted += 1;
    const door = this.#doors[number % this.#doors.length] as Door;
    const cameMs = this.#simulation.nowMs;
    let isAdmitted = true;
    yield (resume) =>
      this.#ask(door, (answer) => {
        isAdmitted = answer;
        resume();
      });
    if (!isAdmitted) {
      if (isCounted) this.#shed += 1;
      return;
    }
    const beganMs = this.#simulation.nowMs;
    yield* this.#way(BEFORE_ANSWER, 'beforeMs', this.#options.demands.before);
    const answeredMs = this.#simulation.nowMs;
    this.#leave(door, answeredMs - beganMs);
    if (isCounted) this.#answerMs.push(answeredMs - cameMs);
    yield* this.#way(AFTER_ANSWER, 'afterMs', this.#options.demands.after);
    if (isCounted) this.#wholeMs.push(this.#simulation.nowMs - cameMs);
    if (this.#isCounting) this.#wholeInTime += 1;
    // Of an earlier order in truth; as many end as begin.
    yield* this.#way(AT_THE_END, 'endMs', NOBODY_WAITS);
  }

  *#way(pieces: readonly Piece[], when: keyof Demand, pace: Pace): Process {
    const { placement, providerMs } = this.#options;
    let last: Station | undefined;
    for (const piece of pieces) {
      const machine = this.#machineOf.get(piece.by);
      if (machine !== undefined && last !== undefined && machine !== last && placement.networkMs > 0)
        yield this.#simulation.wait(placement.networkMs);
      last = machine ?? last;
      if (piece.takes !== undefined) yield this.#slots.take();
      if (machine !== undefined) yield* this.#piece(piece, this.#shareMs(piece.by, pieces, when), pace);
      if (piece.isPayment === true && providerMs > 0) yield this.#simulation.wait(providerMs);
      if (piece.gives !== undefined) this.#slots.give();
    }
  }

  *#piece(piece: Piece, meanMs: number, { serialPart, waitMs }: Pace): Process {
    const pool = piece.pool === undefined ? undefined : this.#pools[piece.pool];
    if (pool !== undefined) yield pool.take();
    if (serialPart < 1) this.#simulation.start(this.#work(piece.by, meanMs * (1 - serialPart)));
    yield* this.#work(piece.by, meanMs * serialPart);
    if (waitMs > 0 && isStatement(piece)) yield this.#simulation.wait(this.#draw(waitMs));
    pool?.give();
  }

  /** A thread of its program first, then a core of its machine. */
  *#work(doer: Doer, meanMs: number): Process {
    const threads = this.#threadsOf.get(doer);
    const cores = this.#machineOf.get(doer) as Station;
    if (threads !== undefined) yield threads.take();
    yield* cores.serve(this.#draw(meanMs));
    threads?.give();
  }

  #shareMs(doer: Doer, pieces: readonly Piece[], when: keyof Demand): number {
    const demand = this.#options.demands.of.get(doer)?.[when] ?? 0;
    return demand / pieces.filter(({ by }) => by === doer).length;
  }

  #draw(meanMs: number): number {
    return exponential(this.#chance.fraction(), meanMs);
  }

  /** As src/api/http/admission.ts does, by the same rule. */
  #ask(door: Door, answer: (isAdmitted: boolean) => void): void {
    if (door.underWay < door.rule.limit && door.waiting.length === 0) {
      this.#enter(door);
      answer(true);
    } else if (door.rule.isFull(door.underWay, door.waiting.length)) answer(false);
    else {
      door.waiting.push(answer);
      this.#simulation.after(TURNS.queueBudgetMs, () => {
        const place = door.waiting.indexOf(answer);
        if (place < 0) return;
        door.waiting.splice(place, 1);
        answer(false);
      });
    }
  }

  #enter(door: Door): void {
    door.underWay += 1;
    door.rule.begun(door.underWay, this.#simulation.nowMs);
  }

  #leave(door: Door, tookMs: number): void {
    door.rule.learn(tookMs, this.#simulation.nowMs);
    door.underWay -= 1;
    while (door.waiting.length > 0 && door.underWay < door.rule.limit) {
      this.#enter(door);
      door.waiting.shift()?.(true);
    }
  }
}

const TURNS = turnsWithin(DEADLINE_MS);

function quantiles(values: readonly number[]): Quantiles {
  return { p50: percentile(values, 0.5), p95: percentile(values, 0.95), p99: percentile(values, 0.99) };
}
