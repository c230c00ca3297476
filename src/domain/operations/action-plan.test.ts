import { describe, expect, test } from '@jest/globals';
import type { OrderView } from '../orders/order.ts';
import { ORDER_STATUSES, type OrderStatus } from '../orders/order-status.ts';
import { needsSecondPerson, refundableMinor } from './action-money.ts';
import { planAction, possibleActions, type ActionFacts } from './action-plan.ts';
import {
  ACTION_NAMES,
  ACTION_REFUSALS,
  ACTIONS,
  stateOf,
  type ActionName,
  type ActionRequest,
} from './actions.ts';

const ORDER_ID = 'ord_1';
const CAPTURED_IN: readonly OrderStatus[] = ['shipped', 'delivered', 'completed'];
const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const at = '2026-01-02T10:00:00.000Z';

/** Two lines over two locations, 50.00 in all. */
function order(status: OrderStatus, changes: Partial<OrderView> = {}): OrderView {
  const captured = CAPTURED_IN.includes(status) ? 5000 : 0;
  const line = { name: 'Lamp', unitPrice: gbp(1000) };
  return {
    id: ORDER_ID,
    version: 3,
    status,
    paymentStatus: captured > 0 ? 'captured' : 'authorized',
    attention: null,
    attentions: [],
    waiting: null,
    rejection: null,
    customerId: 'cus_1',
    currency: 'GBP',
    lines: [
      {
        ...line,
        lineId: '1',
        sku: 'LAMP',
        quantity: 3,
        total: gbp(3000),
        locationId: null,
        allocations: [
          { locationId: 'main', quantity: 2 },
          { locationId: 'west', quantity: 1 },
        ],
      },
      {
        ...line,
        lineId: '2',
        sku: 'CORD',
        quantity: 2,
        total: gbp(2000),
        locationId: 'main',
        allocations: [{ locationId: 'main', quantity: 2 }],
      },
    ],
    totals: {
      items: gbp(5000),
      total: gbp(5000),
      captured: gbp(captured),
      refunded: gbp(0),
      outstanding: gbp(5000 - captured),
      refundDue: gbp(0),
    },
    payment: { method: 'card', captureBefore: null },
    shipments: [],
    refunds: [],
    createdAt: at,
    updatedAt: at,
    ...changes,
  };
}

function facts(changes: Partial<ActionFacts> = {}): ActionFacts {
  return {
    operations: [
      { key: 'ord_1:capture:1', kind: 'capture', isPending: true, amount: gbp(5000) },
      { key: 'ord_1:authorize:1', kind: 'authorize', isPending: false, amount: gbp(5000) },
      { key: 'shp_1_1:book:1', kind: 'book', isPending: true, amount: null },
    ],
    mails: [{ template: 'confirmed', subjectId: '1', state: 'sent' }],
    shelves: [
      { locationId: 'west', sku: 'LAMP', available: 2 },
      { locationId: 'west', sku: 'CORD', available: 2 },
      { locationId: 'main', sku: 'LAMP', available: 0 },
    ],
    wasHeld: false,
    ...changes,
  };
}

/** What each action is asked with when nothing stands against it but the status. */
const REQUESTS: { readonly [Action in ActionName]: Extract<ActionRequest, { action: Action }> } = {
  cancel: { action: 'cancel' },
  refund: { action: 'refund', by: { amountMinor: 100 }, restock: false },
  hold: { action: 'hold' },
  release: { action: 'release' },
  retry_now: { action: 'retry_now' },
  skip_step: { action: 'skip_step', step: 'notification' },
  resolve_outcome: {
    action: 'resolve_outcome',
    operationKey: 'ord_1:capture:1',
    outcome: 'succeeded',
    providerReference: 'cap_1',
    evidence: 'seen there',
  },
  change_address: {
    action: 'change_address',
    shipTo: { name: 'A', line1: 'B', city: 'C', postalCode: 'D', country: 'GB' },
  },
  reroute: { action: 'reroute', locationId: 'west' },
  resend_notification: { action: 'resend_notification', template: 'confirmed', subjectId: '1' },
};

const why = (request: ActionRequest, view: OrderView, known = facts()): string => {
  const plan = planAction(request, view, known);
  return plan.kind === 'refused' ? plan.why : plan.kind;
};

const PAIRS = ORDER_STATUSES.flatMap((status) => ACTION_NAMES.map((action) => [action, status] as const));

describe('an action', () => {
  test.each(PAIRS)(
    '%s in status %s is planned, or refused with what is possible instead',
    (action, status) => {
      const view = order(status);
      const plan = planAction(REQUESTS[action], view, facts());
      const isPossible = (ACTIONS[action].possibleIn as readonly OrderStatus[]).includes(status);
      if (!isPossible) expect(plan).toMatchObject({ kind: 'refused', why: 'status' });
      if (plan.kind === 'planned') {
        expect(plan.sentences.length).toBeGreaterThan(0);
        for (const sentence of plan.sentences) expect(sentence).toMatch(/^.{10,}\.$/);
        return;
      }
      expect(ACTION_REFUSALS[plan.why]).toMatch(/\.$/);
      // What is named as possible is not refused for the status.
      for (const other of plan.possible) expect(why(REQUESTS[other], view)).not.toBe('status');
      expect(plan.possible).toEqual(possibleActions(view, facts()));
    },
  );

  test('stands where the latest of its outcomes says, in whatever order they come', () => {
    expect(stateOf([])).toBe('asked');
    expect(stateOf(['pending_approval'])).toBe('pending_approval');
    expect(stateOf(['approved', 'pending_approval'])).toBe('approved');
    expect(stateOf(['done', 'approved', 'pending_approval'])).toBe('done');
    expect(stateOf(['pending_approval', 'declined'])).toBe('declined');
  });
});

describe('the plan of a cancellation', () => {
  test('frees what is held where it is held, and lets the money go that is held', () => {
    expect(planAction(REQUESTS.cancel, order('confirmed'), facts())).toMatchObject({
      stock: [
        { sku: 'LAMP', locationId: 'main', reserved: -2 },
        { sku: 'LAMP', locationId: 'west', reserved: -1 },
        { sku: 'CORD', locationId: 'main', reserved: -2 },
      ],
      money: [{ kind: 'void', amount: gbp(5000) }],
    });
  });

  test('gives back what was charged and not refunded yet', () => {
    const { totals } = order('fulfilling');
    const view = order('fulfilling', {
      totals: { ...totals, captured: gbp(5000), refunded: gbp(1200) },
    });
    expect(planAction(REQUESTS.cancel, view, facts())).toMatchObject({
      money: [{ kind: 'refund', amount: gbp(3800) }],
    });
  });
});

describe('the plan of a refund', () => {
  const shipped = order('shipped');
  const refund = (
    by: Extract<ActionRequest, { action: 'refund' }>['by'],
    restock = false,
  ): ActionRequest => ({
    action: 'refund',
    by,
    restock,
  });

  test('is in the amount that was asked for, that lines cost, or that is left', () => {
    const amounts = [
      { amountMinor: 700 },
      { lines: [{ lineId: '1', quantity: 2 }] },
      { full: true } as const,
    ].map((by) => planAction(refund(by), shipped, facts()));
    expect(amounts).toMatchObject([
      { money: [{ kind: 'refund', amount: gbp(700) }] },
      { money: [{ kind: 'refund', amount: gbp(2000) }] },
      { money: [{ kind: 'refund', amount: gbp(5000) }] },
    ]);
  });

  test('brings units back to where they came from, when they have left', () => {
    const lines = { lines: [{ lineId: '1', quantity: 3 }] };
    expect(planAction(refund(lines, true), shipped, facts())).toMatchObject({
      stock: [
        { sku: 'LAMP', locationId: 'main', restocked: 2 },
        { sku: 'LAMP', locationId: 'west', restocked: 1 },
      ],
    });
    const { totals } = shipped;
    expect(why(refund(lines, true), order('fulfilling', { totals }))).toBe('not_shipped');
  });

  test('is refused beyond what is left, of lines that are not there, and before a charge', () => {
    const pending = {
      id: 'ref_1',
      status: 'pending',
      amount: gbp(4000),
      reason: 'r',
      restock: false,
      failureCode: null,
      lines: [],
      createdAt: at,
      settledAt: null,
    } as const;
    const promised = order('shipped', { refunds: [pending] });
    expect(refundableMinor(promised)).toBe(1000);
    expect(why(refund({ amountMinor: 1001 }), promised)).toBe('exceeds_captured');
    expect(why(refund({ lines: [{ lineId: '7', quantity: 1 }] }), shipped)).toBe('unknown_line');
    expect(why(refund({ amountMinor: 1 }), order('fulfilling'))).toBe('not_captured');
    const all = order('shipped', { refunds: [{ ...pending, amount: gbp(5000) }] });
    expect(why(refund({ full: true }), all)).toBe('nothing_to_refund');
  });
});

describe('the plan of', () => {
  const waiting = { for: 'held', owner: 'operator', since: at, until: at } as const;

  test('holding is refused while it is held and once it is paid for', () => {
    expect(why(REQUESTS.hold, order('confirmed', { waiting }), facts({ wasHeld: true }))).toBe(
      'held_already',
    );
    const { totals } = order('shipped');
    expect(why(REQUESTS.hold, order('fulfilling', { totals }))).toBe('too_late_to_hold');
  });

  test('releasing is possible as soon as it is held, also while the order does not show it yet', () => {
    expect(why(REQUESTS.release, order('confirmed'))).toBe('not_held');
    expect(why(REQUESTS.release, order('confirmed'), facts({ wasHeld: true }))).toBe('planned');
    expect(why(REQUESTS.release, order('confirmed', { waiting }))).toBe('planned');
  });

  test('rerouting moves what lies elsewhere, all of it or nothing', () => {
    expect(planAction(REQUESTS.reroute, order('confirmed'), facts())).toMatchObject({
      stock: [
        { sku: 'LAMP', locationId: 'main', reserved: -2 },
        { sku: 'CORD', locationId: 'main', reserved: -2 },
        { sku: 'LAMP', locationId: 'west', reserved: 2 },
        { sku: 'CORD', locationId: 'west', reserved: 2 },
      ],
    });
    const short = facts({ shelves: [{ locationId: 'west', sku: 'LAMP', available: 1 }] });
    expect(planAction(REQUESTS.reroute, order('confirmed'), short)).toMatchObject({
      why: 'out_of_stock',
      more: 'LAMP: 1 of 2, CORD: 0 of 2.',
    });
  });

  test('correcting what the carrier refuses says which parcels are booked anew, and where to', () => {
    const refused = order('confirmed', {
      waiting: { for: 'correction', owner: 'operator', since: at, until: at },
      shipments: [
        { id: 'shp_1_1', locationId: 'main', carrier: null, trackingNumber: null, status: 'pending' },
        { id: 'shp_1_2', locationId: 'west', carrier: null, trackingNumber: null, status: 'pending' },
      ],
    });
    const sentences = (request: ActionRequest, view = refused): string => {
      const plan = planAction(request, view, facts());
      return plan.kind === 'planned' ? plan.sentences.join(' ') : plan.why;
    };
    expect(sentences(REQUESTS.change_address)).toMatch(
      /^Parcel shp_1_1 is booked anew, from main to C, GB\. Parcel shp_1_2 is booked anew, from west to C, GB\. /,
    );
    expect(sentences(REQUESTS.reroute)).toContain('That parcel is booked anew');
    const planned = { ...refused, waiting: null };
    for (const request of [REQUESTS.change_address, REQUESTS.reroute])
      expect(sentences(request, planned)).not.toContain('anew');
  });

  test('resolving an outcome is for operations of the payment provider that have none', () => {
    const resolve = (operationKey: string): ActionRequest => ({ ...REQUESTS.resolve_outcome, operationKey });
    expect(why(resolve('ord_1:capture:1'), order('fulfilling'))).toBe('planned');
    expect(why(resolve('ord_1:authorize:1'), order('fulfilling'))).toBe('settled_already');
    expect(why(resolve('shp_1_1:book:1'), order('fulfilling'))).toBe('no_such_operation');
    expect(why(resolve('ord_2:capture:1'), order('fulfilling'))).toBe('no_such_operation');
  });

  test('sending a mail again needs one that was sent', () => {
    const mail = { ...REQUESTS.resend_notification, template: 'shipped' } as const;
    expect(why(mail, order('shipped'))).toBe('never_sent');
  });
});

describe('a second person', () => {
  const refund = (amountMinor: number): ActionRequest => ({
    action: 'refund',
    by: { amountMinor },
    restock: false,
  });

  test('is needed above the limit, and never when there is none', () => {
    const view = order('shipped');
    expect(needsSecondPerson(refund(2000), view, facts(), 2000)).toBe(false);
    expect(needsSecondPerson(refund(2001), view, facts(), 2000)).toBe(true);
    expect(needsSecondPerson(refund(5000), view, facts(), 0)).toBe(false);
    expect(needsSecondPerson(REQUESTS.resolve_outcome, view, facts(), 4999)).toBe(true);
    expect(needsSecondPerson(REQUESTS.cancel, view, facts(), 1)).toBe(false);
  });

  test('is needed for the part that makes the refunds of an order go beyond it', () => {
    const { totals } = order('shipped');
    const view = order('shipped', { totals: { ...totals, refunded: gbp(1500) } });
    expect(needsSecondPerson(refund(500), view, facts(), 2000)).toBe(false);
    expect(needsSecondPerson(refund(501), view, facts(), 2000)).toBe(true);
  });
});
