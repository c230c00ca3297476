/** Where events go. */
import type { QueuedEvent } from '../../domain/events/queued-event.ts';

/** An event that the broker did not take, or of which we do not know whether it did. */
export interface PublishFailure {
  readonly orderId: string;
  readonly eventId: string;
  /**
   * `unavailable`: the same call can succeed later (broker away, throttled, outcome unknown).
   * `refused`: the broker will never take this event as it is; a person has to look.
   */
  readonly kind: 'unavailable' | 'refused';
  readonly message: string;
}

export interface PublishResult {
  /** Ids of the events that the broker has accepted. Those of one order are always its leading ones of this call. */
  readonly publishedIds: ReadonlySet<string>;
  /** The first event of each order that was not accepted; the later ones of that order were not tried. */
  readonly failures: readonly PublishFailure[];
}

export interface EventPublisherPort {
  /**
   * Publishes events; at least once; events of one order keep their order, and an order that fails does not hold up the
   * others. Message group = order id, deduplication id = event id, so a repetition within five minutes is dropped by the broker; a replay has an id of its own.
   * Never rejects because of the broker: what failed is in the answer, and what is neither published nor failed was not tried.
   *
   * @param events those of one order in the order of their sequence
   * @param signal when aborted no further call is begun; calls under way are awaited (their time is bounded)
   */
  publish(events: readonly QueuedEvent[], signal?: AbortSignal): Promise<PublishResult>;
  /** Closes connections. */
  close(): void;
}
