import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadSecrets } from './secrets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'order-saga-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the secrets of a stack', () => {
  it('are made once, and are the same at the next start', () => {
    const file = join(folder, 'secrets.json');
    const secrets = loadSecrets(file);
    expect(loadSecrets(file)).toEqual(secrets);
    expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length);
  });

  it.each(['auditorPassword', 'waitingRoomSecret', 'fraudScoreApiKey', 'fraudDigestKey'] as const)(
    'get %s when the stack was made before there was such a thing, and keep the others',
    (name) => {
      const file = join(folder, 'secrets.json');
      const { [name]: _, ...earlier } = loadSecrets(file);
      writeFileSync(file, JSON.stringify(earlier));
      const secrets = loadSecrets(file);
      expect(secrets).toEqual({ ...earlier, [name]: expect.any(String) });
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(secrets);
    },
  );

  it('are not made anew when the file is damaged, but the file is named', () => {
    const file = join(folder, 'secrets.json');
    writeFileSync(file, '{}');
    expect(() => loadSecrets(file)).toThrow(file);
  });
});
