/** Several subjects measured one after the other, again and again, so that a noisy machine hits all of them. */
import { say } from '../../tests/chaos/support/campaign-program.ts';
import { measure, type Measurement, type MeasureOptions } from './measure.ts';
import type { Subject } from './subject.ts';

export interface ByTurnsOptions extends MeasureOptions {
  readonly rounds: number;
  /** Ends it before the next measurement. */
  readonly stopping: AbortSignal;
  /** What else to say of each measurement. @default nothing */
  readonly note?: () => string;
}

/**
 * Measures each subject once a round.
 * @returns for each subject, in their order, its measurements by round
 * @throws what a measurement throws, and the reason of `stopping`
 */
export async function measureByTurns(
  subjects: readonly Subject[],
  { rounds, stopping, note, ...options }: ByTurnsOptions,
): Promise<readonly (readonly Measurement[])[]> {
  const measurements = subjects.map((): Measurement[] => []);
  for (let round = 1; round <= rounds; round += 1)
    for (const [index, subject] of subjects.entries()) {
      stopping.throwIfAborted();
      const measurement = await measure(subject, options);
      say(
        `round ${round}: ${subject.name} ${measurement.perSecond.toFixed(1)}/s${note ? `, ${note()}` : ''}`,
      );
      measurements[index]?.push(measurement);
    }
  return measurements;
}
