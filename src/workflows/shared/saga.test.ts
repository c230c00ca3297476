import { describe, expect, test } from '@jest/globals';
import { Mutex } from './mutex.ts';
import { Saga } from './saga.ts';

class Refused extends Error {}
const newSaga = (): Saga => new Saga((error) => error instanceof Refused);
const done = async (): Promise<void> => undefined;

/** A promise that is settled by hand. */
function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

describe('a saga', () => {
  test('undoes what was done, the newest first', async () => {
    const saga = newSaga();
    const undone: string[] = [];
    for (const name of ['stock', 'money', 'parcels']) {
      await saga.step(name, done, async () => {
        undone.push(name);
      });
    }
    await saga.undoAll();
    expect(undone).toEqual(['parcels', 'money', 'stock']);
  });

  test('undoes nothing twice', async () => {
    const saga = newSaga();
    let times = 0;
    await saga.step('stock', done, async () => {
      times += 1;
    });
    await saga.undoAll();
    await saga.undoAll();
    expect(times).toBe(1);
  });

  test('registers the undo before the step runs, so that a step that fails half-way is undone', async () => {
    const saga = newSaga();
    const undone: string[] = [];
    const step = saga.step(
      'money',
      async () => {
        expect(saga.has('money')).toBe(true);
        throw new Error('the reply was lost');
      },
      async () => {
        undone.push('money');
      },
    );
    await expect(step).rejects.toThrow('the reply was lost');
    await saga.undoAll();
    expect(undone).toEqual(['money']);
  });

  test('undoes what was expected and never seen to begin, once also when it is seen', async () => {
    const saga = newSaga();
    const undone: string[] = [];
    for (const name of ['money', 'parcels']) {
      saga.expect(name, async () => {
        undone.push(name);
      });
    }
    await saga.step('parcels', done, async () => {
      undone.push('parcels once more');
    });
    await saga.undoAll();
    expect(undone).toEqual(['parcels', 'money']);
  });

  test('does not undo a step that was definitely refused', async () => {
    const saga = newSaga();
    const step = saga.step(
      'money',
      async () => {
        throw new Refused();
      },
      () => Promise.reject(new Error('must not run')),
    );
    await expect(step).rejects.toThrow(Refused);
    expect(saga.has('money')).toBe(false);
    await saga.undoAll();
  });

  test('registers a step that is run again once', async () => {
    const saga = newSaga();
    let times = 0;
    const undo = async (): Promise<void> => {
      times += 1;
    };
    await saga.step('parcels', done, undo);
    await saga.step('parcels', done, undo);
    await saga.undoAll();
    expect(times).toBe(1);
  });

  test('answers what the step answers', async () => {
    expect(await newSaga().step('stock', async () => 42, done)).toBe(42);
  });

  test('does not begin an undo before the newer one is done', async () => {
    const saga = newSaga();
    const order: string[] = [];
    const newer = gate();
    await saga.step('stock', done, async () => {
      order.push('stock');
    });
    await saga.step('money', done, async () => {
      await newer.promise;
      order.push('money');
    });
    const all = saga.undoAll();
    await Promise.resolve();
    expect(order).toEqual([]);
    newer.open();
    await all;
    expect(order).toEqual(['money', 'stock']);
  });

  test('goes on with the others when one is stuck, and is done only when that one is done too', async () => {
    const saga = newSaga();
    const undone: string[] = [];
    const stuck = gate();
    const stockIsBack = gate();
    await saga.step('stock', done, async () => {
      undone.push('stock');
      stockIsBack.open();
    });
    await saga.step('money', done, async (onStuck) => {
      onStuck();
      await stuck.promise;
      undone.push('money');
    });
    let isDone = false;
    const all = saga.undoAll().then(() => {
      isDone = true;
      return undefined;
    });
    await stockIsBack.promise;
    expect([undone, isDone]).toEqual([['stock'], false]);
    stuck.open();
    await all;
    expect(undone).toEqual(['stock', 'money']);
  });

  test('never swallows an undo that fails', async () => {
    const saga = newSaga();
    await saga.step('money', done, () => Promise.reject(new Error('a mistake of ours')));
    await expect(saga.undoAll()).rejects.toThrow('a mistake of ours');
    expect(saga.has('money')).toBe(true);
  });
});

describe('a mutex', () => {
  test('lets one at a time through, in order, also after one that failed', async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    const first = gate();
    const one = mutex.run(async () => {
      log.push('one begins');
      await first.promise;
      log.push('one ends');
      throw new Error('one fails');
    });
    const two = mutex.run(async () => {
      log.push('two');
      return 2;
    });
    const three = mutex.run(async () => log.push('three'));
    await Promise.resolve();
    first.open();
    await expect(one).rejects.toThrow('one fails');
    expect(await two).toBe(2);
    await three;
    expect(log).toEqual(['one begins', 'one ends', 'two', 'three']);
  });
});
