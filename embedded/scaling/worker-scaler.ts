/** Looks at the load again and again, and lets the scaling rule say how many workers there should be. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CoreShares } from './core-shares.ts';
import {
  decideWorkers,
  historyFrom,
  type Observation,
  type ScalingDecision,
  type ScalingRule,
} from './scaling-rule.ts';
import type { WaitingTasks } from './waiting-tasks.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface WorkerScalerOptions {
  readonly pool: Pick<WorkerPool, 'size' | 'pids' | 'resize'>;
  readonly waitingTasks: WaitingTasks;
  readonly coreShares: Pick<CoreShares, 'since'>;
  readonly rule: ScalingRule;
  /** Between two looks, milliseconds. */
  readonly intervalMs: number;
  /** Told for a person when the number changes, and why, and when Temporal no longer answers. */
  readonly onNotice: (text: string) => void;
  /** Told of every look. @default nobody */
  readonly onObservation?: ((seen: Observation, decision: ScalingDecision) => void) | undefined;
}

export class WorkerScaler {
  readonly #options: WorkerScalerOptions;
  readonly #stopRequest = new AbortController();
  readonly #finished: Promise<void>;
  #history: readonly Observation[] = [];
  #saidWorkers: number;
  #isTemporalAway = false;

  /** Begins at once and goes on until stop(), also while Temporal is away. */
  constructor(options: WorkerScalerOptions) {
    this.#options = options;
    this.#saidWorkers = options.pool.size;
    // What the workers have used for starting is not load.
    options.coreShares.since(options.pool.pids().values(), performance.now());
    this.#finished = this.#run();
  }

  /** Resolves when nothing will be started or stopped any more. */
  async stop(): Promise<void> {
    this.#stopRequest.abort();
    await this.#finished;
    await this.#options.waitingTasks.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopRequest;
    for (;;) {
      await delay(this.#options.intervalMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { pool, rule } = this.#options;
    const waitingTasks = await this.#countWaitingTasks();
    if (this.#stopRequest.signal.aborted) return;
    const atMs = performance.now();
    const coreShares = this.#options.coreShares.since(pool.pids().values(), atMs);
    const seen: Observation = { atMs, workers: pool.size, waitingTasks, coreShares };
    this.#history = historyFrom([...this.#history, seen], rule);
    const decision = decideWorkers(this.#history, rule);
    this.#options.onObservation?.(seen, decision);
    if (decision.workers !== this.#saidWorkers) this.#say(decision);
    if (decision.workers !== pool.size) pool.resize(decision.workers);
  }

  async #countWaitingTasks(): Promise<number | null> {
    try {
      const count = await this.#options.waitingTasks.count(this.#stopRequest.signal);
      if (this.#isTemporalAway) this.#options.onNotice('Temporal says again how many tasks wait.');
      this.#isTemporalAway = false;
      return count;
    } catch (error) {
      if (!this.#isTemporalAway && !this.#stopRequest.signal.aborted)
        this.#options.onNotice(
          `Temporal does not say how many tasks wait (${(error as Error).message.split('\n')[0]}); until it does there will be no fewer order workers.`,
        );
      this.#isTemporalAway = true;
      return null;
    }
  }

  /** A worker that cannot be started is called again and again; that is said once. */
  #say({ workers, why }: ScalingDecision): void {
    this.#saidWorkers = workers;
    const isMost = workers === this.#options.rule.maximum;
    this.#options.onNotice(
      `${workers} order ${workers === 1 ? 'worker' : 'workers'}${isMost ? ', the most' : ''}: ${why}`,
    );
  }
}
