import { describe, expect, test } from '@jest/globals';
import { startParts, type Part } from './part.ts';

/** A part that only notes what happens to it. */
function notingPart(name: string, notes: string[], env: Record<string, string> = {}): Part {
  return {
    name,
    start: async (context) => {
      notes.push(`start ${name} ${Object.keys(context.env).join(',')}`.trim());
      return { addresses: {}, env, stop: async () => void notes.push(`stop ${name}`) };
    },
  };
}

const failingPart: Part = { name: 'broken', start: () => Promise.reject(new Error('no power')) };

describe('the parts of a stack', () => {
  test('start in order, each knowing what the ones before it offer, and stop in reverse', async () => {
    const notes: string[] = [];
    const started = await startParts(
      [
        notingPart('first', notes, { A: '1' }),
        notingPart('second', notes, { B: '2' }),
        notingPart('third', notes),
      ],
      () => undefined,
    );
    const stopping: string[] = [];
    await started.stop((name) => stopping.push(name));
    expect(notes).toEqual([
      'start first',
      'start second A',
      'start third A,B',
      'stop third',
      'stop second',
      'stop first',
    ]);
    expect(stopping).toEqual(['third', 'second', 'first']);
  });

  test('are all stopped when one cannot start', async () => {
    const notes: string[] = [];
    const start = startParts(
      [notingPart('first', notes), notingPart('second', notes), failingPart],
      () => undefined,
    );
    await expect(start).rejects.toThrow('no power');
    expect(notes.slice(2)).toEqual(['stop second', 'stop first']);
  });

  test('are all stopped even if one of them cannot be', async () => {
    const notes: string[] = [];
    const stubborn: Part = {
      name: 'stubborn',
      start: async () => ({ addresses: {}, env: {}, stop: () => Promise.reject(new Error('still busy')) }),
    };
    const started = await startParts([notingPart('first', notes), stubborn], () => undefined);
    await expect(started.stop()).rejects.toMatchObject({ errors: [new Error('still busy')] });
    expect(notes).toContain('stop first');
  });

  test('do not start any more when the start was given up', async () => {
    const notes: string[] = [];
    const giveUp = new AbortController();
    const last: Part = { ...notingPart('last', notes) };
    const asking: Part = {
      name: 'asking',
      start: async () => {
        giveUp.abort(new Error('Ctrl+C'));
        return { addresses: {}, env: {} };
      },
    };
    await expect(startParts([asking, last], () => undefined, giveUp.signal)).rejects.toThrow('Ctrl+C');
    expect(notes).toEqual([]);
  });
});
