import type { PartitionedTable, ReapRequest } from '../../../db/repositories/retention.repository.ts';
import type { JobResult } from '../../workflows/maintenance/maintenance.contract.ts';
import type { MaintenanceDependencies } from './dependencies.ts';

type Reaping = Pick<MaintenanceDependencies, 'retention' | 'settings' | 'progress' | 'logger'>;

/** Rows removed by one statement: few enough that it never takes long or holds much. */
const BATCH = 1_000;
/** Rows without a partition of their own are counted up to here; one is too many. */
const MOST_COUNTED = 1_000;

/**
 * Removes what has been kept long enough: rows in batches, and months of events and webhooks as a whole. Makes the partitions
 * that will be needed. Safe to repeat and to interrupt anywhere; retried when the database is away.
 */
export async function reapRecords(deps: Reaping): Promise<JobResult> {
  const { retention, settings, progress } = deps;
  const reapAll = async (olderThanDays: number, reap: (request: ReapRequest) => Promise<number>) => {
    let removed = 0;
    for (;;) {
      const batch = await reap({ olderThanDays, limit: BATCH });
      removed += batch;
      progress.alive();
      if (batch < BATCH) return removed;
    }
  };
  const { idempotencyRetentionDays, messageRetentionDays, eventRetentionDays, waitingRoomRetentionDays } =
    settings;
  const events = await keepMonths(deps, 'order_events', eventRetentionDays);
  const webhooks = await keepMonths(deps, 'webhook_inbox', messageRetentionDays);
  return {
    idempotencyAnswers: await reapAll(idempotencyRetentionDays, (due) =>
      retention.reapIdempotencyAnswers(due),
    ),
    waitingRoomTickets: await reapAll(waitingRoomRetentionDays, (due) => retention.reapTickets(due)),
    waitingRooms: await reapAll(waitingRoomRetentionDays, (due) => retention.reapWaitingRooms(due)),
    eventMonths: events.dropped,
    webhookMonths: webhooks.dropped,
    monthsStillNeeded: events.needed + webhooks.needed,
    monthsBusy: events.busy + webhooks.busy,
    partitionsMade: events.made + webhooks.made,
    rowsOutsidePartitions: events.outside + webhooks.outside,
  };
}

/** @param days how long a month is kept after its end; null for ever */
async function keepMonths(
  { retention, logger, progress }: Reaping,
  table: PartitionedTable,
  days: number | null,
) {
  const done = { made: await retention.makePartitions(table), outside: 0, dropped: 0, needed: 0, busy: 0 };
  progress.alive();
  done.outside = await retention.countOutside(table, MOST_COUNTED);
  if (done.outside > 0)
    logger.error(
      { table, rows: done.outside },
      'rows lie outside of the partitions of months, because this job was away for too long; they are never dropped',
    );
  for (const partition of days === null ? [] : await retention.listEnded(table, days)) {
    const outcome = await retention.drop(partition, days ?? 0);
    done[outcome] += 1;
    progress.alive();
    if (outcome === 'dropped') logger.info({ partition }, 'a month was dropped');
  }
  return done;
}
