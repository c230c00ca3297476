import { describe, expect, test } from '@jest/globals';
import { createActivities } from '../../src/activities/index.ts';
import type { ActivityDependencies } from '../../src/activities/shared/dependencies.ts';
import { cells, crashPoints, VICTIMS } from '../chaos/crash/crash-points.ts';

/** Their names are wanted; none of them is called. */
const activities = Object.keys(createActivities({} as ActivityDependencies));

describe('the crash matrix', () => {
  test.each(activities)('stops %s before, between and after its effects', (activity) => {
    const points = crashPoints().filter(({ step }) => step === activity);
    expect(points.length).toBeGreaterThanOrEqual(3);
    expect([points.at(0)?.at, points.at(-1)?.at]).toEqual(['before', 'after']);
  });

  test('has no activity that there is no more', () => {
    const steps = crashPoints().filter(({ program }) => program === 'worker');
    expect(steps.filter(({ step }) => !activities.includes(step))).toEqual([]);
  });

  test('kills everybody at every point, and relay and maintenance worker at their own', () => {
    for (const { step, at, program } of crashPoints()) {
      const victims = cells()
        .filter((cell) => cell.step === step && cell.at === at)
        .map(({ victim }) => victim);
      const expected = Object.keys(VICTIMS).filter(
        (victim) => victim === program || !['relay', 'maintenance'].includes(victim),
      );
      expect(victims).toEqual(expected);
    }
  });

  test('names every cell once', () => {
    const names = cells().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
