import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import type { ReapRequest, RetentionRepository } from '../retention.repository.ts';
import { onlyRow } from '../sql.ts';

export function createRetentionRepository(database: Database): RetentionRepository {
  /** Rows that another reaper holds are its own. */
  const reap = async (name: string, table: SQL, due: SQL, limit: number): Promise<number> => {
    const rows = await database.query<{ readonly removed: number }>(
      name,
      sql`WITH due AS MATERIALIZED (
          SELECT ctid FROM ${table} WHERE ${due} LIMIT ${limit} FOR UPDATE SKIP LOCKED
        ), removed AS (
          DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM due)) AND ${due} RETURNING 1
        )
        SELECT count(*)::integer AS removed FROM removed`,
    );
    return onlyRow(rows).removed;
  };
  const before = ({ olderThanDays }: ReapRequest): SQL => sql`now() - ${olderThanDays} * interval '1 day'`;

  return {
    reapIdempotencyAnswers(request) {
      const due = sql`created_at < ${before(request)}`;
      return reap('retention.reapIdempotencyAnswers', sql`idempotency_answers`, due, request.limit);
    },
    reapWebhooks(request) {
      const due = sql`state IN ('delivered', 'not_needed') AND settled_at < ${before(request)}`;
      return reap('retention.reapWebhooks', sql`webhook_inbox`, due, request.limit);
    },
    reapConsumedEvents(request) {
      const due = sql`consumed_at < ${before(request)}`;
      return reap('retention.reapConsumedEvents', sql`projections.consumed_events`, due, request.limit);
    },
  };
}
