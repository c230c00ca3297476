import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { ReconciliationBreak } from '../../../db/repositories/reconciliation.repository.ts';
import { bookingOperationKey, paymentOperationKey } from '../../../src/domain/ids.ts';
import { waitFor } from '../../support/stack.ts';
import { API_KEY } from '../simulators/programs.ts';
import type { OrderLab } from '../workflow/order-lab.ts';
import { startMaintenanceLab, type MaintenanceLab } from './maintenance-lab.ts';

const TIMEOUT_MS = 60_000;

let maintenance: MaintenanceLab;
let lab: OrderLab;
beforeAll(async () => {
  maintenance = await startMaintenanceLab();
  lab = maintenance.orders;
});
afterAll(() => maintenance?.stop());

async function breaksOf(orderId: string): Promise<readonly ReconciliationBreak[]> {
  return (await lab.repositories.reconciliation.list({ orderId, limit: 100 })).items;
}

async function breakOf(orderId: string, kind: string): Promise<ReconciliationBreak | undefined> {
  return (await breaksOf(orderId)).find((one) => one.kind === kind);
}

/**
 * Waits until the breaks of an order are these, each `<kind> <state>`. On a machine that is very busy an answer can be so
 * slow to be written down that it was a difference meanwhile; such a one is left out unless it is waited for.
 */
async function untilBreaks(orderId: string, ...expected: readonly string[]): Promise<void> {
  await waitFor(
    async () => {
      const all = (await breaksOf(orderId)).map(({ kind, state }) => `${kind} ${state}`);
      const found = all.filter((one) => one !== 'status settled' || expected.includes(one));
      return found.sort().join() === [...expected].sort().join();
    },
    { timeoutMs: TIMEOUT_MS, what: `${orderId} to have the breaks ${expected.join(', ')}` },
  );
}

const untilAttention = (orderId: string, ...codes: readonly string[]) =>
  lab.until(
    orderId,
    codes.join() || 'without attention',
    ({ attentions }) => attentions.map(({ code }) => code).join() === codes.join(),
    TIMEOUT_MS,
  );

async function completedOrder(): Promise<string> {
  const { orderId } = await lab.place();
  await lab.untilStatus(orderId, 'completed');
  await lab.untilClosed(orderId);
  return orderId;
}

/** Waits until every operation that succeeded here was seen at its provider. */
async function untilAllAreSeen(): Promise<void> {
  await waitFor(
    async () => {
      const [row] = await lab.database.query<{ unseen: number }>(
        'test.unseen',
        sql`SELECT count(*)::integer AS unseen FROM provider_operations WHERE status = 'succeeded' AND reconciled_at IS NULL`,
      );
      return row?.unseen === 0;
    },
    { timeoutMs: TIMEOUT_MS, what: 'every operation to be compared' },
  );
}

describe('reconciliation', () => {
  test('finds no difference in orders of every end', async () => {
    await completedOrder();
    await (
      await lab.place({ token: 'tok_declined_do_not_honor' })
    ).outcome;
    const slow = await lab.place({ parcelsStay: true });
    await slow.outcome;
    await lab.until(slow.orderId, 'captured', (order) => order.paymentStatus === 'captured');
    await lab.cancel(slow.orderId);
    const unreachable = await lab.place({ token: 'tok_unreachable' });
    await lab.until(unreachable.orderId, 'unknown', (order) => order.paymentStatus === 'unknown');
    const cancelled = lab.cancel(unreachable.orderId);
    await lab.liftFaults(lab.payments, unreachable.orderId);
    await cancelled;
    await untilAllAreSeen();
    const { items } = await lab.repositories.reconciliation.list({ limit: 100 });
    expect(items.filter(({ state }) => state !== 'settled')).toEqual([]);
  });

  test('stores once what the provider did and nobody here asked for, until it is settled', async () => {
    const orderId = await completedOrder();
    await lab.payments.send('POST', '/v1/authorizations', {
      headers: { authorization: `Bearer ${API_KEY}`, 'idempotency-key': `${orderId}:stray` },
      body: { orderId, amountMinor: 500, currency: 'GBP', paymentToken: 'tok_visa' },
    });
    await untilBreaks(orderId, 'missing_here open');
    const order = await untilAttention(orderId, 'RECONCILIATION_BREAK');
    expect(order.status).toBe('completed');
    const found = await breakOf(orderId, 'missing_here');
    expect(found).toMatchObject({
      provider: 'payments',
      operationKey: `${orderId}:stray`,
      ours: null,
      theirs: { operation: 'authorize', status: 'succeeded', amountMinor: 500, currency: 'GBP' },
    });
    const decision = { id: found?.id ?? '', note: 'made by the help desk', actor: 'key:test' };
    await lab.repositories.reconciliation.close({ ...decision, state: 'explained' });
    await untilAttention(orderId);
    // It is seen again and again, and stays one row, and explained.
    await waitFor(
      async () => ((await breakOf(orderId, 'missing_here'))?.lastSeen ?? '') > (found?.lastSeen ?? ''),
      {
        timeoutMs: TIMEOUT_MS,
        what: 'the difference to be seen again',
      },
    );
    expect(await breakOf(orderId, 'missing_here')).toMatchObject({
      state: 'explained',
      note: 'made by the help desk',
    });
  });

  test('settles by itself what is no difference any more', async () => {
    const orderId = await completedOrder();
    const key = paymentOperationKey(orderId, 'capture');
    const setAmount = (amountMinor: number) =>
      lab.database.query(
        'test.amount',
        sql`UPDATE provider_operations SET amount_minor = ${amountMinor} WHERE key = ${key}`,
      );
    await untilAllAreSeen();
    await setAmount(1111);
    await untilBreaks(orderId, 'amount open');
    await untilAttention(orderId, 'RECONCILIATION_BREAK');
    await setAmount(1110);
    await untilBreaks(orderId, 'amount settled');
    await untilAttention(orderId);
    expect(await breakOf(orderId, 'amount')).toMatchObject({ actor: 'job', operationKey: key });
  });

  test('finds what is recorded and the provider never did, with money and with parcels', async () => {
    const orderId = await completedOrder();
    await untilAllAreSeen();
    const invent = (key: string, kind: string) =>
      lab.database.query(
        'test.invent',
        sql`INSERT INTO provider_operations (key, order_id, kind, status, settled_at)
          VALUES (${key}, ${orderId}, ${kind}, 'succeeded', now())`,
      );
    await invent(`${orderId}:void:9`, 'void');
    await invent(bookingOperationKey(`${orderId}_9`), 'book');
    await untilBreaks(orderId, 'missing_there open', 'missing_there open');
    const missing = (await breaksOf(orderId)).filter(({ kind }) => kind === 'missing_there');
    expect(missing.map(({ provider }) => provider).sort()).toEqual(['carrier', 'payments']);
  });

  test('tells an order that waits for an answer that there is one', async () => {
    const { orderId } = await lab.place({
      parcelsStay: true,
      prepare: async (id) => {
        // The answer is lost, nobody is told, and the provider does not say what became of it.
        await lab.payments.send('PUT', '/control/webhooks', { body: { mode: 'hold', orderId: id } });
        await lab.faults(lab.payments, [
          { operation: 'capture', orderId: id, times: 1, behaviour: 'lost_reply' },
          { operation: 'lookup', orderId: id, times: -1, behaviour: 'maintenance', delayMs: 1000 },
        ]);
      },
    });
    await untilBreaks(orderId, 'status open');
    await waitFor(async () => (await signals(orderId)).includes('paymentSettled'), {
      timeoutMs: TIMEOUT_MS,
      what: 'the order to be told',
    });
    await lab.liftFaults(lab.payments, orderId);
    await lab.until(orderId, 'captured', (order) => order.paymentStatus === 'captured', TIMEOUT_MS);
    await untilBreaks(orderId, 'status settled');
    await untilAttention(orderId);
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110', 'capture succeeded 1110']);
  });
});

/** Names of the signals that the order's workflow has got. */
async function signals(orderId: string): Promise<string[]> {
  const { events } = await lab.temporal.client.workflow.getHandle(orderId).fetchHistory();
  return (events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? []);
}
