import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ORDER_STATUSES } from '../../domain/orders/order-status.ts';
import { runCli } from '../program.ts';
import { rowText } from './completion-rows.ts';
import { SHELLS, type Shell } from './completion-scripts.ts';

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "saga's completions-"));
  writeFileSync(join(directory, 'address.json'), '{}');
  writeFileSync(join(directory, 'saga.bash'), await scriptFor('bash'));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function scriptFor(shell: Shell): Promise<string> {
  let out = '';
  const exitCode = await runCli(['completions', shell], {
    environment: {},
    projectDirectory: directory,
    writeOut: (text) => {
      out += text;
    },
    remark: () => undefined,
    signal: new AbortController().signal,
  });
  expect(exitCode).toBe(0);
  return out;
}

/** Runs a script in a real bash that has read the completions. */
function bash(script: string, ...words: readonly string[]): string {
  return execFileSync(
    'bash',
    ['--norc', '--noprofile', '-euc', `source "$0"\n${script}`, join(directory, 'saga.bash'), ...words],
    { cwd: directory, encoding: 'utf8' },
  );
}

/** What bash offers when somebody presses Tab after the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const pressTab = `
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
eval "$(complete -p saga | sed 's/.*-F \\([a-z_]*\\).*/\\1/')"
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return bash(pressTab, 'saga', ...words)
    .split('\n')
    .filter((line) => line !== '');
}

describe('bash', () => {
  test('completes commands, and those below them', () => {
    expect(offered('')).toEqual(expect.arrayContaining(['orders', 'bulk', 'audit', 'completions']));
    expect(offered('or')).toEqual(['orders']);
    expect(offered('orders', 'ex')).toEqual(['explain']);
    expect(offered('nothing', 'or')).toEqual(['orders']);
  });

  test('completes options where nothing else is expected, or when one is begun', () => {
    expect(offered('orders', 'list', '--')).toEqual(
      expect.arrayContaining(['--status', '--watch', '--json', '--help']),
    );
    expect(offered('orders', 'list', '--st')).toEqual(['--status']);
    expect(offered('orders', 'list', '')).toContain('--status');
    expect(offered('orders', '')).not.toContain('--help');
  });

  test('completes the choices of an option, also after = and after a first value of several', () => {
    expect(offered('orders', 'list', '--status', '')).toEqual([...ORDER_STATUSES]);
    expect(offered('orders', 'list', '--status', 're')).toEqual(['reserved', 'rejected']);
    // This is how bash takes --status=re apart.
    expect(offered('orders', 'list', '--status', '=', 're')).toEqual(['reserved', 'rejected']);
    expect(offered('bulk', 'preview', '--status', 'confirmed', 'fulf')).toEqual(['fulfilling']);
  });

  test('offers nothing where only the person knows, and goes on after what an option takes', () => {
    expect(offered('orders', 'list', '--customer', '')).toEqual([]);
    expect(offered('orders', 'list', '--customer', 'list', '--st')).toEqual(['--status']);
    expect(offered('orders', 'list', '--status', 'reserved', '--att')).toEqual(['--attention']);
    expect(offered('orders', 'list', '--watch', '--att')).toEqual(['--attention']);
  });

  test('completes the choices of an argument', () => {
    expect(offered('completions', '')).toEqual([...SHELLS]);
    expect(offered('completions', 'z')).toEqual(['zsh']);
  });

  test('completes files where files are taken', () => {
    expect(offered('orders', 'change-address', 'ord_1', '--address', 'addr')).toEqual(['address.json']);
    expect(offered('import-retail', 'addr')).toEqual(['address.json']);
  });

  test('gets the command saga, which runs the tool of the folder, where there is none', () => {
    expect(bash('declare -f saga')).toContain(`run -s saga -- "$@"`);
    expect(bash('npm() { printf "%s;" "$@"; }; saga orders "a b"')).toBe(
      `--prefix;${directory};run;-s;saga;--;orders;a b;`,
    );
  });
});

test.each(SHELLS)('the script for %s has every command, and each command every option', async (shell) => {
  const script = await scriptFor(shell);
  for (const row of [
    '|orders|command|none||',
    'orders|list|command|none||',
    `orders list|--status|option|one|${ORDER_STATUSES.join(' ')}|`,
    'bulk preview|--status|option|many|',
    'orders change-address|--address|option|one|<file>|',
    'import-retail||argument|one|<file>|',
  ])
    expect(script).toContain(row);
});

test('a value that a shell would take apart is refused', () => {
  const row = { path: '', word: '--x', kind: 'option', takes: 'one', description: '' } as const;
  for (const value of ['a b', '$(id)', "it's", 'a|b'])
    expect(() => rowText({ ...row, values: [value] })).toThrow(/cannot be completed/);
});
