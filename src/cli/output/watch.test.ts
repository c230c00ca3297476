import { describe, expect, test } from '@jest/globals';
import { ApiUnreachableError } from '../api/api-errors.ts';
import type { Cli, CommandResult } from '../command.ts';
import { WrongUseError, type TerminalSize } from '../context.ts';
import { deliverOrWatch, fitLines } from './watch.ts';

const EVERY_SECOND = { watch: 1 };
const ESCAPE = '\u001B';
const NO_SUCH_ORDER = new Error('there is no such order');

interface Watched {
  readonly out: string;
  readonly delivered: readonly CommandResult[];
  /** What it ended with, when not by being stopped. */
  readonly thrown: unknown;
}

/** Shows each of these, an error being one that is thrown, and is stopped when there is none left. */
async function watched(
  looks: readonly (string | Error)[],
  terminal: TerminalSize | null,
  options: Parameters<typeof deliverOrWatch>[1] = EVERY_SECOND,
): Promise<Watched> {
  const stop = new AbortController();
  const left = [...looks];
  const delivered: CommandResult[] = [];
  let out = '';
  const cli: Cli = {
    context: {
      environment: {},
      projectDirectory: '.',
      writeOut: (text) => {
        out += text;
      },
      terminalSize: () => terminal,
      remark: () => undefined,
      signal: stop.signal,
    },
    deliver: (result) => void delivered.push(result),
  };
  const watching = deliverOrWatch(cli, options, () => {
    const look = left.shift() ?? '';
    if (left.length === 0 && options.watch !== undefined) stop.abort(new Error('Stopped by Ctrl+C.'));
    return look instanceof Error ? Promise.reject(look) : Promise.resolve({ json: {}, text: look });
  });
  const thrown = await watching.then(
    () => null,
    (error: unknown) => error,
  );
  return { out, delivered, thrown };
}

describe('without --watch', () => {
  test('is delivered once', async () => {
    const { out, delivered } = await watched(['one', 'two'], null, {});
    expect(delivered).toEqual([{ json: {}, text: 'one' }]);
    expect(out).toBe('');
  });
});

describe('with --watch, into a file or a pipe', () => {
  test('is written with its time, and again only when it has changed', async () => {
    const { out, delivered, thrown } = await watched(['one', 'one', 'two'], null);
    expect(thrown).toBeNull();
    expect(out).toMatch(/^[\dTZ:.-]{24}\none\n\n[\dTZ:.-]{24}\ntwo\n\n$/);
    expect(delivered).toEqual([]);
  });

  test('says that the API is away, and goes on', async () => {
    const away = new ApiUnreachableError('http://127.0.0.1:9', new Error('refused'));
    const { out } = await watched(['one', away, away, 'one'], null);
    expect(out.replaceAll(/^[\dTZ:.-]{24}$/gm, 'at')).toBe(
      'at\none\n\nat\nThe order service does not answer at the moment; asking again.\n\nat\none\n\n',
    );
  });

  test('ends when the answer is no, or when nobody answered at all', async () => {
    const away = new ApiUnreachableError('http://127.0.0.1:9', new Error('refused'));
    expect((await watched(['one', NO_SUCH_ORDER, 'two'], null)).thrown).toBe(NO_SUCH_ORDER);
    expect((await watched([away, 'one', 'two'], null)).thrown).toBe(away);
  });

  test('does not go with --json', async () => {
    expect((await watched(['one'], null, { watch: true, json: true })).thrown).toBeInstanceOf(WrongUseError);
  });
});

describe('with --watch, on a terminal', () => {
  const terminal = { columns: 40, rows: 6 };

  test('is drawn in its place on a screen apart, and the last of it stays when it ends', async () => {
    const { out } = await watched(['one\nmore', 'two'], terminal);
    expect(out.startsWith(`${ESCAPE}[?1049h`)).toBe(true);
    expect(out.split(`${ESCAPE}[H`)).toHaveLength(3);
    expect(out).toContain(`one${ESCAPE}[K\nmore${ESCAPE}[K${ESCAPE}[J`);
    expect(out.endsWith(`${ESCAPE}[?25h${ESCAPE}[?1049ltwo\n`)).toBe(true);
  });

  test('gives the terminal back when the answer is no', async () => {
    const { out, thrown } = await watched(['one', NO_SUCH_ORDER, 'two'], terminal);
    expect(thrown).toBe(NO_SUCH_ORDER);
    expect(out.endsWith(`${ESCAPE}[?25h${ESCAPE}[?1049lone\n`)).toBe(true);
  });

  test('keeps what was there while the API is away, and says so', async () => {
    const away = new ApiUnreachableError('http://127.0.0.1:9', new Error('refused'));
    const { out } = await watched(['one', away, 'two'], { columns: 200, rows: 6 });
    expect(out).toMatch(/asking again\.[^\n]*\none/);
  });
});

describe('what fits a terminal', () => {
  test('is all of it, or as much as there is room for and how much is left', () => {
    expect(fitLines(['a', 'b', 'c'], { columns: 60, rows: 3 })).toEqual(['a', 'b', 'c']);
    expect(fitLines(['a', 'b', 'c', 'd'], { columns: 60, rows: 3 })).toEqual([
      'a',
      'b',
      '… 2 lines more: the terminal is too low',
    ]);
  });

  test('counts a line that wraps as often as it does', () => {
    expect(fitLines(['a'.repeat(25), 'b', 'c'], { columns: 10, rows: 4 })).toEqual([
      'a'.repeat(25),
      '… 2 lines ',
    ]);
    expect(fitLines(['a'.repeat(20), 'b', ''], { columns: 10, rows: 4 })).toHaveLength(3);
  });
});
