import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { InboxRepository } from '../../db/repositories/messages.repository.ts';
import type { OrderWithFingerprint } from '../../db/repositories/order-reads.repository.ts';
import type { OrderView } from '../domain/orders/order.ts';
import type { OrderStatus } from '../domain/orders/order-status.ts';
import { createInboxRelay, SignalFailedError } from './inbox-relay.ts';
import type { OrderSignaller } from './inbox-signaller.ts';
import { createRelayMetrics } from './relay-metrics.ts';

const HOUR_MS = 60 * 60 * 1000;
type Leased = Awaited<ReturnType<InboxRepository['lease']>>[number];

function messageOf(messageId: string, more: Partial<Leased> = {}): Leased {
  return {
    provider: 'shipping',
    messageId,
    orderId: 'ord_1',
    payload: { data: { shipmentId: 'shp_1_1', orderId: 'ord_1', status: 'shipped' } },
    attempts: 1,
    receivedAt: new Date().toISOString(),
    ...more,
  };
}

function orderIn(status: OrderStatus): OrderWithFingerprint {
  const money = { amountMinor: 100, currency: 'GBP' };
  const view: OrderView = {
    id: 'ord_1',
    version: 1,
    status,
    paymentStatus: 'none',
    attention: null,
    attentions: [],
    waiting: null,
    rejection: null,
    customerId: 'cus_1',
    currency: 'GBP',
    lines: [],
    totals: {
      items: money,
      total: money,
      captured: money,
      refunded: money,
      outstanding: money,
      refundDue: money,
    },
    payment: { method: 'card', captureBefore: null },
    shipments: [],
    refunds: [],
    createdAt: '2026-01-02T10:00:00.000Z',
    updatedAt: '2026-01-02T10:00:00.000Z',
  };
  return { view, fingerprint: 'f', principalId: 'p' };
}

/** One round over what was leased, with what Temporal says to each signal and which order is found. */
async function runRound(
  leased: readonly Leased[],
  signalOrder: OrderSignaller,
  order: OrderWithFingerprint | null = null,
  signal: AbortSignal = new AbortController().signal,
) {
  const log: unknown[] = [];
  const registry = new Registry();
  const round = createInboxRelay({
    inbox: {
      store: () => Promise.reject(new Error('not asked for')),
      lag: () => Promise.reject(new Error('not asked for')),
      lease: async () => leased,
      settle: async ({ messageId, state, error }) => {
        log.push([messageId, state, error]);
      },
      retryLater: async ({ messageId, error, delayMs }) => {
        log.push([messageId, 'retried', error, delayMs]);
      },
    },
    orders: { find: async () => order },
    signalOrder,
    amendOrder: async (orderId, { name, payload }) => {
      log.push([payload.messageId, name, orderId]);
    },
    logger: pino({ level: 'silent' }),
    metrics: createRelayMetrics(registry),
    limit: 3,
  });
  const end = await round(signal).then(
    (next) => ({ next }),
    (error: unknown) => ({ error }),
  );
  return { log, end, metrics: await registry.metrics() };
}

const noWorkflow: OrderSignaller = async () => 'no_open_workflow';

describe('a round of the inbox relay', () => {
  test('gives the messages of an order to its workflow one after another', async () => {
    const signals: string[] = [];
    const { log, end, metrics } = await runRound(
      [messageOf('m1'), messageOf('m2')],
      async (orderId, { payload }) => {
        signals.push(`${orderId} ${payload.messageId}`);
        return 'delivered';
      },
    );
    expect(signals).toEqual(['ord_1 m1', 'ord_1 m2']);
    expect(log).toEqual([
      ['m1', 'delivered', undefined],
      ['m2', 'delivered', undefined],
    ]);
    expect(end).toEqual({ next: 'idle' });
    expect(metrics).toContain('order_saga_inbox_messages_total{provider="shipping",outcome="delivered"} 2');
  });

  test('goes on at once when the lease was full', async () => {
    const { end } = await runRound(
      [messageOf('m1'), messageOf('m2'), messageOf('m3')],
      async () => 'delivered',
    );
    expect(end).toEqual({ next: 'again' });
  });

  test('a payload that nobody understands is dead and does not hold up the next message', async () => {
    const { log, metrics } = await runRound(
      [messageOf('m1', { payload: { data: 7 } }), messageOf('m2')],
      async () => 'delivered',
    );
    expect(log).toEqual([
      ['m1', 'dead', expect.stringContaining('data: ')],
      ['m2', 'delivered', undefined],
    ]);
    expect(metrics).toContain('order_saga_inbox_messages_total{provider="shipping",outcome="dead"} 1');
  });

  test.each(['completed', 'rejected', 'cancelled'] as const)(
    'a message that comes after the order was %s is recorded as not needed',
    async (status) => {
      const { log } = await runRound([messageOf('m1')], noWorkflow, orderIn(status));
      expect(log).toEqual([['m1', 'not_needed', `the order has ended: ${status}`]]);
    },
  );

  test('that a refund has failed after all is told although the order has ended', async () => {
    const data = { operationKey: 'ref_1:refund:1', orderId: 'ord_1', kind: 'refund', status: 'failed' };
    const message = messageOf('m1', { provider: 'payments', payload: { data } });
    const { log } = await runRound([message], noWorkflow, orderIn('completed'));
    expect(log).toEqual([
      ['m1', 'refundFailed', 'ord_1'],
      ['m1', 'delivered', undefined],
    ]);
  });

  test('that a refund has failed waits for an order that lost its workflow', async () => {
    const data = { operationKey: 'ref_1:refund:1', orderId: 'ord_1', kind: 'refund', status: 'failed' };
    const message = messageOf('m1', { provider: 'payments', payload: { data } });
    const { log } = await runRound([message], noWorkflow, orderIn('shipped'));
    expect(log).toEqual([['m1', 'retried', expect.stringContaining('no workflow is open'), 2000]]);
  });

  test.each([
    ['an order that is not known', null, 'the order is not known'],
    [
      'an order whose workflow is gone',
      orderIn('fulfilling'),
      'no workflow is open for the order, which is fulfilling',
    ],
  ])('a message about %s is tried again later and later', async (_name, order, reason) => {
    for (const [attempts, delayMs] of [
      [1, 2000],
      [5, 32_000],
      [30, HOUR_MS],
    ] as const) {
      const { log, end } = await runRound([messageOf('m1', { attempts })], noWorkflow, order);
      expect(log).toEqual([['m1', 'retried', reason, delayMs]]);
      expect(end).toEqual({ next: 'idle' });
    }
  });

  test('a message about an unknown order is dead after a day of trying', async () => {
    const receivedAt = new Date(Date.now() - 25 * HOUR_MS).toISOString();
    const { log } = await runRound([messageOf('m1', { attempts: 30, receivedAt })], noWorkflow);
    expect(log).toEqual([['m1', 'dead', 'given up after a day: the order is not known']]);
  });

  test('a clock that jumps ahead by a day gives nothing up', async () => {
    const receivedAt = new Date(Date.now() - 25 * HOUR_MS).toISOString();
    const { log } = await runRound([messageOf('m1', { attempts: 2, receivedAt })], noWorkflow);
    expect(log).toEqual([['m1', 'retried', 'the order is not known', 4000]]);
  });

  test('when Temporal is away everything is tried again soon, whatever its age, and the round fails', async () => {
    const receivedAt = new Date(Date.now() - 100 * HOUR_MS).toISOString();
    let asked = 0;
    const { log, end } = await runRound(
      [messageOf('m1', { attempts: 90, receivedAt }), messageOf('m2', { attempts: 90, receivedAt })],
      () => {
        asked += 1;
        return Promise.reject(new Error('14 UNAVAILABLE'));
      },
    );
    expect(log).toEqual([
      ['m1', 'retried', expect.stringContaining('14 UNAVAILABLE'), 1000],
      ['m2', 'retried', expect.stringContaining('not tried'), 1000],
    ]);
    expect(asked).toBe(1);
    expect(end).toMatchObject({ error: { name: SignalFailedError.name } });
  });

  test('after it was told to stop it gives back what it has not begun', async () => {
    const stop = new AbortController();
    const { log } = await runRound(
      [messageOf('m1'), messageOf('m2')],
      async () => {
        stop.abort();
        return 'delivered';
      },
      null,
      stop.signal,
    );
    expect(log).toEqual([
      ['m1', 'delivered', undefined],
      ['m2', 'retried', expect.stringContaining('not tried'), 1000],
    ]);
  });
});
