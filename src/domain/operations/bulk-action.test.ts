import { describe, expect, test } from '@jest/globals';
import type { OrderView } from '../orders/order.ts';
import type { ActionFacts, ActionPlan } from './action-plan.ts';
import {
  addToTally,
  BULK_ACTIONS,
  BULK_ENDS,
  BULK_STEPS,
  bulkNeedsSecondPerson,
  countedMinor,
  EMPTY_TALLY,
  hasEnded,
  isLargeOrder,
  progressOf,
  requestOfBulk,
  stateOfBulk,
  type BulkRequest,
  type BulkStep,
  type BulkTally,
} from './bulk-action.ts';

const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });

/** A completed order of which so much was captured, and so much given back. */
function orderWith(captured: number, refunded: number): OrderView {
  return {
    id: 'ord_1',
    version: 9,
    status: 'completed',
    paymentStatus: 'captured',
    attention: null,
    attentions: [],
    waiting: null,
    rejection: null,
    customerId: 'cus_1',
    currency: 'GBP',
    lines: [],
    totals: {
      items: gbp(captured),
      total: gbp(captured),
      captured: gbp(captured),
      refunded: gbp(refunded),
      outstanding: gbp(0),
      refundDue: gbp(0),
    },
    payment: { method: 'card', captureBefore: null },
    shipments: [],
    refunds: [],
    createdAt: '2026-01-02T10:00:00.000Z',
    updatedAt: '2026-01-02T10:00:00.000Z',
  };
}

const planned = (changes: Partial<Extract<ActionPlan, { kind: 'planned' }>> = {}): ActionPlan => ({
  kind: 'planned',
  stock: [],
  money: [],
  mails: [],
  sentences: [],
  ...changes,
});
const tallyOf = (...plans: readonly ActionPlan[]): BulkTally =>
  plans.reduce((tally, plan) => addToTally(tally, plan, false), EMPTY_TALLY);

describe('the tally of a bulk', () => {
  test('counts what is possible, and what is not by its reason', () => {
    const refused = (why: 'status' | 'not_held'): ActionPlan => ({ kind: 'refused', why, possible: [] });
    expect(tallyOf(planned(), refused('status'), refused('not_held'), refused('status'))).toMatchObject({
      orders: 4,
      possible: 1,
      refused: { status: 2, not_held: 1 },
    });
  });

  test('sums money by kind and currency, units that become free, and mails', () => {
    const one = planned({
      money: [{ kind: 'refund', amount: gbp(700) }],
      stock: [
        { sku: 'A', locationId: 'main', reserved: -3, restocked: 0 },
        { sku: 'A', locationId: 'west', reserved: 2, restocked: 0 },
      ],
      mails: ['cancelled'],
    });
    const other = planned({
      money: [
        { kind: 'refund', amount: gbp(300) },
        { kind: 'void', amount: gbp(50) },
        { kind: 'refund', amount: { amountMinor: 9, currency: 'JPY' } },
      ],
    });
    expect(tallyOf(one, other)).toEqual({
      ...EMPTY_TALLY,
      orders: 2,
      possible: 2,
      money: [
        { kind: 'refund', amount: gbp(1000) },
        { kind: 'void', amount: gbp(50) },
        { kind: 'refund', amount: { amountMinor: 9, currency: 'JPY' } },
      ],
      unitsFreed: 3,
      mails: 1,
    });
  });
});

describe('a second person', () => {
  const moving = (...amounts: readonly number[]): BulkTally =>
    tallyOf(...amounts.map((amount) => planned({ money: [{ kind: 'void', amount: gbp(amount) }] })));

  test('is needed when the money of all orders together is above the limit', () => {
    expect(bulkNeedsSecondPerson(moving(600, 400), 1000)).toBe(false);
    expect(bulkNeedsSecondPerson(moving(600, 401), 1000)).toBe(true);
  });

  test('is needed when the currencies together are above it', () => {
    const yen = planned({ money: [{ kind: 'refund', amount: { amountMinor: 600, currency: 'JPY' } }] });
    expect(bulkNeedsSecondPerson(addToTally(moving(600), yen, false), 1000)).toBe(true);
  });

  test('is needed for one order that would need one by itself, and never where there is no limit', () => {
    const large = addToTally(moving(1), planned(), true);
    expect(bulkNeedsSecondPerson(large, 1000)).toBe(true);
    expect(bulkNeedsSecondPerson(large, 0)).toBe(false);
  });

  test('counts the refunds of an order that were made before', () => {
    const order = orderWith(4990, 4000);
    const facts: ActionFacts = { operations: [], mails: [], shelves: [], wasHeld: false };
    const request = requestOfBulk({ action: 'refund' }, 990);
    expect(isLargeOrder(request, order, facts, 4989)).toBe(true);
    expect(isLargeOrder(request, order, facts, 4990)).toBe(false);
    expect(isLargeOrder(null, order, facts, 1)).toBe(false);
  });
});

describe('what is asked of one order', () => {
  const requests: readonly BulkRequest[] = BULK_ACTIONS.map((action) =>
    action === 'skip_step'
      ? { action, step: 'notification' }
      : action === 'resend_notification'
        ? { action, template: 'shipped' }
        : { action },
  );

  test.each(requests.map((request) => [request.action, request] as const))(
    '%s is that action',
    (action, request) => {
      expect(requestOfBulk(request, 100)?.action).toBe(action);
    },
  );

  test('of a refund is the amount that was counted, and nothing where none was', () => {
    expect(requestOfBulk({ action: 'refund' }, 120)).toEqual({
      action: 'refund',
      by: { amountMinor: 120 },
      restock: false,
    });
    expect(requestOfBulk({ action: 'refund' }, null)).toBeNull();
  });

  test('counts money for refunds only, and no refund of nothing', () => {
    expect(countedMinor({ action: 'refund' }, orderWith(500, 200))).toBe(300);
    expect(countedMinor({ action: 'cancel' }, orderWith(500, 200))).toBeNull();
    expect(countedMinor({ action: 'refund' }, orderWith(500, 500))).toBeNull();
  });
});

describe('where a bulk stands', () => {
  test.each<[string, readonly BulkStep[]]>([
    ['asked', []],
    ['pending_approval', ['pending_approval']],
    ['approved', ['pending_approval', 'approved']],
    ['running', ['pending_approval', 'approved', 'running']],
    ['paused', ['running', 'paused']],
    ['running', ['running', 'paused', 'resumed']],
    ['stopping', ['running', 'stopping', 'paused']],
    ['stopped', ['running', 'stopping', 'stopped']],
    ['finished', ['running', 'stopping', 'finished']],
    ['withdrawn', ['pending_approval', 'withdrawn']],
    ['declined', ['pending_approval', 'declined']],
  ])('is %s after its steps', (state, steps) => {
    expect(stateOfBulk(steps)).toBe(state);
  });

  test('is an end after each of its ends, and after no other step', () => {
    const ends: readonly BulkStep[] = BULK_ENDS;
    for (const step of BULK_STEPS) expect(hasEnded(stateOfBulk([step]))).toBe(ends.includes(step));
  });
});

describe('the progress of a bulk', () => {
  const counts = { done: 20, refused: 5, failed: 5, refusedBy: { status: 5 } };
  const now = '2026-01-02T10:00:00.000Z';

  test('is measured, and tells when it is expected to end', () => {
    const recent = { orders: 30, overMs: 15_000 };
    expect(progressOf({ orders: 50, perSecond: 5, state: 'running' }, counts, recent, now)).toEqual({
      ...counts,
      left: 20,
      ratePerSecond: 2,
      expectedEndAt: '2026-01-02T10:00:10.000Z',
    });
  });

  test('is what was asked for until something can be measured', () => {
    const none = { done: 0, refused: 0, failed: 0, refusedBy: {} };
    const recent = { orders: 0, overMs: 0 };
    expect(progressOf({ orders: 50, perSecond: 5, state: 'running' }, none, recent, now)).toMatchObject({
      left: 50,
      ratePerSecond: 5,
      expectedEndAt: '2026-01-02T10:00:10.000Z',
    });
  });

  test.each(['asked', 'pending_approval', 'paused', 'stopped', 'finished'] as const)(
    'is none while it is %s',
    (state) => {
      const recent = { orders: 30, overMs: 15_000 };
      expect(progressOf({ orders: 50, perSecond: 5, state }, counts, recent, now)).toMatchObject({
        ratePerSecond: 0,
        expectedEndAt: null,
      });
    },
  );
});
