/** What the campaigns at the records and over HTTP have in common. */
import type * as fc from 'fast-check';

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
export function shortenedInTime<Sequence>(
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
export function describeFailure(result: FailedRun, options: string): string {
  const story = [...(result.counterexample?.[0] ?? [])].map((command) => `  ${String(command)}`);
  const { errorInstance: error } = result;
  return [
    `After ${result.numRuns} sequences, shortened ${result.numShrinks} times:`,
    ...story,
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    `Again: npm run test:model -- ${options} --path ${result.counterexamplePath}`,
  ].join('\n');
}
