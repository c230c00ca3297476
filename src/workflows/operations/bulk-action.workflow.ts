/**
 * Takes the orders of a bulk one after the other, so many a second, each through the mechanism of single actions: see
 * src/activities/operations. What became of an order stands in the rows; here is only how far the bulk is.
 */
import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { progressOf } from '../../domain/operations/bulk-action.ts';
import { Mutex } from '../shared/mutex.ts';
import { operations } from './bulk-activities.ts';
import {
  BULK_COMMANDS,
  BULK_PROGRESS_QUERY,
  STEER_BULK_UPDATE,
  type BulkActionInput,
  type BulkActionResult,
  type BulkStanding,
  type BulkWorkflowProgress,
  type SteerBulkInput,
  type SteerBulkResult,
} from './bulk-action.contract.ts';

/** Orders that wait for another company do not hold the others up, until there are so many of them. */
const MOST_UNDER_WAY = 20;
const TICK = '1 second';
const STEPS = { pause: 'paused', resume: 'resumed', stop: 'stopping' } as const;

const steerBulk = defineUpdate<SteerBulkResult, [SteerBulkInput]>(STEER_BULK_UPDATE);
const bulkProgress = defineQuery<BulkWorkflowProgress>(BULK_PROGRESS_QUERY);

/** @returns how many orders have come to what */
export async function bulkAction(input: BulkActionInput): Promise<BulkActionResult> {
  const bulk = new BulkRun(input);
  takeCommands(bulk);
  setHandler(bulkProgress, () => bulk.progress());
  // Cancelled through Temporal it is stopped, as it is when an operator stops it.
  CancellationScope.current().cancelRequested.catch(() => bulk.stop());
  return CancellationScope.nonCancellable(async () => {
    if (input.before === undefined) await bulk.record('running', 'The first order is taken.');
    await bulk.takeOrders();
    if (bulk.mustGoOn) {
      await condition(allHandlersFinished);
      return continueAsNew<typeof bulkAction>({ ...input, before: bulk.standing() });
    }
    // What an operator asked for is written down before the end that it brings.
    await condition(allHandlersFinished);
    const end = bulk.left > 0 ? 'stopped' : 'finished';
    await bulk.record(end, `Of ${input.orders} orders ${bulk.left} were not taken.`);
    await condition(allHandlersFinished);
    return { end, ...bulk.result() };
  });
}

function takeCommands(bulk: BulkRun): void {
  const mutex = new Mutex();
  setHandler(
    steerBulk,
    (request) => mutex.run(() => CancellationScope.nonCancellable(() => steer(bulk, request))),
    { validator: refuseMalformedCommand },
  );
}

async function steer(bulk: BulkRun, request: SteerBulkInput): Promise<SteerBulkResult> {
  const { command, commandId, actor, role, reason } = request;
  if (bulk.isStopping) return command === 'stop' ? { kind: 'taken' } : { kind: 'refused', why: 'stopping' };
  if (command === 'pause' && bulk.isPaused) return { kind: 'refused', why: 'paused_already' };
  if (command === 'resume' && !bulk.isPaused) return { kind: 'refused', why: 'not_paused' };
  if (command === 'stop') bulk.stop();
  else bulk.isPaused = command === 'pause';
  await bulk.record(STEPS[command], reason, { key: commandId, actor, role });
  return { kind: 'taken' };
}

/** Synchronous, as the SDK ignores what an asynchronous validator says. @throws ApplicationFailure when malformed */
export function refuseMalformedCommand({ commandId, command }: SteerBulkInput): void {
  const problem = !commandId.startsWith('cmd_')
    ? 'commandId must begin with cmd_'
    : !BULK_COMMANDS.includes(command) && 'the command is not known';
  if (problem !== false) throw ApplicationFailure.nonRetryable(problem, 'INVALID_REQUEST');
}

/** Whether an attempt waited for its next try when it was given up, or was under way and would have been tried again. */
function isGivenUp(error: unknown): boolean {
  return (
    isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED')
  );
}

/** One run of a bulk. */
class BulkRun {
  isPaused: boolean;
  isStopping: boolean;
  readonly #input: BulkActionInput;
  readonly #startedAtMs = Date.now();
  /** Of attempts that wait for their next try; an attempt that is under way is awaited. */
  readonly #attempts = new CancellationScope({ cancellable: true });
  /** Begun with by an earlier run, and to be begun with again. */
  readonly #again: number[];
  readonly #underWay = new Set<number>();
  #next: number;
  #begun = 0;
  #ended = 0;
  #done: number;
  #failed: number;
  #refusedBy: Record<string, number>;

  constructor(input: BulkActionInput) {
    const { before } = input;
    this.#input = input;
    this.#next = before?.next ?? 1;
    this.#again = [...(before?.open ?? [])];
    this.#done = before?.done ?? 0;
    this.#failed = before?.failed ?? 0;
    this.#refusedBy = { ...before?.refusedBy };
    this.isPaused = before?.isPaused ?? false;
    this.isStopping = before?.isStopping ?? false;
  }

  /** Orders that have not come to an end. */
  get left(): number {
    return this.#input.orders - this.#done - this.#failed - this.#refused();
  }

  /** Whether another run has to go on. */
  get mustGoOn(): boolean {
    return !this.isStopping && this.left > 0;
  }

  /** Begins with orders until none is left, it is stopped, or another run has to go on; what is under way is at an end then. */
  async takeOrders(): Promise<void> {
    while (this.#hasMore() && !this.#isLong()) {
      await condition(() => this.isStopping || (!this.isPaused && this.#underWay.size < MOST_UNDER_WAY));
      if (this.isStopping) break;
      for (let count = 0; count < this.#input.perSecond && this.#mayBegin(); count += 1) this.#begin();
      // Also after the last ones: a bulk does not end sooner because it is continued.
      await condition(() => this.isStopping, TICK);
    }
    const isCutShort = this.#hasMore();
    if (!isCutShort) await condition(() => this.isStopping || this.#underWay.size === 0);
    if (this.#underWay.size > 0) this.#attempts.cancel();
    await condition(() => this.#underWay.size === 0);
  }

  /** No order is begun with any more, and those that only wait for their next try are given up. */
  stop(): void {
    this.isStopping = true;
  }

  record(
    step: 'running' | 'paused' | 'resumed' | 'stopping' | 'stopped' | 'finished',
    detail: string,
    by?: { readonly key: string; readonly actor: string; readonly role: string },
  ): Promise<void> {
    const { bulkId, actor, role } = this.#input;
    return operations.recordBulkStep({ bulkId, step, key: step, actor, role, detail, ...by });
  }

  standing(): BulkStanding {
    return {
      next: this.#next,
      open: this.#again,
      done: this.#done,
      failed: this.#failed,
      refusedBy: this.#refusedBy,
      isPaused: this.isPaused,
      isStopping: this.isStopping,
    };
  }

  result(): Omit<BulkActionResult, 'end'> {
    return { done: this.#done, refused: this.#refused(), failed: this.#failed, left: this.left };
  }

  progress(): BulkWorkflowProgress {
    const { orders, perSecond } = this.#input;
    const state = this.isStopping ? 'stopping' : this.isPaused ? 'paused' : 'running';
    const counts = {
      done: this.#done,
      refused: this.#refused(),
      failed: this.#failed,
      refusedBy: this.#refusedBy,
    };
    const recent = { orders: this.#ended, overMs: Date.now() - this.#startedAtMs };
    const now = new Date().toISOString();
    return {
      state,
      underWay: this.#underWay.size,
      ...progressOf({ orders, perSecond, state }, counts, recent, now),
    };
  }

  #refused(): number {
    return Object.values(this.#refusedBy).reduce((sum, count) => sum + count, 0);
  }

  #hasMore(): boolean {
    return this.#again.length > 0 || this.#next <= this.#input.orders;
  }

  /** A run ends before its history is long, so that a worker reads it quickly. */
  #isLong(): boolean {
    return this.#begun >= this.#input.ordersPerRun || workflowInfo().continueAsNewSuggested;
  }

  #mayBegin(): boolean {
    return this.#hasMore() && this.#underWay.size < MOST_UNDER_WAY && this.#begun < this.#input.ordersPerRun;
  }

  #begin(): void {
    const position = this.#again.shift() ?? this.#next++;
    this.#begun += 1;
    this.#underWay.add(position);
    void this.#take(position).finally(() => this.#underWay.delete(position));
  }

  async #take(position: number): Promise<void> {
    try {
      const { bulkId } = this.#input;
      const { outcome, why } = await this.#attempts.run(() => operations.actUponOrder({ bulkId, position }));
      this.#ended += 1;
      if (outcome === 'done') this.#done += 1;
      else if (outcome === 'refused')
        this.#refusedBy[why ?? 'other'] = (this.#refusedBy[why ?? 'other'] ?? 0) + 1;
      else this.#failed += 1;
    } catch (error) {
      if (!isGivenUp(error)) throw error;
      this.#again.push(position);
    }
  }
}
