import { describe, expect, test } from '@jest/globals';
import { ownerOf } from '../orders/waiting-state.ts';
import { FAILING_STEP, NOW, openRun, SINCE } from './example-facts.ts';
import type { WorkflowFacts } from './explain-facts.ts';
import { judgeStuck, type StuckFacts } from './stuck-order.ts';

const LIMITS = { graceMs: 300_000, afterAttempts: 20 };
const waitingUntil = (until: string): StuckFacts['waiting'] => ({
  for: 'capture',
  owner: ownerOf('capture'),
  since: SINCE,
  until,
});
const OVERDUE = waitingUntil('2026-11-20T10:20:00.000Z');
const IN_TIME = waitingUntil('2026-11-20T10:26:00.000Z');

const judge = (changes: Partial<StuckFacts>): string | null =>
  judgeStuck({ now: NOW, waiting: OVERDUE, codes: [], workflow: openRun(), ...changes }, LIMITS)?.code ??
  null;

const busy = openRun({ steps: [{ ...FAILING_STEP, failures: 2 }] });
const retrying = openRun({ steps: [{ ...FAILING_STEP, failures: 20 }] });
const failing = (attempts: number): WorkflowFacts =>
  openRun({ task: { attempts, since: null, failure: { type: 'TypeError', message: 'names Jane Doe' } } });

describe('an order past its time', () => {
  test('that something is under way for is overdue', () => {
    expect(judge({ workflow: busy })).toBe('STEP_OVERDUE');
    const timer = { summary: null, firesAt: '2026-11-20T11:00:00.000Z' };
    expect(judge({ workflow: openRun({ timers: [timer] }) })).toBe('STEP_OVERDUE');
  });

  test('that nothing is under way for is not explained', () => {
    expect(judge({})).toBe('UNEXPLAINED');
  });

  test('that a cause of its own explains is let alone', () => {
    expect(judge({ workflow: busy, codes: ['CAPTURE_UNRESOLVED'] })).toBeNull();
    expect(judge({ codes: ['SHIPMENT_LATE'] })).toBeNull();
  });

  test('is not explained by what it does not stand still for, nor by what this job has raised itself', () => {
    expect(judge({ workflow: busy, codes: ['NOTIFICATION_UNRESOLVED'] })).toBe('STEP_OVERDUE');
    expect(judge({ workflow: busy, codes: ['STEP_OVERDUE'] })).toBe('STEP_OVERDUE');
  });

  test('by less than the grace is under way', () => {
    expect(judge({ waiting: IN_TIME, workflow: busy })).toBeNull();
    expect(judge({ waiting: null })).toBeNull();
  });

  test('whose run is gone is taken up elsewhere', () => {
    const runs: readonly WorkflowFacts[] = [
      { state: 'missing' },
      { state: 'closed', status: 'FAILED', closedAt: null },
      { state: 'unreachable' },
    ];
    for (const workflow of runs) expect(judge({ workflow })).toBeNull();
  });
});

describe('a step that has been tried many times', () => {
  test('is told, also before the order is past its time', () => {
    expect(judge({ waiting: IN_TIME, workflow: retrying })).toBe('ACTIVITY_RETRYING');
    expect(judge({ workflow: retrying })).toBe('ACTIVITY_RETRYING');
  });

  test('is not told twice', () => {
    expect(judge({ workflow: retrying, codes: ['CAPTURE_UNRESOLVED'] })).toBeNull();
  });

  test('is told with what is known of it, without the words of others', () => {
    const verdict = judgeStuck({ now: NOW, waiting: IN_TIME, codes: [], workflow: retrying }, LIMITS);
    expect(verdict?.detail).toBe(
      'capturePayment has failed 20 times since 2026-11-20T10:14:00.000Z. Last failure: PROVIDER_UNAVAILABLE.',
    );
  });
});

describe('code that fails', () => {
  test('is told before everything else', () => {
    expect(judge({ workflow: failing(3) })).toBe('WORKFLOW_TASK_FAILING');
    expect(judge({ workflow: failing(3), waiting: IN_TIME })).toBe('WORKFLOW_TASK_FAILING');
  });

  test('is no failure while a worker may just have been killed', () => {
    expect(judge({ workflow: failing(2), waiting: IN_TIME })).toBeNull();
  });

  test('is told by the type of its failure only', () => {
    const verdict = judgeStuck({ now: NOW, waiting: null, codes: [], workflow: failing(9) }, LIMITS);
    expect(verdict?.detail).toBe('Attempt 9. Last failure: TypeError.');
  });
});
