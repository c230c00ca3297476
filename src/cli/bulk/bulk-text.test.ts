import { describe, expect, test } from '@jest/globals';
import type { BulkReply } from './bulk-replies.ts';
import {
  bulkListText,
  bulkText,
  bulkWithOrdersText,
  hasEnded,
  plannedBulkText,
  progressLine,
} from './bulk-text.ts';

const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const bulk: BulkReply = {
  id: 'blk_1',
  action: 'cancel',
  state: 'running',
  actor: 'key:operator',
  reason: 'item recalled',
  filter: { sku: 'LAMP' },
  perSecond: 5,
  orders: 40,
  needsSecondPerson: false,
  money: [{ kind: 'refund', amount: gbp(1110) }],
  askedAt: '2026-01-02T10:00:00.000Z',
  progress: {
    done: 10,
    refused: 2,
    failed: 0,
    left: 28,
    refusedBy: [
      { why: 'status', detail: 'The order is in a status in which that is not possible.', orders: 2 },
    ],
    ratePerSecond: 4.5,
    expectedEndAt: '2026-01-02T10:00:10.000Z',
  },
  steps: [
    {
      step: 'running',
      actor: 'key:operator',
      detail: 'The first order is taken.',
      at: '2026-01-02T10:00:00.000Z',
    },
  ],
};

describe('a bulk as people read it', () => {
  test('says in one line how far it is', () => {
    expect(progressLine(bulk)).toBe(
      'running: 12 of 40 (10 done, 2 refused, 0 failed), 4.5 a second, expected to end 2026-01-02T10:00:10.000Z',
    );
    const progress = { ...bulk.progress, ratePerSecond: 0, expectedEndAt: null };
    expect(progressLine({ ...bulk, state: 'paused', progress })).toBe(
      'paused: 12 of 40 (10 done, 2 refused, 0 failed)',
    );
  });

  test('says what it moved and why orders were refused', () => {
    const text = bulkText(bulk);
    for (const part of ['£11.10', '2: The order is in a status', '{"sku":"LAMP"}', 'Expected end'])
      expect(text).toContain(part);
    expect(bulkText({ ...bulk, filter: null })).toContain('orders named one by one');
  });

  test('lists orders that were not done, and says when there are more', () => {
    const page = { ...bulk, notDone: { items: [], nextCursor: null } };
    expect(bulkWithOrdersText(page, [], false)).toBe(bulkText(bulk));
    const one = { orderId: 'ord_1', outcome: 'refused', why: 'status', detail: 'It is shipped.' };
    expect(bulkWithOrdersText(page, [one], true)).toMatch(/ord_1[\s\S]*status It is shipped\.[\s\S]*--limit/);
  });

  test('ends with what it ends with', () => {
    expect(hasEnded(bulk)).toBe(false);
    for (const state of ['declined', 'withdrawn', 'stopped', 'finished'])
      expect(hasEnded({ ...bulk, state })).toBe(true);
  });

  test('in a list has a row, and no list a sentence', () => {
    expect(bulkListText([])).toBe('No bulks.');
    expect(bulkListText([bulk])).toContain('item recalled');
  });
});

test('a preview says everything that would happen, and how to start just that', () => {
  const text = plannedBulkText({
    dryRun: true,
    action: 'cancel',
    orders: 21,
    possible: 1,
    refused: [{ why: 'status', detail: 'It is too late.', orders: 20 }],
    money: [{ kind: 'void', amount: gbp(500) }],
    unitsFreed: 3,
    mails: 1,
    needsSecondPerson: true,
    perSecond: 5,
    takesSeconds: 5,
    set: 'set_1',
    first: [{ orderId: 'ord_1', status: 'shipped', total: null, possible: false, why: 'status' }],
  });
  for (const part of [
    'cancel of 21 orders',
    'possible for 1 order\n',
    'not for 20 orders: It is too late.',
    'money: void £5.00',
    '3 units are free again',
    'mails: 1',
    'a second person',
    'no: status',
    'The first 1 of 21.',
    '--expect set_1',
  ])
    expect(text).toContain(part);
});
