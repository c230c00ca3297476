import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import type { AttentionItem, AttentionRepository, SuspectOrder } from '../attention.repository.ts';
import { instant, money } from '../sql.ts';
import { PRESENT_CODES, queueStatement, toPage, type QueueRow } from './attention-queue.ts';

const ITEM = (from: string) => {
  const column = (name: string): SQL => sql.raw(`${from}.${name}`);
  return sql`${column('order_id')} AS "orderId", ${column('code')}, ${column('since')}, ${column('message')},
    orders.status, ${money(sql`orders.total_minor`, sql`orders.currency`)} AS total`;
};

const SUSPECT = sql`orders.id AS "orderId", orders.correlation_id AS "correlationId",
  CASE WHEN orders.waiting_for IS NOT NULL THEN json_build_object('for', orders.waiting_for, 'owner', orders.waiting_owner,
    'since', ${instant(sql`orders.waiting_since`)}, 'until', ${instant(sql`orders.waiting_until`)}) END AS waiting,
  to_json(ARRAY(SELECT code FROM attention_causes WHERE attention_causes.order_id = orders.id ORDER BY code)) AS codes`;

export function createAttentionRepository(database: Database): AttentionRepository {
  return { ...queue(database), ...suspects(database), ...mails(database) };
}

function queue(database: Database): Pick<AttentionRepository, 'list' | 'countByCode'> {
  return {
    async list(filter) {
      const rows = await database.query<QueueRow>(
        'attention.list',
        sql`WITH RECURSIVE ${PRESENT_CODES}, page AS MATERIALIZED (${queueStatement(filter)})
          SELECT ${ITEM('page')}, page.rank FROM page JOIN orders ON orders.id = page.order_id
          ORDER BY page.rank, page.since DESC, page.order_id DESC, page.code`,
      );
      return toPage(rows, filter.limit);
    },

    countByCode() {
      return database.query(
        'attention.countByCode',
        sql`WITH RECURSIVE ${PRESENT_CODES}
          SELECT present.code, (
            SELECT count(*)::integer FROM attention_causes WHERE attention_causes.code = present.code) AS count
          FROM present WHERE present.code IS NOT NULL`,
      );
    },
  };
}

function suspects(
  database: Database,
): Pick<AttentionRepository, 'nextOverdue' | 'nextFoundStuck' | 'findSuspect'> {
  return {
    nextOverdue({ graceMs, limit }) {
      const place = (part: number): SQL => sql`split_part((SELECT after FROM place), ' ', ${part})`;
      return database.query<SuspectOrder>(
        'attention.nextOverdue',
        sql`WITH ${placeOf('overdue')}, page AS MATERIALIZED (
            SELECT id, waiting_until FROM orders
            WHERE waiting_until < now() - ${graceMs} * interval '1 millisecond'
              AND (waiting_until, id) > (
                (SELECT coalesce(nullif(${place(1)}, ''), '-infinity')::timestamptz), (SELECT ${place(2)}))
            ORDER BY waiting_until, id LIMIT ${limit}
          ), ${moveOn('overdue', limit, sql`${instant(sql`waiting_until`)} || ' ' || id`, sql`waiting_until DESC, id DESC`)}
          SELECT ${SUSPECT} FROM page JOIN orders USING (id) ORDER BY page.waiting_until, page.id`,
      );
    },

    nextFoundStuck(limit) {
      return database.query<SuspectOrder>(
        'attention.nextFoundStuck',
        sql`WITH ${placeOf('found_stuck')}, page AS MATERIALIZED (
            SELECT DISTINCT order_id AS id FROM attention_causes
            WHERE raised_by = 'job:find-stuck' AND order_id > (SELECT after FROM place)
            ORDER BY order_id LIMIT ${limit}
          ), ${moveOn('found_stuck', limit, sql`id`, sql`id DESC`)}
          SELECT ${SUSPECT} FROM page JOIN orders USING (id) ORDER BY page.id`,
      );
    },

    async findSuspect(orderId) {
      const [order] = await database.query<SuspectOrder>(
        'attention.findSuspect',
        sql`SELECT ${SUSPECT} FROM orders WHERE orders.id = ${orderId}`,
      );
      return order ?? null;
    },
  };
}

/** `place`: where the call before has ended; empty at the beginning. */
function placeOf(name: string): SQL {
  return sql`place AS MATERIALIZED (
    SELECT coalesce((SELECT after FROM drift_cursors WHERE name = ${name}), '') AS after)`;
}

/** Keeps the place of the last row of `page`, or begins anew when the page is not full. */
function moveOn(name: string, limit: number, place: SQL, order: SQL): SQL {
  return sql`moved_on AS (
    INSERT INTO drift_cursors (name, after)
    SELECT ${name}, CASE WHEN (SELECT count(*) FROM page) < ${limit} THEN ''
      ELSE (SELECT ${place} FROM page ORDER BY ${order} LIMIT 1) END
    ON CONFLICT (name) DO UPDATE SET after = excluded.after, updated_at = now())`;
}

function mails(database: Database): Pick<AttentionRepository, 'claimForMail' | 'unclaimMail'> {
  return {
    claimForMail({ mailId, limit }) {
      // A cause that is being cleared at this moment is left alone, so nobody waits for anybody.
      return database.query<AttentionItem>(
        'attention.claimForMail',
        sql`WITH due AS MATERIALIZED (
            SELECT ctid FROM attention_causes WHERE mailed_at IS NULL
            ORDER BY since, order_id, code LIMIT ${limit} FOR UPDATE SKIP LOCKED
          ), claimed AS (
            -- They are locked, so they stay where they are.
            UPDATE attention_causes SET mailed_at = now(), mail_id = ${mailId} WHERE ctid = ANY (ARRAY(SELECT ctid FROM due))
            RETURNING attention_causes.order_id, attention_causes.code, attention_causes.since, attention_causes.message
          )
          SELECT ${ITEM('claimed')} FROM claimed JOIN orders ON orders.id = claimed.order_id
          ORDER BY claimed.since, claimed.order_id, claimed.code`,
      );
    },

    async unclaimMail(mailId) {
      await database.query(
        'attention.unclaimMail',
        sql`UPDATE attention_causes SET mailed_at = NULL, mail_id = NULL WHERE mail_id = ${mailId}`,
      );
    },
  };
}
