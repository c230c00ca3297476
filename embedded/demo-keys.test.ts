import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadDemoKeys } from './demo-keys.ts';
import { loadSecrets } from './secrets.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'order-saga-keys-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe.each([
  ['demo keys', loadDemoKeys],
  ['secrets', loadSecrets],
])('%s', (_name, load) => {
  test('are made once, for their owner alone', () => {
    const file = join(directory, 'private', 'file.json');
    const made = load(file);
    expect(load(file)).toEqual(made);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(new Set(Object.values(made)).size).toBe(Object.keys(made).length);
  });

  test('are not made anew over a file that is damaged', () => {
    const file = join(directory, 'file.json');
    writeFileSync(file, '{"customer": ');
    expect(() => load(file)).toThrow(`${file} is damaged`);
    expect(readFileSync(file, 'utf8')).toBe('{"customer": ');
  });
});
