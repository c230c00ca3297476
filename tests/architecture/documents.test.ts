/** What the documents say of the tree is so: their links lead somewhere, and what they name exists. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PROJECT } from './check.ts';

const DOCUMENTS = globSync(['README.md', '{docs,deploy,simulators}/**/*.md'], { cwd: PROJECT }).sort();

function textOf(file: string): string {
  return readFileSync(join(PROJECT, file), 'utf8');
}

describe.each(DOCUMENTS)('%s', (document) => {
  test('has no link that leads nowhere', () => {
    const links = [...textOf(document).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)].map(
      ([, target]) => target ?? '',
    );
    expect(links.filter((target) => !existsSync(join(PROJECT, dirname(document), target)))).toEqual([]);
  });

  test('names only scripts that npm knows', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = [
      ...textOf(document).matchAll(/\bnpm (?:run (?:-s )?)?(start|test|saga|check|format|[\w:-]+)\b/g),
    ]
      .map(([, name]) => name ?? '')
      .filter((name) => !['ci', 'install', 'i', 'has', 'package', 'packages', 'run'].includes(name));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('README.md', () => {
  test('names only folders and files that exist', () => {
    const paths = [
      ...textOf('README.md').matchAll(/`((?:src|db|embedded|simulators|deploy|tests|docs)(?:\/[\w.-]+)*)`/g),
    ].map(([, path]) => path ?? '');
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
  });

  test('names only variables that .env.example explains, or that the tool reads', () => {
    const known = `${textOf('.env.example')}\nORDER_SAGA_URL ORDER_SAGA_API_KEY`;
    const variables = [...textOf('README.md').matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)].map(
      ([, variable]) => variable ?? '',
    );
    expect(variables.length).toBeGreaterThan(3);
    expect(variables.filter((variable) => !known.includes(variable))).toEqual([]);
  });
});
