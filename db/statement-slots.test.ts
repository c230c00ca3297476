import { describe, expect, test } from '@jest/globals';
import { createStatementSlots } from './statement-slots.ts';

describe('statement slots', () => {
  test('are given as long as there are any, then to whoever has waited longest', async () => {
    const slots = createStatementSlots(2);
    expect(await Promise.all([slots.take(0), slots.take(0)])).toEqual([true, true]);
    const served: string[] = [];
    const third = slots.take(10_000).then(() => served.push('third'));
    const fourth = slots.take(10_000).then(() => served.push('fourth'));
    slots.release();
    await third;
    expect(served).toEqual(['third']);
    slots.release();
    await fourth;
    expect(served).toEqual(['third', 'fourth']);
  });

  test('are refused to whoever has waited too long, and not lost by it', async () => {
    const slots = createStatementSlots(1);
    await slots.take(0);
    expect(await slots.take(1)).toBe(false);
    slots.release();
    expect(await slots.take(0)).toBe(true);
    expect(await slots.take(1)).toBe(false);
  });
});
