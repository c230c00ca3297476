/**
 * What the programs of all campaigns have in common: their options, what they say when these are wrong, and how they end.
 *
 * Owns: the command line, Ctrl+C and the exit code. Does not own: what a campaign does.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { errorText } from './error-text.ts';

/** `stopped` is what a shell calls a program that Ctrl+C has ended. */
const EXIT_CODES = { clean: 0, violated: 1, 'wrong use': 2, stopped: 130 } as const;

export interface CampaignProgram<Options> {
  /** Shown for `--help`, and when the options are wrong. */
  readonly help: string;
  /** The options with a value that it takes. */
  readonly flags: readonly string[];
  /** Options without a value; `true` when given. */
  readonly switches?: readonly string[];
  /** @throws Error that says what is wrong with them */
  readonly read: (values: Readonly<Record<string, string | undefined>>) => Options;
  /**
   * Runs it and leaves its report. It is not waited for once a person has stopped it.
   * @returns whether nothing was violated
   */
  readonly run: (options: Options, course: Course) => Promise<boolean>;
}

/** What a campaign is told while it runs, and what it tells. */
export interface Course {
  /** Aborted when a person stops it. */
  readonly stopping: AbortSignal;
  /**
   * Whatever becomes of the campaign, this is stopped at its end.
   * @returns stops it earlier
   * @throws when a person has stopped the campaign meanwhile
   */
  readonly stopAtEnd: (stop: () => Promise<void>) => () => Promise<void>;
}

/** Tells a person how far it is, with the time of day; nothing but what was asked for goes to stdout. */
export function say(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

/** Runs the campaign that the command line asks for, and ends the process with its exit code. */
export async function runCampaign<Options>(program: CampaignProgram<Options>): Promise<never> {
  const outcome = await outcomeOf(program);
  // What a stopped campaign still waits for, and the channel to npm, would keep this process alive.
  process.exit(EXIT_CODES[outcome]);
}

async function outcomeOf<Options>(program: CampaignProgram<Options>): Promise<keyof typeof EXIT_CODES> {
  let options: Options;
  try {
    const values = readCommandLine(program);
    if (values['help'] !== undefined) {
      process.stdout.write(program.help);
      return 'clean';
    }
    options = program.read(values);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${program.help}`);
    return 'wrong use';
  }
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort());
  const started = new Set<() => Promise<void>>();
  const stopAtEnd: Course['stopAtEnd'] = (stop) => {
    const stopOnce = async (): Promise<void> => {
      if (started.delete(stopOnce)) await stop();
    };
    started.add(stopOnce);
    stopping.signal.throwIfAborted();
    return stopOnce;
  };
  try {
    const stopped = once(stopping.signal, 'abort').then(() => 'stopped' as const);
    const ended = program
      .run(options, { stopping: stopping.signal, stopAtEnd })
      .then((isClean) => (isClean ? ('clean' as const) : ('violated' as const)));
    const outcome = await Promise.race([ended, stopped]);
    // What is being started at this moment is stopped as soon as it is there.
    if (outcome === 'stopped' && started.size === 0) await ended.catch(() => undefined);
    return outcome;
  } catch (error) {
    if (stopping.signal.aborted) return 'stopped';
    say(`The campaign could not be run to its end: ${errorText(error)}`);
    return 'violated';
  } finally {
    for (const stop of [...started].toReversed())
      await stop().catch((error: unknown) => say(`Something did not stop: ${errorText(error)}`));
  }
}

/** @throws TypeError for an option that is not known */
function readCommandLine({
  flags,
  switches = [],
}: Pick<CampaignProgram<unknown>, 'flags' | 'switches'>): Readonly<Record<string, string | undefined>> {
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(flags.map((flag) => [flag, { type: 'string' }] as const)),
      ...Object.fromEntries(switches.map((name) => [name, { type: 'boolean' }] as const)),
      help: { type: 'boolean', short: 'h' },
    },
  });
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
