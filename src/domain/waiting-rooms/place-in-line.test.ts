import { describe, expect, it } from '@jest/globals';
import { askAgainAfterSeconds, estimatedWaitSeconds, positionOf, type Progress } from './place-in-line.ts';

const progress = (changes: Partial<Progress> = {}): Progress => ({
  admittedNumber: 10,
  admissionsPerSecond: 2,
  opensInMs: 0,
  ...changes,
});

describe('a place in line', () => {
  it('is 1 for the next number, and never less', () => {
    expect(positionOf(11, progress())).toBe(1);
    expect(positionOf(25, progress())).toBe(15);
    expect(positionOf(10, progress())).toBe(1);
  });

  it('is reached at the rate of the room, counted from when it opens', () => {
    expect(estimatedWaitSeconds(11, progress())).toBe(1);
    expect(estimatedWaitSeconds(30, progress())).toBe(10);
    expect(estimatedWaitSeconds(30, progress({ opensInMs: 60_000 }))).toBe(70);
    expect(estimatedWaitSeconds(30, progress({ admissionsPerSecond: 0.5 }))).toBe(40);
  });

  it('is reached at an unknown time while the room pauses', () => {
    const paused = progress({ admissionsPerSecond: 0 });
    expect(estimatedWaitSeconds(11, paused)).toBeNull();
    expect(askAgainAfterSeconds(11, paused)).toBe(10);
  });

  it('is asked for again half of the way later, within one to thirty seconds', () => {
    expect(askAgainAfterSeconds(11, progress())).toBe(1);
    expect(askAgainAfterSeconds(30, progress())).toBe(5);
    expect(askAgainAfterSeconds(5000, progress())).toBe(30);
  });
});
