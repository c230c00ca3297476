/**
 * How many order workers there should be, judged by what was seen. It is the rule of our ScaledObject
 * (deploy/kubernetes/order-worker/scaled-object.yaml), worked out as Kubernetes works it out: "Horizontal Pod Autoscaling",
 * https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/, sections "Algorithm details" and
 * "Configurable scaling behavior".
 *
 * It differs in one thing, on the safe side: while Temporal does not answer, the number that there is counts as wanted, also
 * afterwards for the time over which the most counts. Kubernetes only leaves the number alone meanwhile.
 */

/** What was seen at one moment. */
export interface Observation {
  /** Milliseconds since a fixed moment. */
  readonly atMs: number;
  /** How many workers there are, with those that are starting. */
  readonly workers: number;
  /** Workflow tasks and activity tasks in the queue; null when Temporal did not say. */
  readonly waitingTasks: number | null;
  /**
   * How much of a core each worker has used since the observation before: 0.5 is half of one. Those that have just started are
   * not among them. Null on a system that does not tell; then only what waits counts.
   */
  readonly coreShares: readonly number[] | null;
}

/** How fast the number may change in one direction. */
export interface ScalingPace {
  /** Of all that was wanted within this time the most cautious counts, milliseconds. */
  readonly stabilizationMs: number;
  /** The number changes by this many percent at the most … */
  readonly percent: number;
  /** … within this time, milliseconds. */
  readonly periodMs: number;
}

export interface ScalingRule {
  /** At least one: an empty queue does not say that nothing is under way. */
  readonly minimum: number;
  readonly maximum: number;
  /** How many tasks may wait for each worker. */
  readonly waitingTasksPerWorker: number;
  /** How busy a worker should be, percent of a core. */
  readonly busyPercent: number;
  /** What lies this close to what it should be changes nothing, as a share of it. */
  readonly tolerance: number;
  readonly up: ScalingPace;
  readonly down: ScalingPace;
}

/** The numbers of the ScaledObject, which a test holds equal, and the tolerance that Kubernetes has where none is set. */
export const CLUSTER_RULE: Omit<ScalingRule, 'minimum' | 'maximum'> = {
  waitingTasksPerWorker: 20,
  busyPercent: 70,
  tolerance: 0.1,
  up: { stabilizationMs: 0, percent: 100, periodMs: 30_000 },
  down: { stabilizationMs: 600_000, percent: 10, periodMs: 60_000 },
};

/** How often the load is looked at, milliseconds: as often as KEDA and Kubernetes do. What is over sooner needs no more workers. */
export const LOOK_INTERVAL_MS = 15_000;

export interface ScalingDecision {
  /** From the minimum to the maximum. */
  readonly workers: number;
  /** Why, for a person: "87 tasks wait". */
  readonly why: string;
}

interface Wanted {
  /** Before any limit. */
  readonly workers: number;
  readonly why: string;
}

/**
 * @param history oldest first, the last one is now; it has to reach back as far as historyFrom() says, or to the beginning
 * @throws RangeError when nothing was observed
 */
export function decideWorkers(history: readonly Observation[], rule: ScalingRule): ScalingDecision {
  const now = history.at(-1);
  if (now === undefined) throw new RangeError('a decision needs an observation');
  const wanted = wantedAt(now, rule);
  const most = wantedWithin(history, rule, rule.down, Math.max);
  const least = wantedWithin(history, rule, rule.up, Math.min);
  if (least > now.workers) return { workers: limited(upTo(least, history, rule), rule), why: wanted.why };
  if (most < now.workers)
    return {
      workers: limited(downTo(most, history, rule), rule),
      why: `no more were needed for ${spoken(rule.down.stabilizationMs)}`,
    };
  return { workers: limited(now.workers, rule), why: wanted.why };
}

/** The part of a history that decideWorkers() still looks at. */
export function historyFrom(history: readonly Observation[], rule: ScalingRule): readonly Observation[] {
  const longestMs = Math.max(
    rule.up.stabilizationMs,
    rule.up.periodMs,
    rule.down.stabilizationMs,
    rule.down.periodMs,
  );
  const from = (history.at(-1)?.atMs ?? 0) - longestMs;
  // The one before stays, to show that the history reaches back far enough.
  return history.slice(
    Math.max(
      history.findLastIndex(({ atMs }) => atMs <= from),
      0,
    ),
  );
}

/** What every sign asks for, and of that the most. */
function wantedAt(seen: Observation, rule: ScalingRule): Wanted {
  const signs = [wantedByQueue(seen, rule), wantedByBusyness(seen, rule)];
  const stay: Wanted = { workers: seen.workers, why: 'not all is known' };
  const known = signs.filter((sign) => sign !== 'unknown' && sign !== 'none');
  const all = known.length < signs.filter((sign) => sign !== 'none').length ? [...known, stay] : known;
  return all.reduce((most, one) => (one.workers > most.workers ? one : most));
}

function wantedByQueue({ waitingTasks, workers }: Observation, rule: ScalingRule): Wanted | 'unknown' {
  if (waitingTasks === null) return 'unknown';
  const why = `${waitingTasks} ${waitingTasks === 1 ? 'task waits' : 'tasks wait'}`;
  if (isClose(waitingTasks / (rule.waitingTasksPerWorker * workers), rule)) return { workers, why };
  return { workers: Math.ceil(waitingTasks / rule.waitingTasksPerWorker), why };
}

/**
 * A worker that was not measured counts as idle where more would be wanted and as fully busy where fewer would be, so that
 * what is not known never changes the direction. A worker that starts is busy with itself.
 */
function wantedByBusyness(seen: Observation, rule: ScalingRule): Wanted | 'unknown' | 'none' {
  const { coreShares, workers } = seen;
  if (coreShares === null) return 'none';
  if (coreShares.length === 0) return 'unknown';
  const used = coreShares.reduce((sum, share) => sum + share, 0);
  const ratioOf = (cores: number, count: number): number => (cores * 100) / count / rule.busyPercent;
  const measured = ratioOf(used, coreShares.length);
  const why = `the workers use ${Math.round((used * 100) / coreShares.length)} % of a core each`;
  const missing = Math.max(workers - coreShares.length, 0);
  const fullCore = Math.max(100, rule.busyPercent) / 100;
  const ratio = missing === 0 ? measured : ratioOf(used + (measured < 1 ? missing * fullCore : 0), workers);
  if (isClose(ratio, rule) || measured < 1 !== ratio < 1) return { workers, why };
  return { workers: Math.ceil(ratio * workers), why };
}

function isClose(ratio: number, { tolerance }: ScalingRule): boolean {
  return Math.abs(1 - ratio) <= tolerance;
}

function wantedWithin(
  history: readonly Observation[],
  rule: ScalingRule,
  { stabilizationMs }: ScalingPace,
  choose: (...values: number[]) => number,
): number {
  const now = history.at(-1) as Observation;
  const from = now.atMs - stabilizationMs;
  const wanted = history
    .filter((seen) => seen === now || seen.atMs > from)
    .map((seen) => wantedAt(seen, rule).workers);
  const [first] = history;
  // What was there at the beginning counts as wanted then: nothing is known of the time before.
  return choose(...wanted, ...(first !== undefined && first.atMs > from ? [first.workers] : []));
}

/** How many there were when the period began that ends now. */
function workersAtStart(history: readonly Observation[], { periodMs }: ScalingPace): number {
  const now = history.at(-1) as Observation;
  return (history.find(({ atMs }) => atMs > now.atMs - periodMs) ?? now).workers;
}

function upTo(wanted: number, history: readonly Observation[], rule: ScalingRule): number {
  const current = (history.at(-1) as Observation).workers;
  const limit = Math.ceil((workersAtStart(history, rule.up) * (100 + rule.up.percent)) / 100);
  return Math.min(wanted, Math.max(limit, current));
}

/** Rounding down makes it at least one fewer, however few there are. */
function downTo(wanted: number, history: readonly Observation[], rule: ScalingRule): number {
  const current = (history.at(-1) as Observation).workers;
  const limit = Math.floor((workersAtStart(history, rule.down) * (100 - rule.down.percent)) / 100);
  return Math.max(wanted, Math.min(limit, current));
}

function limited(workers: number, { minimum, maximum }: ScalingRule): number {
  return Math.min(Math.max(workers, minimum, 1), maximum);
}

function spoken(durationMs: number): string {
  const minutes = durationMs / 60_000;
  if (minutes >= 1) return `${Math.round(minutes)} ${minutes < 1.5 ? 'minute' : 'minutes'}`;
  return `${Math.round(durationMs / 1000)} s`;
}
