import type { RetentionRepository } from '../../../db/repositories/retention.repository.ts';

/** What the jobs act with; made by src/workers/compose-maintenance.ts alone. */
export interface MaintenanceDependencies {
  readonly retention: RetentionRepository;
  readonly settings: MaintenanceSettings;
  readonly progress: Progress;
}

export interface MaintenanceSettings {
  /** How long the answer to a request with an Idempotency-Key is kept. */
  readonly idempotencyRetentionDays: number;
  /** How long webhooks and the marks of consumed events are kept once they are settled. */
  readonly messageRetentionDays: number;
}

/** Says to Temporal that a job is alive, and where it is. */
export interface Progress {
  /**
   * Told often while a job runs. Throws when the run is to stop.
   * @param place what {@link resumeFrom} answers to the attempt that takes over
   */
  say(place: unknown): void;
  /** Where the attempt before this one was, or undefined for the first one. */
  resumeFrom(): unknown;
}
