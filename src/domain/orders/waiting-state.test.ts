import { describe, expect, test } from '@jest/globals';
import { isTerminal, ORDER_STATUSES } from './order-status.ts';
import {
  DEFAULT_DEADLINES,
  LONG_WAITS,
  ownerOf,
  WAITING_STATES,
  waitsAtMostMs,
  WAITS_FOR,
  type WaitingFor,
} from './waiting-state.ts';

const names = Object.keys(WAITING_STATES) as WaitingFor[];

describe('what an order waits for', () => {
  test.each(ORDER_STATUSES)(
    'in status %s has an owner and an end, or the order is at its own end',
    (status) => {
      const waitingFor = WAITS_FOR[status];
      expect(waitingFor === null).toBe(isTerminal(status));
      if (waitingFor === null) return;
      expect(ownerOf(waitingFor)).toMatch(/^[a-z_]+$/);
      expect(waitsAtMostMs(waitingFor, DEFAULT_DEADLINES)).toBeGreaterThan(0);
    },
  );

  test('is another thing in every status, so that a change of status is a change of what it waits for', () => {
    const waits = ORDER_STATUSES.map((status) => WAITS_FOR[status]).filter((name) => name !== null);
    expect(new Set(waits).size).toBe(waits.length);
  });

  test('ends by the deadlines of the order where others set the pace', () => {
    const deadlines = { shipWithinMs: 1, deliverWithinMs: 2, returnWindowMs: 3, renewHoldBeforeMs: 4 };
    expect(LONG_WAITS.map((name) => waitsAtMostMs(name, deadlines))).toEqual([1, 2, 3]);
    const others = names.filter((name) => !LONG_WAITS.some((long) => long === name));
    for (const name of others) {
      expect(waitsAtMostMs(name, deadlines)).toBe(waitsAtMostMs(name, DEFAULT_DEADLINES));
      expect(waitsAtMostMs(name, deadlines)).toBeGreaterThanOrEqual(15 * 60_000);
    }
  });

  test('has a state for the lost answer about every kind of operation, owned by the one who did not answer', () => {
    const owners = names.filter((name) => name.endsWith('_outcome')).map((name) => [name, ownerOf(name)]);
    expect(Object.fromEntries(owners)).toEqual({
      authorize_outcome: 'payment_provider',
      capture_outcome: 'payment_provider',
      void_outcome: 'payment_provider',
      refund_outcome: 'payment_provider',
      book_outcome: 'carrier',
      cancel_booking_outcome: 'carrier',
    });
  });
});
