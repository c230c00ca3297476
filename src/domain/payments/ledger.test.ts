import { describe, expect, test } from '@jest/globals';
import { JOURNALS, LEDGER_ACCOUNTS } from './ledger.ts';

const journals = Object.entries<Partial<Record<string, number>>>(JOURNALS);

describe('the ledger', () => {
  test.each(journals)('a journal of %s sums to zero, for money and memo accounts apart', (_kind, signs) => {
    const sums = { money: 0, memo: 0 };
    for (const [account, kind] of Object.entries(LEDGER_ACCOUNTS))
      sums[kind === 'memo' ? 'memo' : 'money'] += signs[account] ?? 0;
    expect(sums).toEqual({ money: 0, memo: 0 });
    expect(Object.keys(signs).length).toBeGreaterThan(1);
  });

  test('every account is raised by one journal and lowered by another', () => {
    for (const account of Object.keys(LEDGER_ACCOUNTS)) {
      const signs = journals.flatMap(([, each]) => each[account] ?? []);
      expect({ account, signs: [...new Set(signs)].toSorted() }).toEqual({ account, signs: [-1, 1] });
    }
  });

  test('whatever is undone leaves nothing behind', () => {
    const undone = [
      ['authorize', 'void'],
      ['refund_requested', 'refund_failed'],
      ['refund', 'refund_returned'],
      ['authorize', 'capture', 'refund_requested', 'refund'],
    ] as const;
    const balances = undone.map((kinds) => {
      const balance = new Map<string, number>();
      for (const kind of kinds)
        for (const [account, sign] of Object.entries(JOURNALS[kind]))
          balance.set(account, (balance.get(account) ?? 0) + sign);
      return Object.fromEntries([...balance].filter(([, value]) => value !== 0));
    });
    // A sale that was made and given back is told by both of its accounts.
    expect(balances).toEqual([{}, {}, {}, { sales: -1, returns: 1 }]);
  });
});
