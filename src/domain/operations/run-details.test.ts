import { describe, expect, test } from '@jest/globals';
import { MOST_STEPS_SHOWN, runDetails } from './run-details.ts';
import { ORDER_SEARCH_ATTRIBUTES, standingAttributes } from './search-attributes.ts';

const atMs = Date.parse('2026-11-20T10:14:00.000Z');
const step = (name: string, minutes = 0, untilMs: number | null = null) => ({
  name,
  atMs: atMs + minutes * 60_000,
  untilMs,
});

describe('what a run says of itself', () => {
  test('is what it is about, until when, and what came before', () => {
    const steps = [step('Reserving stock'), step('On the way', 5, Date.parse('2026-12-01T08:00:00.000Z'))];
    expect(runDetails({ status: 'shipped', steps, attentionCode: 'DELIVERY_LATE' })).toBe(
      [
        '**On the way** since 10:19 UTC, until 1 Dec 08:00 UTC. The order is `shipped`.',
        'It needs a person: `DELIVERY_LATE`.',
        'What came before:\n\n- 10:14 Reserving stock',
      ].join('\n\n'),
    );
  });

  test('is nothing before it has begun, and stays short however long it lives', () => {
    expect(runDetails({ status: 'placed', steps: [], attentionCode: null })).toBe('');
    const steps = Array.from({ length: 500 }, (_, index) => step(`Step ${index}`, index));
    const text = runDetails({ status: 'placed', steps, attentionCode: null });
    expect(text.match(/^- /gm)).toHaveLength(MOST_STEPS_SHOWN - 1);
    expect(text).toContain('**Step 499**');
  });
});

test('what a run is searched by has the names and types that are registered', () => {
  const attributes = standingAttributes({
    status: 'shipped',
    paymentStatus: 'captured',
    attentionCode: null,
    step: 'On the way',
    stepSinceMs: atMs,
  });
  for (const { key } of attributes) expect(ORDER_SEARCH_ATTRIBUTES[key.name]).toBe(key.type);
  expect(attributes.map(({ key, value }) => [key.name, value])).toEqual([
    ['OrderStatus', 'shipped'],
    ['PaymentStatus', 'captured'],
    ['AttentionCode', null],
    ['CurrentStep', 'On the way'],
    ['StepSince', new Date(atMs)],
  ]);
});
