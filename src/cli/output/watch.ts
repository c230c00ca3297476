/**
 * `--watch`: shows the same thing again and again until the person stops it. On a terminal it is drawn anew in its place; anywhere
 * else, a file or a pipe, it is written once more whenever it has changed.
 */
import type { Command } from 'commander';
import { ApiUnreachableError } from '../api/api-errors.ts';
import { watchSeconds } from '../arguments.ts';
import type { Cli, CommandResult } from '../command.ts';
import { WrongUseError, type CliContext, type TerminalSize } from '../context.ts';
import { pause } from '../pause.ts';

const WATCH_SECONDS = 2;

export interface WatchOptions {
  /** Seconds between two looks, or true for the usual. */
  readonly watch?: number | true;
  readonly json?: boolean;
}

/** Adds `--watch` to a command that shows something. */
export function addWatchOption(command: Command): Command {
  return command.option(
    '--watch [seconds]',
    `show it again every ${WATCH_SECONDS} seconds, or as many as you say, until Ctrl+C`,
    watchSeconds,
  );
}

/**
 * Delivers what was read, or shows it again and again where `--watch` asks for that.
 * @param read what the command shows; asked for at each look
 * @throws WrongUseError for `--watch` with `--json`, and whatever `read` throws, but for an API that is away for a while
 */
export async function deliverOrWatch(
  cli: Cli,
  options: WatchOptions,
  read: () => Promise<CommandResult>,
): Promise<void> {
  if (options.watch === undefined) return cli.deliver(await read(), options);
  if (options.json === true)
    throw new WrongUseError('--json prints one document and --watch goes on: use one of them.');
  const seconds = options.watch === true ? WATCH_SECONDS : options.watch;
  const { context } = cli;
  const view = context.terminalSize?.() ? createScreen(context, seconds) : createAppended(context);
  try {
    // Before there is anything to show, an API that is away is the answer.
    view.show((await read()).text);
    for (;;) {
      await pause(seconds * 1_000, context.signal);
      const text = await readUnlessAway(read);
      if (text === null) view.showAway();
      else view.show(text);
    }
  } catch (error) {
    // Whoever stops it has seen enough: that is how it ends.
    if (!context.signal.aborted) throw error;
  } finally {
    view.end();
  }
}

/** Null while the API is away, which it may be when it is replaced by a newer one. */
async function readUnlessAway(read: () => Promise<CommandResult>): Promise<string | null> {
  try {
    return (await read()).text;
  } catch (error) {
    if (error instanceof ApiUnreachableError) return null;
    throw error;
  }
}

interface View {
  show(text: string): void;
  showAway(): void;
  end(): void;
}

const AWAY = 'The order service does not answer at the moment; asking again.';

function createAppended({ writeOut }: CliContext): View {
  let shown: string | undefined;
  const show = (text: string): void => {
    if (text !== shown) writeOut(`${new Date().toISOString()}\n${text}\n\n`);
    shown = text;
  };
  return { show, showAway: () => show(AWAY), end: () => undefined };
}

/** A screen apart from the one with the prompt, and without a cursor; what was there is back when it ends. */
const ENTER = '\u001B[?1049h\u001B[?25l';
const LEAVE = '\u001B[?25h\u001B[?1049l';
const TO_TOP = '\u001B[H';
const REST_OF_LINE = '\u001B[K';
const REST_OF_SCREEN = '\u001B[J';

/** The last that was shown stays on the screen with the prompt. */
function createScreen(context: CliContext, seconds: number): View {
  let shown: string | undefined;
  const draw = (text: string, remark: string): void => {
    if (shown === undefined) context.writeOut(ENTER);
    shown = text;
    const size = context.terminalSize?.() ?? { columns: 80, rows: 24 };
    const head = `${new Date().toISOString()}, again every ${seconds} s, Ctrl+C ends. ${remark}`;
    const lines = fitLines([head.slice(0, size.columns), ...text.split('\n')], size);
    context.writeOut(`${TO_TOP}${lines.map((line) => `${line}${REST_OF_LINE}`).join('\n')}${REST_OF_SCREEN}`);
  };
  return {
    show: (text) => draw(text, ''),
    showAway: () => draw(shown ?? '', AWAY),
    end: () => {
      if (shown !== undefined) context.writeOut(`${LEAVE}${shown}\n`);
    },
  };
}

/** As many lines from the top as a terminal has room for, those that wrap counted as often as they do. */
export function fitLines(lines: readonly string[], { columns, rows }: TerminalSize): readonly string[] {
  const rowsOf = (line: string): number => Math.max(1, Math.ceil(line.length / columns));
  const needed = lines.reduce((sum, line) => sum + rowsOf(line), 0);
  if (needed <= rows) return lines;
  let left = rows - 1;
  const cut = lines.findIndex((line) => (left -= rowsOf(line)) < 0);
  return [
    ...lines.slice(0, cut),
    `… ${lines.length - cut} lines more: the terminal is too low`.slice(0, columns),
  ];
}
