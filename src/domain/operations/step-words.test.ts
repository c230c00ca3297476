import { expect, test } from '@jest/globals';
import { createActivities } from '../../activities/index.ts';
import type { ActivityDependencies } from '../../activities/shared/dependencies.ts';
import { exampleFacts } from './example-facts.ts';
import { doingOf, isExplainedBy, STEP_WORDS } from './step-words.ts';

test('every step that a worker can do is told in words, and no other', () => {
  // Only their names are looked at.
  const activities = createActivities({} as ActivityDependencies);
  expect(Object.keys(STEP_WORDS).toSorted()).toEqual(Object.keys(activities).toSorted());
});

test('names the money that a step is about', () => {
  const facts = exampleFacts({ status: 'fulfilling' });
  expect(doingOf('capturePayment', facts)).toBe('Capturing 49.90 GBP');
  expect(doingOf('refundPayment', facts)).toBe('Refunding 49.90 GBP');
  const refund = { ...facts.order.totals.total, amountMinor: 500 };
  const refunding = exampleFacts({ status: 'completed', refunds: [refund, refund] });
  expect(doingOf('refundPayment', refunding)).toBe('Refunding 10.00 GBP');
  expect(doingOf('aStepOfLater', facts)).toBe('The step aStepOfLater');
});

test('a cause explains the step that raises it, and no other step', () => {
  expect(isExplainedBy('capturePayment', ['CAPTURE_UNRESOLVED'])).toBe(true);
  expect(isExplainedBy('capturePayment', ['NOTIFICATION_UNRESOLVED'])).toBe(false);
  expect(isExplainedBy('raiseAttention', ['CAPTURE_UNRESOLVED'])).toBe(false);
});
