/**
 * In which calls events are published. Entries of one call can fail one by one, so a call holds at most one event of an
 * order: the next one of that order goes out only after the broker has accepted the one before.
 */
import type { QueuedEvent } from '../../domain/events/queued-event.ts';
import { serializeEvent } from './event-schema.ts';

/** SNS limits: entries in a call, and bytes of a call and of a message, attributes included. */
export const MAX_BATCH_ENTRIES = 10;
export const MAX_BATCH_BYTES = 256 * 1024;

export interface PublishEntry {
  readonly event: QueuedEvent;
  /**
   * The broker drops for five minutes what has the id of an earlier message. A replay is meant to arrive, so it has one of
   * its own; a replay that is sent twice has the same again.
   */
  readonly deduplicationId: string;
  readonly body: string;
  /** Body and message attributes, bytes. */
  readonly sizeBytes: number;
}

export function toEntry(queued: QueuedEvent): PublishEntry {
  const { replayId, ...event } = queued;
  const body = serializeEvent(event);
  const attributes = `typeString${event.type}`;
  const deduplicationId = replayId === undefined ? event.id : `${event.id}:${replayId}`;
  return { event, deduplicationId, body, sizeBytes: Buffer.byteLength(body) + Buffer.byteLength(attributes) };
}

/** The first event of every order, then the second of every order, and so on. */
export function toWaves(events: readonly QueuedEvent[]): readonly (readonly QueuedEvent[])[] {
  const waves: QueuedEvent[][] = [];
  const depthOf = new Map<string, number>();
  for (const event of events) {
    const depth = depthOf.get(event.subject) ?? 0;
    depthOf.set(event.subject, depth + 1);
    const wave = waves[depth];
    if (wave === undefined) waves.push([event]);
    else wave.push(event);
  }
  return waves;
}

/** Fills calls in the order given, as far as entries and bytes allow; an entry that is too large is alone in its call. */
export function toBatches(entries: readonly PublishEntry[]): readonly (readonly PublishEntry[])[] {
  const batches: PublishEntry[][] = [];
  let last: PublishEntry[] | undefined;
  let lastBytes = 0;
  for (const entry of entries) {
    if (last && last.length < MAX_BATCH_ENTRIES && lastBytes + entry.sizeBytes <= MAX_BATCH_BYTES) {
      last.push(entry);
      lastBytes += entry.sizeBytes;
    } else {
      last = [entry];
      lastBytes = entry.sizeBytes;
      batches.push(last);
    }
  }
  return batches;
}
