import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkTree, PROJECT, sourceFiles, type Packages } from './check.ts';
import { FILE_ROLES, LAYERS, USAGE_RULES } from './rules.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures/imports');
const packages = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as Packages;

describe('the architecture', () => {
  test('holds in every file of the project', () => {
    expect(sourceFiles(PROJECT).length).toBeGreaterThan(30);
    const violations = checkTree(PROJECT, packages).map(
      ({ file, line, rule, message }) => `${file}:${line} [${rule}] ${message}`,
    );
    expect(violations).toEqual([]);
  });
});

describe('the check of the architecture', () => {
  const reported = checkTree(FIXTURES, packages).map(({ file, line, rule }) => `${file}:${line} ${rule}`);

  test.each(sourceFiles(FIXTURES))('reports exactly the marked lines of %s', (file) => {
    expect(reported.filter((text) => text.startsWith(`${file}:`))).toEqual(markedLines(file));
  });

  test('has a fixture that must fail for every rule', () => {
    const shown = new Set(sourceFiles(FIXTURES).flatMap(markedLines).map(ruleOf));
    const layersWithFixture = LAYERS.filter((layer) => !layer.name.endsWith(' program'));
    const rules = [
      ...layersWithFixture.map((layer) => `imports of ${layer.name}`),
      ...USAGE_RULES.map((rule) => rule.name),
      'availability',
      'cycle',
      'do-and-undo',
      'file-name',
      'layer',
    ];
    expect(rules.filter((rule) => !shown.has(rule))).toEqual([]);
  });

  test('says what is wrong and why', () => {
    const [violation] = checkTree(FIXTURES, packages).filter(
      ({ file }) => file === 'src/domain/imports-node.ts',
    );
    expect(violation?.message).toBe(
      'domain may not import node:fs: the domain is pure: no Node, no library, no clock, no randomness; `now` and ids are arguments',
    );
  });

  test('names every role suffix once, with a place', () => {
    for (const [suffix, places] of Object.entries(FILE_ROLES)) {
      expect(suffix).toMatch(/^[a-z]+$/);
      expect(places).not.toHaveLength(0);
    }
  });
});

/** `// forbidden: <rule>[, <rule>]` at the end of a line says what must be reported there. */
function markedLines(file: string): string[] {
  const lines = readFileSync(join(FIXTURES, file), 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const rules = /\/\/ forbidden: (.+)$/.exec(line)?.[1];
    return rules === undefined ? [] : rules.split(', ').map((rule) => `${file}:${index + 1} ${rule}`);
  });
}

function ruleOf(text: string): string {
  return text.slice(text.indexOf(' ') + 1);
}
