import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PROJECT } from './check.ts';

/** Copied from elsewhere as they are, or written by tools. */
const NOT_OURS =
  /^(LICENSE|tests\/architecture\/fixtures\/compose-spec\/|embedded\/temporal-server\/go\.(mod|sum)$)/;
const BINARY = /\.(png|jpe?g|gif|ico|woff2?|pdf|gz|zip|bin)$/;

/** The home folder of a person or of root, or where a build machine keeps its checkouts. */
const MACHINE_PATH = /(?<![\w.:/~-])(?:\/(?:home|Users|root|work|builds|runner)|[A-Z]:\\Users)[\\/][\w.-]+/;
/** What containers call their own. */
const IN_CONTAINERS = ['/root/.npm', '/home/node'];
/** Marks of work that was left; XXX is not one, ISO 4217 uses it. */
const UNFINISHED = /\b(?:TO\x44O|FIX\x4dE|HAC\x4b)\b/;

/** Where the project's own text is; found without git, which a machine may not have. */
const files = [
  '*.{json,md,mjs,yml}',
  '{Dockerfile,.dockerignore,.env.example,.gitignore,.npmrc,.oxlintrc.json,.prettierrc.json}',
  '{.ci,bench,console,db,deploy,docs,embedded,simulators,src,tests}/**',
]
  .flatMap((pattern) => globSync(pattern, { cwd: PROJECT, exclude: ['**/*.env', '**/node_modules/**'] }))
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => statSync(join(PROJECT, file)).isFile() && !NOT_OURS.test(file) && !BINARY.test(file));

/** `file:line text` of every line that `find` finds something in. */
function linesWhere(find: (line: string) => boolean, among = files): string[] {
  return among.flatMap((file) =>
    textOf(file)
      .split('\n')
      .flatMap((line, index) => (find(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
  );
}

function textOf(file: string): string {
  return readFileSync(join(PROJECT, file), 'utf8');
}

function hasMachinePath(line: string): boolean {
  return MACHINE_PATH.test(IN_CONTAINERS.reduce((text, path) => text.replaceAll(path, ''), line));
}

describe('the text of the project', () => {
  test('is there to be looked at', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'package.json',
        'docker-compose.yml',
        '.npmrc',
        'src/config/env.ts',
        'docs/adr/README.md',
      ]),
    );
  });

  test('names no path of a machine', () => {
    const example = ['', 'home', 'someone', 'order-saga'].join('/');
    expect(hasMachinePath(`see ${example}`)).toBe(true);
    expect(hasMachinePath('GET https://example.com/home/page, src/work/file.ts')).toBe(false);
    expect(linesWhere(hasMachinePath)).toEqual([]);
  });

  test('leaves nothing marked as unfinished', () => {
    expect(UNFINISHED.test(['// TO', 'DO: later'].join(''))).toBe(true);
    expect(linesWhere((line) => UNFINISHED.test(line))).toEqual([]);
  });
});

describe('the packages', () => {
  test('are locked without saying where one machine got them from', () => {
    const lock = JSON.parse(textOf('package-lock.json')) as {
      packages: Record<string, { resolved?: string }>;
    };
    const all = Object.entries(lock.packages).filter(([path]) => path !== '');
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(([, one]) => one.resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  test('come from the registry that the machine has chosen', () => {
    expect(linesWhere((line) => /^\s*(@[\w-]+:)?registry\s*=|_auth/.test(line), ['.npmrc'])).toEqual([]);
  });

  test('are pinned', () => {
    const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+(-[\w.]+)?$/)]);
    }
  });
});
