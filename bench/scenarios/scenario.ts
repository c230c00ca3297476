/** What a benchmark is to the program that runs it. */
import type { Course } from '../../tests/chaos/support/campaign-program.ts';
import type { ReportSection } from '../../tests/chaos/support/report.ts';

export interface ScenarioOptions {
  /** How often everything is repeated, one after another, so that a noisy machine hits all alike. */
  readonly rounds: number;
  readonly seconds: number;
  readonly inFlight: number;
  /** What is replayed, for a scenario that needs a file. */
  readonly file?: string;
}

export interface ScenarioResult {
  /** Everything that was measured, for programs. */
  readonly data: unknown;
  /** The same for people. */
  readonly sections: readonly ReportSection[];
}

export interface Scenario {
  readonly name: string;
  /** What it answers, in a line. */
  readonly question: string;
  readonly defaults: ScenarioOptions;
  /** It cannot run without --file. @default false */
  readonly needsFile?: boolean;
  readonly run: (options: ScenarioOptions, course: Course) => Promise<ScenarioResult>;
}
