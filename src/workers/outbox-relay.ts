/**
 * Moves events from the outbox to the broker.
 *
 * Owns: when events are published, and that those of one order go out in order.
 * Does not own: which events exist (the statement that changes an order writes them) or how they are sent.
 */
import type { OutboxRepository } from '../../db/repositories/messages.repository.ts';
import type { EventPublisherPort, PublishFailure } from '../adapters/events/event-publisher.port.ts';
import type { Logger } from '../config/logger.ts';
import type { RelayMetrics } from './relay-metrics.ts';

export interface OutboxRelayOptions {
  readonly outbox: OutboxRepository;
  readonly publisher: EventPublisherPort;
  readonly logger: Logger;
  readonly metrics: Pick<RelayMetrics, 'published' | 'publishFailures'>;
  /** Unique among all relays that run. */
  readonly relayId: string;
  /** After this long another relay may take over what this one holds; milliseconds. @default 15 000 */
  readonly leaseMs?: number;
  /** @default 100 */
  readonly maxOrders?: number;
  /** @default 500 */
  readonly maxEvents?: number;
}

/** The broker did not take events that it may take later. */
export class PublishFailedError extends Error {
  override readonly name = 'PublishFailedError';
}

/**
 * One round: lease → publish → settle. Safe to run in several processes: an order is leased by one of them. A crash anywhere
 * lets the lease run out, after which the events are published again under the same ids, which consumers drop.
 *
 * An event that the broker refuses for good keeps its order leased until the lease runs out, so that it is tried again
 * once in `leaseMs`, with an error in the log each time, and never stands in the way of other orders.
 *
 * @returns a round for the polling loop; it rejects with PublishFailedError or DatabaseUnavailableError
 */
export function createOutboxRelay(
  options: OutboxRelayOptions,
): (signal: AbortSignal) => Promise<'again' | 'idle'> {
  const { outbox, publisher, logger, metrics, relayId } = options;
  const leaseMs = options.leaseMs ?? 15_000;
  const maxOrders = options.maxOrders ?? 100;
  const maxEvents = options.maxEvents ?? 500;

  return async (signal) => {
    const events = await outbox.lease({ relayId, leaseMs, maxOrders, maxEvents });
    if (events.length === 0) return 'idle';

    // No call is begun in the second half of the lease, so the last one ends while the orders are still ours.
    const overdue = new AbortController();
    const timer = setTimeout(() => overdue.abort(), leaseMs / 2);
    const { publishedIds, failures } = await publisher
      .publish(events, AbortSignal.any([signal, overdue.signal]))
      .finally(() => clearTimeout(timer));

    const published = events.filter((event) => publishedIds.has(event.id));
    const refused = failures.filter((failure) => failure.kind === 'refused');
    const refusedOrders = new Set(refused.map((failure) => failure.orderId));
    const orderIds = new Set(events.map((event) => event.subject));
    await outbox.settle({
      relayId,
      published: published.map((event) => ({ orderId: event.subject, sequence: event.sequence })),
      leasedOrderIds: [...orderIds].filter((orderId) => !refusedOrders.has(orderId)),
    });

    for (const event of published) metrics.published.inc({ type: event.type });
    for (const failure of failures) metrics.publishFailures.inc({ kind: failure.kind });
    for (const failure of refused) logger.error(failure, 'the broker refuses an event; its order waits');
    throwIfUnavailable(failures, published.length);
    const leftOver = published.length + refused.length < events.length;
    return leftOver || events.length >= maxEvents || orderIds.size >= maxOrders ? 'again' : 'idle';
  };
}

function throwIfUnavailable(failures: readonly PublishFailure[], publishedCount: number): void {
  const [first, ...others] = failures.filter((failure) => failure.kind === 'unavailable');
  if (first === undefined) return;
  throw new PublishFailedError(
    `${publishedCount} events published, ${others.length + 1} orders failed; ${first.eventId}: ${first.message}`,
  );
}
