import type { ReapRequest } from '../../../db/repositories/retention.repository.ts';
import type { JobResult } from '../../workflows/maintenance/maintenance.contract.ts';
import type { MaintenanceDependencies } from './dependencies.ts';

/** Rows removed by one statement: few enough that it never takes long or holds much. */
const BATCH = 1_000;

/**
 * Removes answers, webhooks and marks of events that have been kept long enough. Safe to repeat and to interrupt anywhere;
 * retried when the database is away.
 */
export async function reapRecords({
  retention,
  settings,
  progress,
}: MaintenanceDependencies): Promise<JobResult> {
  const reapAll = async (olderThanDays: number, reap: (request: ReapRequest) => Promise<number>) => {
    let removed = 0;
    for (;;) {
      const batch = await reap({ olderThanDays, limit: BATCH });
      removed += batch;
      progress.alive();
      if (batch < BATCH) return removed;
    }
  };
  const { idempotencyRetentionDays, messageRetentionDays } = settings;
  return {
    idempotencyAnswers: await reapAll(idempotencyRetentionDays, (due) =>
      retention.reapIdempotencyAnswers(due),
    ),
    webhooks: await reapAll(messageRetentionDays, (due) => retention.reapWebhooks(due)),
    consumedEvents: await reapAll(messageRetentionDays, (due) => retention.reapConsumedEvents(due)),
  };
}
