import { describe, expect, it } from '@jest/globals';
import { agoText, durationText } from './time.ts';

describe('durationText', () => {
  it.each([
    [350, '350 ms'],
    [40_000, '40 s'],
    [60_000, '1 min'],
    [7_500_000, '2 h 5 min'],
    [90_000_000, '1 d 1 h'],
    [86_400_000 + 60_000, '1 d'],
  ])('%i milliseconds are %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});

describe('agoText', () => {
  const now = Date.parse('2026-01-02T10:00:00.000Z');
  it.each([
    ['2026-01-02T09:57:00.000Z', '3 min ago'],
    ['2026-01-02T10:00:00.200Z', 'now'],
    ['2026-01-02T12:05:00.000Z', 'in 2 h 5 min'],
  ])('%s is %s', (instant, text) => {
    expect(agoText(instant, now)).toBe(text);
  });
});
