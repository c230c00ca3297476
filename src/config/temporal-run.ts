/**
 * What Temporal says of the run of an order, in the words in which others ask for it: what is under way, how often it failed
 * and why, and what happens by itself next.
 *
 * Owns: reading a description and a history. Does not own: what follows from it (src/domain/operations).
 */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import {
  decodeOptionalFailureToOptionalError,
  decodeOptionalSinglePayload,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import proto, { type temporal } from '@temporalio/proto';
import type {
  FailureFact,
  PendingStep,
  PendingTimer,
  TaskTrouble,
  WorkflowFacts,
} from '../domain/operations/explain-facts.ts';
import { digestHistory, type HistoryDigest, type RecordedStep } from './temporal-history.ts';

type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo;
type Timestamp = Parameters<typeof optionalTsToDate>[0];

/** A history longer than this is read by its beginning only; an order has some hundred events. */
const MOST_PAGES = 5;
const PAGE = 1_000;
const { PendingActivityState } = proto.temporal.api.enums.v1;

/** `when_idle`: the history is read only where the description does not say what the run is about. */
export type HistoryUse = 'always' | 'when_idle';

/**
 * Reads the newest run under an order's workflow id. Answers `missing` where Temporal knows of none.
 *
 * @throws whatever a failed call to Temporal throws; wrap it in `client.withDeadline(…)`
 */
export async function readRun(client: Client, orderId: string, use: HistoryUse): Promise<WorkflowFacts> {
  const description = await describeRun(client, orderId);
  if (description === null) return { state: 'missing' };
  const { status, closeTime, raw, runId, type, startTime } = description;
  if (status.name !== 'RUNNING')
    return { state: 'closed', status: status.name, closedAt: closeTime?.toISOString() ?? null };
  const activities = raw.pendingActivities ?? [];
  const attempts = raw.pendingWorkflowTask?.attempt ?? 1;
  const isIdle = activities.length === 0 || attempts > 1;
  const history = use === 'always' || isIdle ? await readHistory(client, orderId, runId) : digestHistory([]);
  return {
    state: 'open',
    type,
    startedAt: startTime.toISOString(),
    steps: await readSteps(client, activities, history, startTime.toISOString()),
    timers: await readTimers(client, history),
    task: await readTask(client, raw.pendingWorkflowTask ?? null, history),
  };
}

async function describeRun(client: Client, orderId: string) {
  try {
    return await client.workflow.getHandle(orderId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function readHistory(client: Client, orderId: string, runId: string): Promise<HistoryDigest> {
  const events: temporal.api.history.v1.IHistoryEvent[] = [];
  let nextPageToken: Uint8Array | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const response = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId: orderId, runId },
      maximumPageSize: PAGE,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
    events.push(...(response.history?.events ?? []));
    nextPageToken = response.nextPageToken;
    if (nextPageToken.length === 0) break;
  }
  return digestHistory(events);
}

async function readSteps(
  client: Client,
  activities: readonly PendingActivity[],
  history: HistoryDigest,
  startedAt: string,
): Promise<readonly PendingStep[]> {
  const pending = await Promise.all(
    activities.map((activity) => readPending(client, activity, history, startedAt)),
  );
  const resting = await readResting(client, history, new Set(pending.map(({ activity }) => activity)));
  return resting === null ? pending : [...pending, resting];
}

async function readPending(
  client: Client,
  info: PendingActivity,
  history: HistoryDigest,
  startedAt: string,
): Promise<PendingStep> {
  const activity = info.activityType?.name ?? '';
  const earlier = history.steps.get(activity);
  const nextTryAt = toIso(info.nextAttemptScheduleTime);
  // The failure of the attempts before, or that of the round before while this one has none.
  const failure = info.lastFailure ?? earlier?.lastFailure ?? null;
  return {
    activity,
    state: stateOf(info, nextTryAt),
    failures: (earlier?.failures ?? 0) + Math.max(0, (info.attempt ?? 1) - 1),
    since: earlier?.since ?? toIso(info.scheduledTime) ?? startedAt,
    lastFailure: await readFailure(client, failure),
    nextTryAt,
  };
}

function stateOf({ state, paused }: PendingActivity, nextTryAt: string | null): PendingStep['state'] {
  if (paused === true || state === PendingActivityState.PENDING_ACTIVITY_STATE_PAUSED) return 'paused';
  if (nextTryAt !== null) return 'backing_off';
  return state === PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED ? 'waiting_for_worker' : 'running';
}

/** A step that is between two rounds of retries: Temporal has a timer for it and nothing else. */
async function readResting(
  client: Client,
  { steps, timers }: HistoryDigest,
  pending: ReadonlySet<string>,
): Promise<PendingStep | null> {
  const failed = [...steps].filter(([activity, step]) => step.failedEventId > 0 && !pending.has(activity));
  const [last] = failed.toSorted(([, one], [, other]) => other.failedEventId - one.failedEventId);
  if (last === undefined) return null;
  const [activity, step]: readonly [string, RecordedStep] = last;
  const pause = timers.find(({ summary, eventId }) => summary === null && eventId > step.failedEventId);
  if (pause === undefined) return null;
  return {
    activity,
    state: 'backing_off',
    failures: step.failures,
    since: step.since,
    lastFailure: await readFailure(client, step.lastFailure),
    nextTryAt: pause.firesAt,
  };
}

async function readTimers(client: Client, { timers }: HistoryDigest): Promise<readonly PendingTimer[]> {
  const { loadedDataConverter } = client.options;
  return Promise.all(
    timers.map(async ({ summary, firesAt }) => ({
      summary:
        summary === null
          ? null
          : ((await decodeOptionalSinglePayload<string>(loadedDataConverter, summary)) ?? null),
      firesAt,
    })),
  );
}

/** A task that was run again once may be that of a worker which was killed; one that has failed says so. */
async function readTask(
  client: Client,
  pending: temporal.api.workflow.v1.IPendingWorkflowTaskInfo | null,
  { taskFailure }: HistoryDigest,
): Promise<TaskTrouble | null> {
  const attempts = pending?.attempt ?? 1;
  if (pending === null || attempts <= 1) return null;
  if (taskFailure === null && attempts <= 2) return null;
  return {
    attempts,
    since: taskFailure?.at ?? toIso(pending.originalScheduledTime),
    failure: await readFailure(client, taskFailure?.failure ?? null),
  };
}

async function readFailure(
  client: Client,
  failure: temporal.api.failure.v1.IFailure | null,
): Promise<FailureFact | null> {
  if (failure === null) return null;
  const error = await decodeOptionalFailureToOptionalError(client.options.loadedDataConverter, failure);
  if (error === undefined) return null;
  const type = 'type' in error && typeof error.type === 'string' ? error.type : error.name;
  return { type, message: error.message };
}

function toIso(time: Timestamp): string | null {
  return optionalTsToDate(time)?.toISOString() ?? null;
}
