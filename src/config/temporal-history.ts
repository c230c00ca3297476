/** What of a workflow's history matters to whoever asks what it is about: failures that have not been made up for, and timers. */
import { optionalTsToDate, optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Failure = temporal.api.failure.v1.IFailure;
type Payload = temporal.api.common.v1.IPayload;

/** A step that has not gone well since it was first tried. */
export interface RecordedStep {
  readonly since: string;
  /** Over all rounds of retries that have ended. */
  readonly failures: number;
  readonly lastFailure: Failure | null;
  /** The number of the event by which the last round ended; 0 while the first one is under way. */
  readonly failedEventId: number;
}

export interface RecordedTimer {
  readonly eventId: number;
  /** As it was encrypted. */
  readonly summary: Payload | null;
  readonly firesAt: string;
}

export interface HistoryDigest {
  /** By the name of the activity. */
  readonly steps: ReadonlyMap<string, RecordedStep>;
  /** Those that have neither fired nor were taken back. */
  readonly timers: readonly RecordedTimer[];
  /** The first failure of the workflow's code since it last went well; Temporal writes down no further ones. */
  readonly taskFailure: { readonly failure: Failure | null; readonly at: string } | null;
}

/** Reads events from the first one on. */
export function digestHistory(events: readonly HistoryEvent[]): HistoryDigest {
  const reader = new HistoryReader();
  for (const event of events) reader.read(event);
  return reader;
}

class HistoryReader implements HistoryDigest {
  readonly steps = new Map<string, RecordedStep>();
  taskFailure: HistoryDigest['taskFailure'] = null;
  readonly #timers = new Map<string, RecordedTimer>();
  /** By the number of the event that scheduled it. */
  readonly #scheduled = new Map<number, { readonly activity: string; attempt: number }>();

  get timers(): readonly RecordedTimer[] {
    return [...this.#timers.values()];
  }

  read(event: HistoryEvent): void {
    this.#readTask(event);
    this.#readTimer(event);
    this.#readActivity(event);
  }

  #readTask(event: HistoryEvent): void {
    if (event.workflowTaskCompletedEventAttributes) this.taskFailure = null;
    const failed = event.workflowTaskFailedEventAttributes;
    if (failed) this.taskFailure ??= { failure: failed.failure ?? null, at: timeOf(event) };
  }

  #readTimer(event: HistoryEvent): void {
    const started = event.timerStartedEventAttributes;
    if (started) {
      const lastsMs = optionalTsToMs(started.startToFireTimeout) ?? 0;
      this.#timers.set(started.timerId ?? '', {
        eventId: idOf(event.eventId),
        summary: event.userMetadata?.summary ?? null,
        firesAt: new Date(Date.parse(timeOf(event)) + lastsMs).toISOString(),
      });
    }
    const ended = event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes;
    if (ended) this.#timers.delete(ended.timerId ?? '');
  }

  #readActivity(event: HistoryEvent): void {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const activity = scheduled.activityType?.name ?? '';
      this.#scheduled.set(idOf(event.eventId), { activity, attempt: 0 });
      if (!this.steps.has(activity))
        this.steps.set(activity, { since: timeOf(event), failures: 0, lastFailure: null, failedEventId: 0 });
      return;
    }
    const started = event.activityTaskStartedEventAttributes;
    if (started) {
      const of = this.#scheduled.get(idOf(started.scheduledEventId));
      if (of) of.attempt = started.attempt ?? 1;
      return;
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) this.steps.delete(this.#activityOf(completed.scheduledEventId).activity);
    const failed = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    if (failed) this.#fail(event, failed.scheduledEventId, failed.failure ?? null);
    const canceled = event.activityTaskCanceledEventAttributes;
    // It was ended early: the attempts before it have failed, and what became of it is not known.
    if (canceled) this.#count(this.#activityOf(canceled.scheduledEventId), -1);
  }

  #fail(event: HistoryEvent, scheduledEventId: EventId, lastFailure: Failure | null): void {
    const of = this.#activityOf(scheduledEventId);
    this.#count(of, 0);
    const step = this.steps.get(of.activity);
    if (step) this.steps.set(of.activity, { ...step, lastFailure, failedEventId: idOf(event.eventId) });
  }

  #count({ activity, attempt }: { readonly activity: string; readonly attempt: number }, more: number): void {
    const step = this.steps.get(activity);
    if (step) this.steps.set(activity, { ...step, failures: step.failures + Math.max(0, attempt + more) });
  }

  #activityOf(scheduledEventId: EventId): { readonly activity: string; readonly attempt: number } {
    return this.#scheduled.get(idOf(scheduledEventId)) ?? { activity: '', attempt: 0 };
  }
}

type EventId = HistoryEvent['eventId'] | undefined;

/** Numbers of events are small, whatever they travel as. */
function idOf(eventId: EventId): number {
  return Number(eventId ?? 0);
}

function timeOf({ eventTime }: HistoryEvent): string {
  return (optionalTsToDate(eventTime) ?? new Date(0)).toISOString();
}
