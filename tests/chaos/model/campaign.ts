/** What the campaigns at the records and over HTTP have in common. */
import * as fc from 'fast-check';
import { errorText } from '../support/error-text.ts';

export interface CampaignOptions {
  readonly sequences: number;
  readonly seed: number;
  /** Where in its tree of sequences fast-check found a failure; runs that one alone. */
  readonly path?: string | undefined;
  /** How many sequences run side by side. */
  readonly lanes?: number;
  /** Called after each sequence with how many there have been. */
  readonly onProgress?: ((sequences: number) => void) | undefined;
  /** Called with the error of a sequence that failed, before it is made shorter. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

export interface CampaignResult {
  readonly sequences: number;
  /** Of the sequences that came to their end. */
  readonly commands: number;
  /** The story of the shortest sequence that failed, and what repeats it; empty when none did. */
  readonly failures: readonly string[];
  /** What does not add up after all of them. */
  readonly violations: readonly string[];
}

/** A failing sequence is made shorter for so long; then the shortest that was found is told. */
const SHORTENING_LIMIT_MS = 180_000;

/**
 * Makes a property whose failures are shortened for a limited time: after it every shorter sequence counts as fine.
 * @param play throws when a sequence fails
 */
function shortenedInTime<Sequence>(
  play: (sequence: Sequence) => Promise<void>,
  onFirstFailure: (error: unknown) => void,
): (sequence: Sequence) => Promise<void> {
  let failedAt: number | null = null;
  return async (sequence) => {
    if (failedAt !== null && performance.now() - failedAt > SHORTENING_LIMIT_MS) return;
    try {
      await play(sequence);
    } catch (error) {
      if (failedAt === null) onFirstFailure(error);
      failedAt ??= performance.now();
      throw error;
    }
  };
}

/** What is read of fast-check's account of a run. */
type FailedRun = Pick<
  fc.RunDetails<[Iterable<object>]>,
  'numRuns' | 'numShrinks' | 'counterexample' | 'counterexamplePath' | 'errorInstance'
>;

/**
 * As a story, one command a line, shortened to what is needed for the failure.
 * @param options of the command that plays it again, but for the path
 */
function describeFailure(result: FailedRun, options: string): string {
  const story = [...(result.counterexample?.[0] ?? [])].map((command) => `  ${String(command)}`);
  const { errorInstance: error } = result;
  return [
    `After ${result.numRuns} sequences, shortened ${result.numShrinks} times:`,
    ...story,
    errorText(error),
    `Again: npm run test:model -- ${options} --path ${result.counterexamplePath}`,
  ].join('\n');
}

/** What sets the levels apart: which commands there are, and how a sequence of them is played in both worlds. */
export interface Level<Model extends object, Real> {
  /** As `--level` names it. */
  readonly name: 'records' | 'service';
  readonly commands: fc.Arbitrary<fc.AsyncCommand<Model, Real>>[];
  readonly mostCommands: number;
  /** How many sequences run side by side when nothing else is asked for. */
  readonly lanes: number;
  /** @param sequenceName what no other sequence of the run has */
  readonly open: (sequenceName: string) => Promise<{ readonly model: Model; readonly real: Real }>;
  /** Throws when the two worlds differ after a sequence. */
  readonly compare: (model: Model, real: Real) => Promise<void>;
}

/** Plays sequences side by side, each lane with a seed of its own, and makes the first one that fails in a lane shorter. */
export async function playSequences<Model extends object, Real>(
  level: Level<Model, Real>,
  options: CampaignOptions,
): Promise<Omit<CampaignResult, 'violations'>> {
  const lanes = options.path === undefined ? (options.lanes ?? level.lanes) : 1;
  let sequences = 0;
  let commands = 0;
  const play = async (sequence: Iterable<fc.AsyncCommand<Model, Real>>): Promise<void> => {
    sequences += 1;
    const worlds = await level.open(`s${options.seed}-${sequences}`);
    await fc.asyncModelRun(() => worlds, sequence);
    await level.compare(worlds.model, worlds.real);
    commands += [...sequence].length;
    options.onProgress?.(sequences);
  };
  const lane = async (number: number): Promise<string | null> => {
    const seed = options.seed + number;
    const property = fc.asyncProperty(
      fc.commands(level.commands, { maxCommands: level.mostCommands, size: 'max' }),
      shortenedInTime(play, (error) => options.onFailure?.(error)),
    );
    const result = await fc.check(property, {
      seed,
      numRuns: Math.ceil(options.sequences / lanes),
      ...(options.path === undefined ? {} : { path: options.path, endOnFailure: true }),
    });
    return result.failed ? describeFailure(result, `--level ${level.name} --seed ${seed}`) : null;
  };
  const failures = await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  return { sequences, commands, failures: failures.filter((failure) => failure !== null) };
}
