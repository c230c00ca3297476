/** docs/ledger.md tells of the accounts and journals that there are, each journal with the sides that it has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { JOURNALS, LEDGER_ACCOUNTS } from '../../src/domain/payments/ledger.ts';
import { PROJECT } from './check.ts';

/** Rows of the tables whose first cell is a name, as the cells after it. */
const ROWS = new Map(
  readFileSync(join(PROJECT, 'docs/ledger.md'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, name, rest] = /^\| `(\w+)` +\|(.*)\|$/.exec(line) ?? [];
      return name === undefined || rest === undefined ? [] : [[name, rest.split('|')] as const];
    }),
);
const accountsIn = (cell = ''): string[] =>
  [...cell.matchAll(/`(\w+)`/g)].map(([, account]) => account ?? '').toSorted();

test.each(Object.keys(LEDGER_ACCOUNTS))('the page explains the account %s', (account) => {
  expect(ROWS.has(account)).toBe(true);
});

test.each(Object.entries<Readonly<Record<string, number>>>(JOURNALS))(
  'the page shows both sides of a journal of %s',
  (kind, signs) => {
    const sideOf = (sign: number): string[] =>
      Object.keys(signs)
        .filter((account) => signs[account] === sign)
        .toSorted();
    const [, debit, credit] = ROWS.get(kind) ?? [];
    expect([accountsIn(debit), accountsIn(credit)]).toEqual([sideOf(1), sideOf(-1)]);
  },
);
