import { describe, expect, it } from '@jest/globals';
import type { OperatorAction } from '../api/operations.ts';
import { inputText, isOver, outcomeText } from './action-words.ts';

function action(changes: Partial<OperatorAction>): OperatorAction {
  const who = { actor: 'key:operator', role: 'operator' };
  const rest = { reason: 'damaged', input: {}, currency: 'GBP', bulkId: null, askedAt: '', outcomes: [] };
  return { id: 'act_1', orderId: 'ord_1', action: 'refund', state: 'done', ...who, ...rest, ...changes };
}

const outcome = (detail: string) =>
  [{ outcome: 'done', actor: '', role: '', detail, at: '' }] as const satisfies OperatorAction['outcomes'];

describe('what became of an action', () => {
  it.each([
    [
      action({ outcomes: outcome('Refund ref_1 was given back.') }),
      'Refund: done. Refund ref_1 was given back.',
    ],
    [action({ state: 'pending_approval' }), 'Refund waits for a second person, on the page Approvals.'],
    [
      action({ action: 'retry_now', state: 'asked' }),
      'Retry now is under way: another company has not answered yet.',
    ],
    [action({ state: 'declined', outcomes: outcome('no photograph') }), 'Refund: declined. no photograph'],
  ])('is said in a sentence', (taken, text) => {
    expect(outcomeText(taken)).toBe(text);
  });

  it('is open until nothing more becomes of it', () => {
    const states = [
      'asked',
      'pending_approval',
      'approved',
      'declined',
      'done',
      'refused',
      'failed',
    ] as const;
    expect(states.filter((state) => isOver(action({ state })))).toEqual([
      'declined',
      'done',
      'refused',
      'failed',
    ]);
  });
});

it.each([
  [{}, ''],
  [{ by: { amountMinor: 1250 }, restock: false }, '£12.50'],
  [{ by: { lines: [{ lineId: '2', quantity: 3 }] }, restock: true }, '3 of line 2 · restocked'],
  [{ locationId: 'west' }, 'to west'],
  [{ template: 'confirmed', subjectId: '1' }, 'mail confirmed'],
  [
    { operationKey: 'ord_1:capture:1', outcome: 'never_happened', providerReference: null, evidence: 'x' },
    'capture:1 · never happened',
  ],
  [{ addressDigest: 'abc' }, ''],
])('an action that was asked for with %j is told as "%s"', (input, text) => {
  expect(inputText(action({ input }))).toBe(text);
});
