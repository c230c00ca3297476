import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import type {
  DropOutcome,
  PartitionedTable,
  ReapRequest,
  RetentionRepository,
} from '../retention.repository.ts';
import { onlyRow } from '../sql.ts';

/** Rows of a table that lie in its DEFAULT partition because nobody made one for their month. */
const OUTSIDE: Readonly<Record<PartitionedTable, SQL>> = {
  order_events: sql`order_events_default AS stray WHERE NOT EXISTS (
    SELECT FROM dropped_event_months WHERE stray.placed_at >= placed_from AND stray.placed_at < placed_until)`,
  webhook_inbox: sql`webhook_inbox_default`,
};

export function createRetentionRepository(database: Database): RetentionRepository {
  return { ...keepPartitions(database), ...reapRows(database) };
}

function keepPartitions(
  database: Database,
): Pick<RetentionRepository, 'makePartitions' | 'countOutside' | 'listEnded' | 'drop'> {
  return {
    async makePartitions(table) {
      const rows = await database.query<{ readonly made: number }>(
        'retention.makePartitions',
        sql`SELECT make_month_partitions(${table}::text::regclass, now(), now() + interval '2 months') AS made`,
      );
      return onlyRow(rows).made;
    },

    async countOutside(table, limit) {
      const rows = await database.query<{ readonly outside: number }>(
        'retention.countOutside',
        sql`SELECT count(*)::integer AS outside FROM (SELECT FROM ${OUTSIDE[table]} LIMIT ${limit}) AS counted`,
      );
      return onlyRow(rows).outside;
    },

    async listEnded(table, days) {
      const rows = await database.query<{ readonly partition: string }>(
        'retention.listEnded',
        sql`SELECT partition::text FROM month_partitions
          WHERE parent = ${table}::text::regclass AND ends_at <= now() - ${days} * interval '1 day' ORDER BY starts_at`,
      );
      return rows.map(({ partition }) => partition);
    },

    async drop(partition, days) {
      const rows = await database.query<{ readonly outcome: DropOutcome }>(
        'retention.drop',
        sql`SELECT drop_month_partition(${partition}::text::regclass, ${days} * interval '1 day') AS outcome`,
      );
      return onlyRow(rows).outcome;
    },
  };
}

function reapRows(
  database: Database,
): Pick<RetentionRepository, 'reapIdempotencyAnswers' | 'reapTickets' | 'reapWaitingRooms'> {
  const before = ({ olderThanDays }: ReapRequest): SQL => sql`now() - ${olderThanDays} * interval '1 day'`;
  /** @param due selects the place of each row, and locks it; rows that another reaper holds are its own */
  const reap = async (name: string, table: SQL, due: SQL): Promise<number> => {
    const rows = await database.query<{ readonly removed: number }>(
      name,
      sql`WITH due AS MATERIALIZED (${due}), removed AS (
          DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT place FROM due)) RETURNING 1
        )
        SELECT count(*)::integer AS removed FROM removed`,
    );
    return onlyRow(rows).removed;
  };

  return {
    reapIdempotencyAnswers(request) {
      return reap(
        'retention.reapIdempotencyAnswers',
        sql`idempotency_answers`,
        sql`SELECT ctid AS place FROM idempotency_answers WHERE created_at < ${before(request)}
          ORDER BY created_at LIMIT ${request.limit} FOR UPDATE SKIP LOCKED`,
      );
    },
    reapTickets(request) {
      // Room by room, so that those of the others are not looked at.
      return reap(
        'retention.reapTickets',
        sql`waiting_room_tickets`,
        sql`SELECT place FROM waiting_rooms AS room CROSS JOIN LATERAL (
            SELECT ctid AS place FROM waiting_room_tickets WHERE room_id = room.id
            ORDER BY number LIMIT ${request.limit} FOR UPDATE SKIP LOCKED
          ) AS ticket
          WHERE room.closes_at < ${before(request)} LIMIT ${request.limit}`,
      );
    },
    async reapWaitingRooms(request) {
      // A room and its counter go together. A ticket that is written meanwhile makes the statement fail, by its reference.
      const rows = await database.query<{ readonly removed: number }>(
        'retention.reapWaitingRooms',
        sql`WITH due AS MATERIALIZED (
            SELECT id FROM waiting_rooms WHERE closes_at < ${before(request)}
              AND NOT EXISTS (SELECT FROM waiting_room_tickets WHERE room_id = waiting_rooms.id)
            LIMIT ${request.limit} FOR UPDATE SKIP LOCKED
          ), counters AS (
            DELETE FROM waiting_room_counters USING due WHERE room_id = due.id
          ), removed AS (
            DELETE FROM waiting_rooms USING due WHERE waiting_rooms.id = due.id RETURNING 1
          )
          SELECT count(*)::integer AS removed FROM removed`,
      );
      return onlyRow(rows).removed;
    },
  };
}
