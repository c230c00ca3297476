import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { OutboxRepository } from '../../db/repositories/messages.repository.ts';
import { sampleEvent } from '../../tests/support/sample-events.ts';
import type { PublishFailure, PublishResult } from '../adapters/events/event-publisher.port.ts';
import type { OrderEvent } from '../domain/events/event.ts';
import { createOutboxRelay, PublishFailedError } from './outbox-relay.ts';
import { createRelayMetrics } from './relay-metrics.ts';

const eventOf = (orderId: string, sequence: number): OrderEvent =>
  sampleEvent('commerce.order.cancelled.v1', orderId, sequence);
const EVENTS = [eventOf('ord_a', 1), eventOf('ord_a', 2), eventOf('ord_b', 5)];

const failureOf = (orderId: string, eventId: string, kind: PublishFailure['kind']): PublishFailure => ({
  orderId,
  eventId,
  kind,
  message: 'no',
});

/** One round over what was leased, with what the broker made of it. */
async function runRound(
  leased: readonly OrderEvent[],
  result: PublishResult,
  signal = new AbortController().signal,
) {
  const settled: Parameters<OutboxRepository['settle']>[0][] = [];
  const registry = new Registry();
  const round = createOutboxRelay({
    outbox: {
      lease: async () => leased,
      settle: async (settlement) => {
        settled.push(settlement);
      },
      lag: () => Promise.reject(new Error('not asked for')),
    },
    publisher: { publish: async () => result, close: () => undefined },
    logger: pino({ level: 'silent' }),
    metrics: createRelayMetrics(registry),
    relayId: 'relay-1',
    maxOrders: 3,
    maxEvents: 10,
  });
  const end = await round(signal).then(
    (next) => ({ next }),
    (error: unknown) => ({ error }),
  );
  return { settled, end, metrics: await registry.metrics() };
}

describe('a round of the outbox relay', () => {
  test('does nothing when nothing waits', async () => {
    const { settled, end } = await runRound([], { publishedIds: new Set(), failures: [] });
    expect(end).toEqual({ next: 'idle' });
    expect(settled).toEqual([]);
  });

  test('removes what was published and lets the orders go', async () => {
    const publishedIds = new Set(EVENTS.map(({ id }) => id));
    const { settled, end, metrics } = await runRound(EVENTS, { publishedIds, failures: [] });
    expect(settled).toEqual([
      {
        relayId: 'relay-1',
        published: [
          { orderId: 'ord_a', sequence: 1 },
          { orderId: 'ord_a', sequence: 2 },
          { orderId: 'ord_b', sequence: 5 },
        ],
        leasedOrderIds: ['ord_a', 'ord_b'],
      },
    ]);
    expect(end).toEqual({ next: 'idle' });
    expect(metrics).toContain('order_saga_events_published_total{type="commerce.order.cancelled.v1"} 3');
  });

  test('goes on at once when the lease was full', async () => {
    const events = ['ord_a', 'ord_b', 'ord_c'].map((orderId) => eventOf(orderId, 1));
    const publishedIds = new Set(events.map(({ id }) => id));
    const { end } = await runRound(events, { publishedIds, failures: [] });
    expect(end).toEqual({ next: 'again' });
  });

  test('goes on at once with what there was no time for', async () => {
    const { end, settled } = await runRound(EVENTS, { publishedIds: new Set(['ord_a-1']), failures: [] });
    expect(end).toEqual({ next: 'again' });
    expect(settled[0]?.leasedOrderIds).toEqual(['ord_a', 'ord_b']);
  });

  test('keeps what was published, lets every order go and fails when the broker is away', async () => {
    const { settled, end, metrics } = await runRound(EVENTS, {
      publishedIds: new Set(['ord_a-1']),
      failures: [failureOf('ord_a', 'ord_a-2', 'unavailable')],
    });
    expect(settled[0]?.published).toEqual([{ orderId: 'ord_a', sequence: 1 }]);
    expect(settled[0]?.leasedOrderIds).toEqual(['ord_a', 'ord_b']);
    expect(end).toMatchObject({ error: { name: PublishFailedError.name } });
    expect(metrics).toContain('order_saga_publish_failures_total{kind="unavailable"} 1');
  });

  test('keeps the lease of an order whose event is refused, and goes on with the others', async () => {
    const { settled, end, metrics } = await runRound(EVENTS, {
      publishedIds: new Set(['ord_b-5']),
      failures: [failureOf('ord_a', 'ord_a-1', 'refused')],
    });
    expect(settled[0]?.published).toEqual([{ orderId: 'ord_b', sequence: 5 }]);
    expect(settled[0]?.leasedOrderIds).toEqual(['ord_b']);
    expect(end).toEqual({ next: 'again' });
    expect(metrics).toContain('order_saga_publish_failures_total{kind="refused"} 1');
  });
});
