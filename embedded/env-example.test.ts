import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { ENVIRONMENT } from '../src/config/env.ts';
import { PROJECT_DIRECTORY } from './node-program.ts';
import { EMBEDDED_SHAPE } from './settings.ts';

/** Read by libraries, the tool or the set-up, which have no schema of variables. */
const WITHOUT_SCHEMA = [
  'XDG_CACHE_HOME',
  'CHROMIUM_PATH',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'ORDER_SAGA_URL',
  'ORDER_SAGA_API_KEY',
];

const shapes: Readonly<Record<string, z.ZodType>> = Object.assign(
  {},
  EMBEDDED_SHAPE,
  ...Object.values(ENVIRONMENT).map((schema) => schema.shape),
);
const text = readFileSync(join(PROJECT_DIRECTORY, '.env.example'), 'utf8');
const documented = new Map(
  [...text.matchAll(/^#([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name, value]) => [name ?? '', value ?? '']),
);

describe('.env.example', () => {
  test('names every variable that the code reads, and no other', () => {
    expect([...documented.keys()].sort()).toEqual([...Object.keys(shapes), ...WITHOUT_SCHEMA].sort());
  });

  test('tells the default of each', () => {
    const defaults = Object.entries(shapes).map(([name, schema]) => {
      const parsed = schema.safeParse(undefined);
      return [name, parsed.success && parsed.data !== undefined ? String(parsed.data) : ''];
    });
    expect(Object.fromEntries(documented)).toMatchObject(Object.fromEntries(defaults));
  });

  test('changes nothing when it is copied as it is', () => {
    const active = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(active).toEqual([]);
  });
});
