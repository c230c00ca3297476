import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PROJECT } from './check.ts';

const DIRECTORY = join(PROJECT, 'docs/adr');
const SECTIONS = ['Context', 'Options', 'Decision', 'Consequences'];
const records = readdirSync(DIRECTORY)
  .filter((name) => name !== 'README.md')
  .sort();
const textOf = (name: string): string => readFileSync(join(DIRECTORY, name), 'utf8');
const titleOf = (name: string): string => /^# (.+)$/m.exec(textOf(name))?.[1] ?? '';

describe('the decision records', () => {
  test('are numbered without a gap', () => {
    expect(records.length).toBeGreaterThan(0);
    expect(records.map((name) => name.slice(0, 5))).toEqual(
      records.map((_, index) => `${String(index + 1).padStart(4, '0')}-`),
    );
    for (const name of records) expect(name).toMatch(/^\d{4}(-[a-z0-9]+)+\.md$/);
  });

  test('are listed in their README, each with its title', () => {
    const links = [...textOf('README.md').matchAll(/\[([^\]]+)\]\((\d{4}-[^)]+)\)/g)];
    expect(links.map(([, title, name]) => [name, title])).toEqual(
      records.map((name) => [name, titleOf(name).replace(/^(\d{4}) – /, '')]),
    );
  });

  test.each(records)('%s has its number in its title, and every section', (name) => {
    expect(titleOf(name)).toMatch(new RegExp(`^${name.slice(0, 4)} – .+`));
    const sections = [...textOf(name).matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(sections).toEqual(SECTIONS);
  });

  test.each(records)('%s is one page', (name) => {
    expect(textOf(name).split('\n').length).toBeLessThan(80);
  });
});
