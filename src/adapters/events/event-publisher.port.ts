/** Where events go. */
import type { OrderEvent } from '../../domain/events/event.ts';

export interface EventPublisherPort {
  /**
   * Publishes events in the order given; at least once; events of one order keep their order. Resolves when all are
   * accepted. Message group = order id, deduplication id = event id.
   * @returns how many of the leading events were accepted; fewer than given means: stop here, try the rest later.
   */
  publish(events: readonly OrderEvent[]): Promise<number>;
}
