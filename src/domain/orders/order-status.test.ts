import { describe, expect, test } from '@jest/globals';
import {
  isCancellable,
  isTerminal,
  nextStatus,
  ORDER_STATUSES,
  ORDER_TRANSITIONS,
  sourcesOf,
  TERMINAL_STATUSES,
  type OrderStatus,
  type OrderTransition,
} from './order-status.ts';

const TRANSITIONS = Object.keys(ORDER_TRANSITIONS) as OrderTransition[];

/** Written out a second time and the other way round, so that a slip in the table does not pass. */
const LEGAL: Record<OrderStatus, Partial<Record<OrderTransition, OrderStatus>>> = {
  placed: { reserve: 'reserved', reject: 'rejected', start_cancelling: 'cancelling' },
  reserved: {
    review: 'in_review',
    authorize: 'authorized',
    reject: 'rejected',
    start_cancelling: 'cancelling',
  },
  in_review: { authorize: 'authorized', reject: 'rejected', start_cancelling: 'cancelling' },
  authorized: { confirm: 'confirmed', reject: 'rejected', start_cancelling: 'cancelling' },
  confirmed: { fulfil: 'fulfilling', start_cancelling: 'cancelling' },
  fulfilling: { ship: 'shipped', start_cancelling: 'cancelling' },
  shipped: { deliver: 'delivered' },
  delivered: { complete: 'completed' },
  completed: {},
  rejected: {},
  cancelling: { cancel: 'cancelled' },
  cancelled: {},
};

describe('the life of an order', () => {
  test.each(
    ORDER_STATUSES.flatMap((status) => TRANSITIONS.map((transition) => [status, transition] as const)),
  )('in status %s the event %s leads where the table says, or nowhere', (status, transition) => {
    expect(nextStatus(status, transition)).toBe(LEGAL[status][transition] ?? null);
    expect(sourcesOf(transition).includes(status)).toBe(transition in LEGAL[status]);
  });

  test('ends in a terminal status from every status', () => {
    for (const start of ORDER_STATUSES) {
      const reached = new Set<OrderStatus>([start]);
      for (const status of reached) {
        for (const next of Object.values(LEGAL[status])) reached.add(next);
      }
      expect([...reached].some(isTerminal)).toBe(true);
    }
  });

  test('nothing leaves a terminal status', () => {
    for (const status of TERMINAL_STATUSES) expect(LEGAL[status]).toEqual({});
  });

  test('can be cancelled until a parcel was handed over', () => {
    expect(ORDER_STATUSES.filter(isCancellable)).toEqual([
      'placed',
      'reserved',
      'in_review',
      'authorized',
      'confirmed',
      'fulfilling',
    ]);
  });

  test('takes no money after it was rejected: confirmation and rejection exclude each other', () => {
    expect(nextStatus('rejected', 'authorize')).toBeNull();
    expect(nextStatus('confirmed', 'reject')).toBeNull();
  });
});
