import { describe, expect, test } from '@jest/globals';
import {
  nextStatus,
  ORDER_STATUSES,
  ORDER_TRANSITIONS,
  type OrderTransition,
} from '../../../src/domain/orders/order-status.ts';
import { move } from './order-change.ts';

const transitions = Object.keys(ORDER_TRANSITIONS) as OrderTransition[];

describe('a move', () => {
  test.each(transitions)('%s starts where the table says and ends where it says', (transition) => {
    const { sources, target } = move(transition);
    for (const status of ORDER_STATUSES)
      expect(sources.includes(status) ? target : null).toBe(nextStatus(status, transition));
  });

  test('of two transitions starts with the first and ends with the second', () => {
    expect(move('authorize', 'confirm')).toEqual({ sources: ['reserved', 'in_review'], target: 'confirmed' });
  });

  test('of transitions that do not follow upon each other is a mistake', () => {
    expect(() => move('confirm', 'authorize')).toThrow(/confirm, authorize is no way/);
  });
});
