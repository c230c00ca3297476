import { describe, expect, test } from '@jest/globals';
import { CatalogueError } from '../../domain/errors.ts';
import { createAdmission, type AdmissionState } from './admission.ts';

/** Work that ends when the test says so, on a clock that the test moves. */
function makeDoor(options: { readonly targetMs?: number; readonly queueBudgetMs?: number } = {}) {
  let nowMs = 0;
  let state: AdmissionState = { limit: 0, underWay: 0, waiting: 0 };
  const admission = createAdmission({
    targetMs: 100,
    queueBudgetMs: 1_000,
    now: () => nowMs,
    onChange: (changed) => {
      state = changed;
    },
    ...options,
  });
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  let count = 0;
  const come = (): Promise<void> => {
    const number = (count += 1);
    return admission.run(() => {
      begun.push(number);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  };
  /** Lets everything that is under way end after this time. */
  const endAll = async (afterMs: number): Promise<void> => {
    nowMs += afterMs;
    for (const end of ends.splice(0)) end();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { admission, come, endAll, begun, state: () => state };
}

const settled = (promises: readonly Promise<void>[]) => Promise.allSettled(promises);
const overloadedAmong = (ends: readonly PromiseSettledResult<void>[]) =>
  ends.filter((end) => end.status === 'rejected').map((end): unknown => end.reason);

describe('admission', () => {
  test('lets in as many as its limit, and the others in the order of their coming', async () => {
    const door = makeDoor();
    const all = settled(Array.from({ length: 30 }, door.come));
    expect(door.state()).toEqual({ limit: 16, underWay: 16, waiting: 14 });
    await door.endAll(10);
    expect(door.state().waiting).toBe(0);
    await door.endAll(10);
    expect(overloadedAmong(await all)).toEqual([]);
    expect(door.begun).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  test('refuses at once whoever would wait longer than the budget, and says when to come again', async () => {
    const door = makeDoor({ queueBudgetMs: 10 });
    const all = settled(Array.from({ length: 40 }, door.come));
    const { limit, waiting } = door.state();
    const refused = 40 - limit - waiting;
    expect(refused).toBeGreaterThan(0);
    expect(() => door.admission.refuseWhenFull()).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    await door.endAll(10);
    await door.endAll(10);
    const reasons = overloadedAmong(await all);
    expect(reasons).toHaveLength(refused);
    for (const reason of reasons) {
      expect(reason).toMatchObject({ code: 'OVERLOADED' });
      expect((reason as CatalogueError).retryAfterSeconds).toBeGreaterThanOrEqual(1);
    }
  });

  test('refuses whoever was let wait when the turn does not come within the budget', async () => {
    const door = makeDoor({ targetMs: 4, queueBudgetMs: 20 });
    const busy = settled(Array.from({ length: 16 }, door.come));
    await expect(door.come()).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(door.state()).toMatchObject({ underWay: 16, waiting: 0 });
    await door.endAll(10);
    await busy;
  });

  test('grows while answers come in time and everybody is busy', async () => {
    const door = makeDoor();
    const all: Promise<void>[] = [];
    for (let round = 1; round <= 20; round += 1) {
      while (door.state().underWay < 16 || door.state().underWay < door.state().limit) all.push(door.come());
      await door.endAll(50);
    }
    expect(door.state().limit).toBeGreaterThan(20);
    await settled(all);
  });

  test('does not grow while places are free', async () => {
    const door = makeDoor();
    for (let round = 1; round <= 50; round += 1) {
      const one = door.come();
      await door.endAll(50);
      await one;
    }
    expect(door.state().limit).toBe(16);
  });

  test('shrinks when answers come late, once for those that were under way together, and never to nothing', async () => {
    const door = makeDoor();
    const first = settled(Array.from({ length: 16 }, door.come));
    await door.endAll(500);
    await first;
    expect(door.state().limit).toBe(14);
    for (let round = 1; round <= 60; round += 1) {
      const one = settled([door.come()]);
      await door.endAll(500);
      await one;
    }
    expect(door.state().limit).toBe(4);
  });

  test('learns nothing from a request that was wrong, and all from one that failed late', async () => {
    let nowMs = 0;
    let limit = 16;
    const admission = createAdmission({
      targetMs: 100,
      queueBudgetMs: 1_000,
      now: () => nowMs,
      onChange: (state) => (limit = state.limit),
    });
    const fail = (tookMs: number): Promise<void> =>
      admission.run(async () => {
        nowMs += tookMs;
        throw new CatalogueError('INVALID_ORDER', 'no');
      });
    for (let count = 1; count <= 5; count += 1) await expect(fail(1)).rejects.toThrow('no');
    expect(limit).toBe(16);
    for (let count = 1; count <= 5; count += 1) await expect(fail(300)).rejects.toThrow('no');
    expect(limit).toBeLessThan(11);
  });
});
