/**
 * What every command shares: `--json`, one way to hand over its result, examples in its help, and a client with the patience
 * that suits a person.
 */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { createApiClient, type ApiClient } from './api/api-client.ts';
import type { CliContext } from './context.ts';
import { resolveCredentials, type DemoRole } from './credentials.ts';

/** What a command found. */
export interface CommandResult {
  /** The one document that `--json` prints. */
  readonly json: unknown;
  /** What a person reads. */
  readonly text: string;
  /** 1 when the command ran and the answer is "no". @default 0 */
  readonly exitCode?: 0 | 1;
}

/** The tool as its commands see it. */
export interface Cli {
  readonly context: CliContext;
  /** Writes the result in the form that was asked for; once a run. */
  readonly deliver: (result: CommandResult, options: { readonly json?: boolean }) => void;
}

/** A refusal that says "later" is asked again for as long as a person likes to wait. */
const BUSY_PATIENCE_MS = 15_000;

/** A client for a command that asks one thing; silence is reported at once. @throws WrongUseError */
export function clientFor(context: CliContext, role: DemoRole): ApiClient {
  return createApiClient({
    ...resolveCredentials(context, role),
    signal: context.signal,
    busyPatienceMs: BUSY_PATIENCE_MS,
    silencePatienceMs: 0,
  });
}

export interface CommandDefinition {
  /** Name and arguments, as commander reads them. */
  readonly usage: string;
  readonly summary: string;
  /** Stands below the options. */
  readonly notes?: string;
  /** Arguments after `saga`, each with what it does. */
  readonly examples: readonly (readonly [string, string])[];
}

/** Adds a command with `--json`, notes and examples. */
export function defineCommand(parent: Command, definition: CommandDefinition): Command {
  const examples = definition.examples.map(
    ([line, meaning]) => `  $ npm run saga -- ${line}\n      ${meaning}`,
  );
  const notes = definition.notes === undefined ? '' : `\n${definition.notes}\n`;
  return parent
    .command(definition.usage)
    .summary(definition.summary)
    .description(definition.summary)
    .option('--json', 'print one JSON document on stdout and nothing else there')
    .addHelpText('after', `${notes}\nExamples:\n${examples.join('\n')}`);
}

/** The key to repeat a request with, said before the request leaves, because its answer may never come. */
export function idempotencyKeyFor(cli: Cli, given: string | undefined): string {
  if (given !== undefined) return given;
  const made = `saga-${randomUUID()}`;
  cli.context.remark(`To repeat this request without doing it twice, add: --idempotency-key ${made}`);
  return made;
}
