import { describe, expect, test } from '@jest/globals';
import { ATTENTION_MESSAGES, RAISED_FROM_OUTSIDE, type AttentionCode } from '../orders/attention.ts';
import { ADVICE_NAMES } from './advice.ts';
import {
  ATTENTION,
  ATTENTION_OWNERS,
  attentionOf,
  deadlineOf,
  isAttentionCode,
  runbookPath,
  SEVERITIES,
  STUCK_CODES,
  UNKNOWN_CODE,
} from './attention-catalogue.ts';

const codes = Object.keys(ATTENTION_MESSAGES) as AttentionCode[];

describe('every cause of attention', () => {
  test.each(codes)('%s says how bad it is, who has to move, and by when', (code) => {
    const { severity, owner, actWithinMs, actions } = ATTENTION[code];
    expect(SEVERITIES).toContain(severity);
    expect(ATTENTION_OWNERS).toContain(owner);
    expect(actWithinMs).toBeGreaterThanOrEqual(60_000);
    expect(new Set(actions).size).toBe(actions.length);
    for (const action of actions) expect(ADVICE_NAMES).toContain(action);
  });

  test.each(codes)('%s gives less time the worse it is', (code) => {
    const { severity, actWithinMs } = ATTENTION[code];
    const hours = actWithinMs / 3_600_000;
    expect(hours).toBeLessThanOrEqual(severity === 'low' || severity === 'medium' ? 48 : 24);
  });

  test.each(codes)('%s can be waited for only where it goes away by itself', (code) => {
    const { actions, clearsByItself } = ATTENTION[code];
    expect(actions.includes('wait')).toBe(clearsByItself);
  });

  test('is due by its own time', () => {
    const since = '2026-11-20T10:00:00.000Z';
    expect(deadlineOf({ code: 'CAPTURE_UNRESOLVED', since })).toBe('2026-11-20T11:00:00.000Z');
    expect(deadlineOf({ code: 'OF_ANOTHER_VERSION', since })).toBe('2026-11-20T14:00:00.000Z');
  });
});

test('a code that this version does not know needs somebody to look', () => {
  expect(attentionOf('OF_ANOTHER_VERSION')).toBe(UNKNOWN_CODE);
  expect(attentionOf('toString')).toBe(UNKNOWN_CODE);
  expect(isAttentionCode('CAPTURE_REFUSED')).toBe(true);
  expect(runbookPath('CAPTURE_REFUSED')).toBe('/docs/runbooks#CAPTURE_REFUSED');
  expect(runbookPath('OF_ANOTHER_VERSION')).toBe('/docs/runbooks');
});

test('what the job finds is raised from outside the runs of orders', () => {
  for (const code of STUCK_CODES) expect(RAISED_FROM_OUTSIDE).toContain(code);
});
