/** What can be typed where, read from commander's own tree, in the form that the scripts of all shells read. */
import type { Argument, Command, Option } from 'commander';

/** What may follow an option or a command. */
type ValueKind = 'none' | 'one' | 'many';

/** One thing that can be typed after a command. */
export interface CompletionRow {
  /** The commands before it: `orders list`; empty right after the tool's name. */
  readonly path: string;
  /** A command, an option, or empty: what the command itself takes. */
  readonly word: string;
  readonly kind: 'command' | 'option' | 'argument';
  readonly takes: ValueKind;
  /** What its value can be; `<file>` for files; empty when only the person knows. */
  readonly values: readonly string[];
  readonly description: string;
}

export const FILE = '<file>';

/** Every row of a command and of those below it. */
export function completionRows(command: Command, path = ''): readonly CompletionRow[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  return [
    ...commands.map((child) => commandRow(path, child, help.subcommandDescription(child))),
    ...help.visibleOptions(command).map((option) => optionRow(path, option)),
    ...command.registeredArguments.map((argument) => argumentRow(path, argument)),
    // `help` is made by commander at its first use, and has nothing below it but the names of the others.
    ...commands.flatMap((child) =>
      child.name() === 'help'
        ? []
        : completionRows(child, path === '' ? child.name() : `${path} ${child.name()}`),
    ),
  ];
}

function commandRow(path: string, child: Command, description: string): CompletionRow {
  return { path, word: child.name(), kind: 'command', takes: 'none', values: [], description };
}

function optionRow(path: string, option: Option): CompletionRow {
  return {
    path,
    word: option.long ?? option.flags,
    kind: 'option',
    // What may be left out is not waited for.
    takes: !option.required ? 'none' : option.variadic ? 'many' : 'one',
    values: valuesOf(option.argChoices, option.flags),
    description: option.description,
  };
}

function argumentRow(path: string, argument: Argument): CompletionRow {
  return {
    path,
    word: '',
    kind: 'argument',
    takes: argument.variadic ? 'many' : 'one',
    values: valuesOf(argument.argChoices, `<${argument.name()}>`),
    description: argument.description,
  };
}

function valuesOf(choices: readonly string[] | undefined, usage: string): readonly string[] {
  if (choices !== undefined) return choices;
  return usage.includes(FILE) ? [FILE] : [];
}

const SEPARATOR = '|';

/**
 * A row as a line: path, word, kind, takes, values by spaces, description. Descriptions come last, because they may have anything in them.
 * @throws Error for a value that a shell would take apart
 */
export function rowText(row: CompletionRow): string {
  for (const text of [row.word, ...row.values])
    if (!/^(<file>|[\w.:-]*)$/.test(text)) throw new Error(`${JSON.stringify(text)} cannot be completed`);
  const description = row.description.replaceAll(/\s+/g, ' ');
  return [row.path, row.word, row.kind, row.takes, row.values.join(' '), description].join(SEPARATOR);
}
