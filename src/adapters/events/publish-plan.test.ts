import { describe, expect, test } from '@jest/globals';
import { sampleEvent } from '../../../tests/support/sample-events.ts';
import { MAX_BATCH_BYTES, toBatches, toEntry, toWaves, type PublishEntry } from './publish-plan.ts';

const event = (orderId: string, sequence: number) =>
  sampleEvent('commerce.order.cancelled.v1', orderId, sequence);

function entryOf(sizeBytes: number): PublishEntry {
  return { event: event('ord_a', 1), deduplicationId: 'ord_a-1', body: '', sizeBytes };
}

describe('toWaves', () => {
  test('puts the first event of every order before the second of any', () => {
    const events = [
      event('ord_a', 4),
      event('ord_a', 5),
      event('ord_b', 1),
      event('ord_a', 6),
      event('ord_b', 2),
    ];
    expect(toWaves(events).map((wave) => wave.map(({ id }) => id))).toEqual([
      ['ord_a-4', 'ord_b-1'],
      ['ord_a-5', 'ord_b-2'],
      ['ord_a-6'],
    ]);
  });

  test('is empty for no events', () => {
    expect(toWaves([])).toEqual([]);
  });
});

describe('toBatches', () => {
  test('takes ten entries at the most', () => {
    const batches = toBatches(Array.from({ length: 23 }, () => entryOf(100)));
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 3]);
  });

  test('takes no more bytes than a call may have, and just as many', () => {
    const half = MAX_BATCH_BYTES / 2;
    const batches = toBatches([entryOf(half), entryOf(half), entryOf(half), entryOf(half + 1), entryOf(1)]);
    expect(batches.map((batch) => batch.map(({ sizeBytes }) => sizeBytes))).toEqual([
      [half, half],
      [half],
      [half + 1, 1],
    ]);
  });

  test('leaves an entry that is too large alone', () => {
    const batches = toBatches([entryOf(1), entryOf(MAX_BATCH_BYTES + 1), entryOf(1)]);
    expect(batches.map((batch) => batch.length)).toEqual([1, 1, 1]);
  });
});

test('the size of an entry counts bytes, not characters, and the attribute with them', () => {
  const plain = event('ord_a', 1);
  const wide = { ...plain, data: { reason: 'ä'.repeat(10) } };
  const narrow = { ...plain, data: { reason: 'a'.repeat(10) } };
  expect(toEntry(wide).sizeBytes - toEntry(narrow).sizeBytes).toBe(10);
  expect(toEntry(narrow).sizeBytes).toBe(
    toEntry(narrow).body.length + 'typeString'.length + plain.type.length,
  );
});

test('an event has its id for deduplication, and a replay of it another one and the same body', () => {
  const first = event('ord_a', 3);
  const replayed = toEntry({ ...first, replayId: 'rpl_1' });
  expect(toEntry(first).deduplicationId).toBe('ord_a-3');
  expect(replayed.deduplicationId).toBe('ord_a-3:rpl_1');
  expect(replayed.body).toBe(toEntry(first).body);
});
