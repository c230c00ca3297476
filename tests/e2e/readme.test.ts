/** The commands of the README, as they stand there. `npm start` and `npm test` are what this run itself is made of. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { runTool } from '../integration/cli/run-tool.ts';

jest.setTimeout(60_000);

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const commands = [...readme.matchAll(/^npm run saga -- (.+)$/gm)].map(([, words]) => words ?? '');

describe('the README', () => {
  test('shows commands of the tool', () => {
    expect(commands.length).toBeGreaterThan(1);
  });

  test.each(commands)('shows one that works: saga %s', async (words) => {
    const { exitCode, stdout, stderr } = await runTool(...words.split(' '));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).not.toBe('');
  });
});
