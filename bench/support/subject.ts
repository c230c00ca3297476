import type { MeasuredProgram } from './processor-time.ts';

/** What the processor time of a program counts as. */
export type Role = 'own' | 'engine' | 'outside' | 'load';

export interface RunningProgram extends MeasuredProgram {
  readonly role: Role;
}

/** Something of which it is measured how often it can be done in a second. */
export interface Subject {
  /** As in the report. */
  readonly name: string;
  /** Does one; resolves when it is done with all that belongs to it. */
  readonly run: () => Promise<void>;
  /** All programs that take part. */
  readonly programs: () => readonly RunningProgram[];
  /** Databases of which the statements are counted, by name. */
  readonly databases: Readonly<Record<string, string>>;
  /** Ids of some workflows that were done lately, to look at. */
  readonly recentWorkflowIds: () => readonly string[];
}
