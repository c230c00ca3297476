/** The page on failures says something of every fault, and what it names as proof is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PROJECT } from './check.ts';

const FAULTS = Array.from({ length: 20 }, (_, index) => `F${index + 1}`);
const page = readFileSync(join(PROJECT, 'docs/failure-modes.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => /^\| F\d+:/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

function pathsIn(text: string): string[] {
  return [...text.matchAll(/`((?:tests|src|docs)\/[\w./-]+)`/g)].map(([, path]) => path ?? '');
}

describe('docs/failure-modes.md', () => {
  test('has one line for every fault, in their order', () => {
    expect(rows.map(([fault]) => fault?.split(':')[0])).toEqual(FAULTS);
  });

  test.each(rows.map((cells) => [cells[0]?.split(':')[0] ?? '', cells] as const))(
    '%s: says what everybody sees and what is done, and names proof that exists',
    (_fault, cells) => {
      expect(cells).toHaveLength(5);
      expect(cells.filter((cell) => cell.length < 5 && cell !== '')).toEqual([]);
      expect(cells).not.toContain('');
      const named = pathsIn(cells.at(-1) ?? '');
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
    },
  );
});
