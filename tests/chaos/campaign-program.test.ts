/** Whatever becomes of a campaign, its exit code says it, and nothing that it has started is left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { inheritedEnvironment, PROJECT_DIRECTORY } from '../../embedded/node-program.ts';

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Without the time of day. */
  readonly told: readonly string[];
}

/** @param interruptAt sends Ctrl+C when it has said so */
async function runExample(args: readonly string[], interruptAt?: string): Promise<Ended> {
  const child = spawn(process.execPath, ['tests/chaos/support/example.main.ts', ...args], {
    cwd: PROJECT_DIRECTORY,
    env: inheritedEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    stderr += more;
    if (interruptAt !== undefined && more.includes(interruptAt)) child.kill('SIGINT');
  });
  const [stdout, [exitCode]] = await Promise.all([
    text(child.stdout),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  const told = stderr
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''));
  return { exitCode, stdout, told };
}

const STOPPED = ['the first is stopped', 'under way', 'the third is stopped', 'the second is stopped'];

describe('a campaign', () => {
  test.each([
    ['clean', 0],
    ['violated', 1],
  ])('that ends %s exits with %i and stops what it has started, the newest first', async (end, exitCode) => {
    const ended = await runExample(['--end', end]);
    expect(ended).toEqual({ exitCode, stdout: '', told: STOPPED });
  });

  test('that breaks says why, stops what it has started and has not passed', async () => {
    const { exitCode, told } = await runExample(['--end', 'error']);
    expect(exitCode).toBe(1);
    expect(told[2]).toMatch(/could not be run to its end: Error: something broke/);
    expect(told).toEqual(expect.arrayContaining(STOPPED));
  });

  test('that is interrupted stops what it has started and exits as a shell expects', async () => {
    expect(await runExample(['--end', 'never'], 'under way')).toEqual({
      exitCode: 130,
      stdout: '',
      told: STOPPED,
    });
  });

  test.each([[['--end', 'nonsense']], [['--nonsense']], [['and', 'more']]])(
    'that is asked for as %j says what is wrong and how it is used',
    async (args) => {
      const { exitCode, stdout, told } = await runExample(args);
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(told.at(-1)).toBe('Usage: an example');
      expect(told[0]).not.toBe('');
    },
  );

  test('tells how it is used when asked', async () => {
    expect(await runExample(['--help'])).toEqual({ exitCode: 0, stdout: 'Usage: an example\n', told: [''] });
  });
});
