import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import type { RefundRequest } from '../../../db/repositories/orders.repository.ts';
import { paymentOperationKey, refundOperationKey } from '../../../src/domain/ids.ts';
import type { JournalKind } from '../../../src/domain/payments/ledger.ts';
import {
  authorization,
  bring,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  refOf,
  refundAnswer,
  stockItem,
  viewOf,
  type TestDatabase,
  type TestOrder,
} from './fixtures.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await expectNoViolation(db);
  await db.close();
});

/** 4 of an item at 100. */
async function anOrder(): Promise<TestOrder> {
  const sku = await stockItem(db, { main: 10 });
  return newOrder([{ sku, quantity: 4 }]);
}

const refundOf = (order: TestOrder, name: string, amountMinor: number): RefundRequest => ({
  ...refOf(order),
  refundId: `ref_${order.orderId}_${name}`,
  by: { amountMinor },
  reason: 'damaged',
  restock: false,
  actor: 'key:test',
});

async function refund(order: TestOrder, name: string, amountMinor: number): Promise<string> {
  const request = refundOf(order, name, amountMinor);
  expect(await db.orders.startRefund(request)).toMatchObject({ kind: 'started' });
  expect(await db.orders.recordRefunded(refundAnswer(order, request.refundId))).toMatchObject({
    applied: true,
  });
  return request.refundId;
}

const failLater = (order: TestOrder, refundId: string) =>
  db.orders.recordRefundReturned({ ...refundAnswer(order, refundId), failureCode: 'account_closed' });
const refuse = (order: TestOrder, refundId: string) =>
  db.orders.recordRefundFailed({ ...refundAnswer(order, refundId), failureCode: 'no' });

/** What the accounts of an order come to; those at zero are left out. */
async function balances(order: TestOrder): Promise<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const { entries } of await db.ledger.journalsOf(order.orderId))
    for (const { account, amountMinor } of entries) sums.set(account, (sums.get(account) ?? 0) + amountMinor);
  return Object.fromEntries([...sums].filter(([, sum]) => sum !== 0));
}

async function kinds(order: TestOrder): Promise<JournalKind[]> {
  return (await db.ledger.journalsOf(order.orderId)).map(({ kind }) => kind);
}

/** Total = captured − refunded + outstanding, and the counters of the payment say what the ledger says. */
async function expectAgreement(order: TestOrder): Promise<void> {
  const { totals } = await viewOf(db, order.orderId);
  const [payment] = await db.database.query<Record<'captured' | 'refunded' | 'due', number>>(
    'test.payment',
    sql`SELECT captured_minor AS captured, refunded_minor AS refunded, refund_pending_minor + refund_due_minor AS due
      FROM payment_intents WHERE order_id = ${order.orderId}`,
  );
  const { total, captured, refunded, outstanding, refundDue } = totals;
  expect({
    captured: captured.amountMinor,
    refunded: refunded.amountMinor,
    due: refundDue.amountMinor,
  }).toEqual(payment);
  expect(captured.amountMinor - refunded.amountMinor + outstanding.amountMinor).toBe(total.amountMinor);
}

const HELD = { receivable: 400, sales: -400, held_at_provider: 400, held_contra: -400 };

describe('a journal', () => {
  test('of a hold has the sale and the memo of the hold', async () => {
    const order = await bring(db, await anOrder(), 'confirmed');
    expect(await db.ledger.journalsOf(order.orderId)).toEqual([
      {
        id: expect.any(Number),
        kind: 'authorize',
        reference: paymentOperationKey(order.orderId, 'authorize'),
        currency: 'GBP',
        createdAt: expect.stringMatching(/Z$/),
        entries: [
          { account: 'held_at_provider', amountMinor: 400 },
          { account: 'receivable', amountMinor: 400 },
          { account: 'held_contra', amountMinor: -400 },
          { account: 'sales', amountMinor: -400 },
        ],
      },
    ]);
    await expectAgreement(order);
  });

  test('of a void takes hold and sale away', async () => {
    const order = await bring(db, await anOrder(), 'confirmed');
    const key = paymentOperationKey(order.orderId, 'void');
    await db.orders.planOperation({ orderId: order.orderId, key, kind: 'void', subjectId: null });
    await db.orders.recordVoided({ ...refOf(order), operationKey: key, providerReference: 'v' });
    expect(await kinds(order)).toEqual(['authorize', 'void']);
    expect(await balances(order)).toEqual({});
    await expectAgreement(order);
  });

  test('is not there for a void of what was never held', async () => {
    const order = await bring(db, await anOrder(), 'reserved');
    const key = paymentOperationKey(order.orderId, 'void');
    await db.orders.planOperation({ orderId: order.orderId, key, kind: 'void', subjectId: null });
    await db.orders.recordVoided({ ...refOf(order), operationKey: key, providerReference: 'v' });
    expect(await kinds(order)).toEqual([]);
  });

  test('of a capture makes cash of what was to be charged', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    expect(await kinds(order)).toEqual(['authorize', 'capture']);
    expect(await balances(order)).toEqual({ cash_at_provider: 400, sales: -400 });
    await expectAgreement(order);
  });

  test('of a refund is due first and paid then', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    await db.orders.startRefund(refundOf(order, 'a', 150));
    expect(await balances(order)).toEqual({
      cash_at_provider: 400,
      sales: -400,
      returns: 150,
      refunds_due: -150,
    });
    await expectAgreement(order);
    await db.orders.recordRefunded(refundAnswer(order, refundOf(order, 'a', 150).refundId));
    expect(await kinds(order)).toEqual(['authorize', 'capture', 'refund_requested', 'refund']);
    expect(await balances(order)).toEqual({ cash_at_provider: 250, sales: -400, returns: 150 });
    await expectAgreement(order);
  });

  test('of a refund that is refused withdraws the promise', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    await db.orders.startRefund(refundOf(order, 'a', 150));
    await refuse(order, refundOf(order, 'a', 150).refundId);
    expect((await kinds(order)).slice(2)).toEqual(['refund_requested', 'refund_failed']);
    expect(await balances(order)).toEqual({ cash_at_provider: 400, sales: -400 });
    await expectAgreement(order);
  });

  test('of a refund that fails after all makes it due again', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    await failLater(order, await refund(order, 'a', 150));
    expect((await kinds(order)).slice(2)).toEqual(['refund_requested', 'refund', 'refund_returned']);
    expect(await balances(order)).toEqual({
      cash_at_provider: 400,
      sales: -400,
      returns: 150,
      refunds_due: -150,
    });
    await expectAgreement(order);
  });

  test('is written once, however often its change is reported', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    const refundId = await refund(order, 'a', 150);
    await failLater(order, refundId);
    await db.orders.recordAuthorized(authorization(order));
    await db.orders.recordRefunded(refundAnswer(order, refundId));
    expect(await failLater(order, refundId)).toMatchObject({ applied: false });
    expect(await kinds(order)).toHaveLength(5);
  });
});

describe('money that is due again', () => {
  const state = async (order: TestOrder) => {
    await expectAgreement(order);
    const { totals, attention, paymentStatus } = await viewOf(db, order.orderId);
    return [
      totals.refunded.amountMinor,
      totals.refundDue.amountMinor,
      paymentStatus,
      attention?.code ?? null,
    ];
  };

  test('is made up for by later refunds, and then calls nobody any more', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    await failLater(order, await refund(order, 'a', 150));
    expect(await state(order)).toEqual([0, 150, 'captured', 'REFUND_FAILED']);
    await refund(order, 'b', 100);
    expect(await state(order)).toEqual([100, 50, 'partially_refunded', 'REFUND_FAILED']);
    await refund(order, 'c', 300);
    expect(await state(order)).toEqual([400, 0, 'refunded', null]);
    // 150 and what of the last one was not due.
    expect(await balances(order)).toEqual({ sales: -400, returns: 400 });
  });

  test('stays due when the refund that was to make up for it is refused', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    await failLater(order, await refund(order, 'a', 150));
    await db.orders.startRefund(refundOf(order, 'b', 200));
    expect(await state(order)).toEqual([0, 200, 'captured', 'REFUND_FAILED']);
    await refuse(order, refundOf(order, 'b', 200).refundId);
    expect(await state(order)).toEqual([0, 150, 'captured', 'REFUND_FAILED']);
    expect((await db.ledger.journalsOf(order.orderId)).at(-1)).toMatchObject({
      kind: 'refund_failed',
      entries: [{ amountMinor: 50 }, { amountMinor: -50 }],
    });
  });

  test('calls a person again when another refund had ended the call meanwhile', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    await failLater(order, await refund(order, 'a', 150));
    await db.orders.startRefund(refundOf(order, 'b', 150));
    await refund(order, 'c', 100);
    expect((await state(order)).at(-1)).toBeNull();
    await refuse(order, refundOf(order, 'b', 150).refundId);
    expect(await state(order)).toEqual([100, 150, 'partially_refunded', 'REFUND_FAILED']);
  });

  test('can fail again', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    for (const name of ['a', 'b', 'c']) {
      await failLater(order, await refund(order, name, 400));
      expect(await state(order)).toEqual([0, 400, 'captured', 'REFUND_FAILED']);
    }
    await refund(order, 'd', 400);
    expect(await state(order)).toEqual([400, 0, 'refunded', null]);
  });

  test('never lets more go back than was captured, whatever comes at once', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    await failLater(order, await refund(order, 'a', 300));
    const started = await Promise.all(
      Array.from({ length: 8 }, (_, index) => db.orders.startRefund(refundOf(order, `many${index}`, 100))),
    );
    expect(started.filter(({ kind }) => kind === 'started')).toHaveLength(4);
    await expectAgreement(order);
    await Promise.all(
      started.flatMap(({ kind }, index) => {
        const { refundId } = refundOf(order, `many${index}`, 100);
        if (kind !== 'started') return [];
        return index % 2 === 0
          ? db.orders.recordRefunded(refundAnswer(order, refundId))
          : refuse(order, refundId);
      }),
    );
    await expectAgreement(order);
    const { totals } = await viewOf(db, order.orderId);
    expect(totals.refunded.amountMinor + totals.refundDue.amountMinor).toBeLessThanOrEqual(400);
  });
});

describe('a refund that fails after all', () => {
  test('is found by its key, with what became of it', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    const refundId = await refund(order, 'a', 150);
    const key = { orderId: order.orderId, operationKey: refundOperationKey(refundId) };
    expect(await db.orders.readRefund(key)).toEqual({
      refundId,
      status: 'succeeded',
      hasFailedAfterAll: false,
    });
    await failLater(order, refundId);
    expect(await db.orders.readRefund(key)).toEqual({ refundId, status: 'failed', hasFailedAfterAll: true });
    expect(await db.orders.readRefund({ ...key, orderId: 'ord_other' })).toBeNull();
  });

  test('is not one before it was recorded as done', async () => {
    const order = await bring(db, await anOrder(), 'captured');
    const request = refundOf(order, 'a', 150);
    await db.orders.startRefund(request);
    expect(await failLater(order, request.refundId)).toMatchObject({ applied: false });
    expect(await kinds(order)).toEqual(['authorize', 'capture', 'refund_requested']);
  });
});

describe('the books', () => {
  const insert = (entries: string): string => `
    WITH journal AS (
      INSERT INTO ledger_journals (order_id, kind, reference, currency)
      SELECT id, 'refund', 'test', 'GBP' FROM orders LIMIT 1 RETURNING id)
    INSERT INTO ledger_entries (journal_id, account, amount_minor)
    SELECT id, account, amount FROM journal, (VALUES ${entries}) AS given (account, amount)`;
  const attempt = async (statement: string): Promise<unknown> => {
    const client = postgres(db.url, { max: 1, fetch_types: false });
    try {
      return await client.unsafe(statement).then(
        () => 'written',
        (error: unknown) => error,
      );
    } finally {
      await client.end({ timeout: 5 });
    }
  };

  test.each([
    ['a journal that does not sum to zero', insert("('sales', -5), ('receivable', 4)")],
    ['a journal of one entry', insert("('sales', -5)")],
    [
      'a journal without entries',
      `INSERT INTO ledger_journals (order_id, kind, reference, currency) SELECT id, 'refund', 'empty', 'GBP' FROM orders LIMIT 1`,
    ],
    [
      'another entry to a journal that is written',
      `INSERT INTO ledger_entries (journal_id, account, amount_minor) SELECT id, 'returns', 1 FROM ledger_journals WHERE kind = 'authorize' LIMIT 1`,
    ],
  ])('refuse %s', async (_, statement) => {
    await bring(db, await anOrder(), 'confirmed');
    expect(await attempt(statement)).toMatchObject({ constraint_name: 'ledger_journals_balance' });
  });

  test.each([
    'UPDATE ledger_entries SET amount_minor = amount_minor + 1',
    'DELETE FROM ledger_entries',
    `UPDATE ledger_journals SET kind = 'void'`,
    'DELETE FROM ledger_journals',
  ])('refuse %s', async (statement) => {
    await bring(db, await anOrder(), 'confirmed');
    expect(await attempt(statement)).toMatchObject({ message: expect.stringContaining('append-only') });
  });

  test('refuse to book a change twice', async () => {
    await bring(db, await anOrder(), 'confirmed');
    const again = `INSERT INTO ledger_journals (order_id, kind, reference, currency)
      SELECT order_id, kind, reference, currency FROM ledger_journals LIMIT 1`;
    expect(await attempt(again)).toMatchObject({ code: '23505' });
  });

  test('come to zero in all', async () => {
    const order = await bring(db, await anOrder(), 'confirmed');
    expect(await balances(order)).toEqual(HELD);
    const all = await db.ledger.balances();
    expect(all.map(({ account }) => account)).toEqual([
      'cash_at_provider',
      'held_at_provider',
      'held_contra',
      'receivable',
      'refunds_due',
      'returns',
      'sales',
    ]);
    expect(all.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(0);
  });
});
