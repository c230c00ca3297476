import { sql } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import type { InboxMessage, InboxRepository } from '../messages.repository.ts';
import { json, onlyRow } from '../sql.ts';

export function createInboxRepository(database: Database): InboxRepository {
  return {
    async store({ provider, messageId, orderId, payload, operationKey }) {
      const rows = await database.query(
        'inbox.store',
        sql`WITH known AS MATERIALIZED (
            SELECT EXISTS (
              SELECT FROM provider_operations WHERE key = ${operationKey}::text AND status IN ('succeeded', 'refused')
            ) AS answer
          )
          INSERT INTO webhook_inbox (provider, message_id, order_id, payload, state, settled_at)
          SELECT ${provider}, ${messageId}, ${orderId}, ${json(payload)},
            CASE WHEN known.answer THEN 'not_needed' ELSE 'pending' END, CASE WHEN known.answer THEN now() END
          FROM known
          ON CONFLICT (provider, message_id) DO NOTHING
          RETURNING state`,
      );
      return rows.length === 1 ? 'stored' : 'repeated';
    },

    /**
     * A message that another relay leased after this statement began is seen as it is now, and no longer due. Times are
     * stored rounded to the millisecond, also upwards, so the present is rounded in the same way: what is due now is due.
     */
    lease({ leaseMs, limit }) {
      return database.query<InboxMessage & { readonly attempts: number; readonly receivedAt: string }>(
        'inbox.lease',
        sql`WITH due AS MATERIALIZED (
            SELECT provider, message_id FROM webhook_inbox
            WHERE state = 'pending' AND next_attempt_at <= now()::timestamptz(3)
            ORDER BY position LIMIT ${limit} FOR UPDATE SKIP LOCKED
          ), leased AS (
            UPDATE webhook_inbox SET attempts = attempts + 1,
              next_attempt_at = now() + ${leaseMs} * interval '1 millisecond'
            FROM due WHERE webhook_inbox.provider = due.provider AND webhook_inbox.message_id = due.message_id
            RETURNING webhook_inbox.*
          )
          SELECT provider, message_id AS "messageId", order_id AS "orderId", payload, attempts,
            received_at AS "receivedAt"
          FROM leased ORDER BY position`,
      );
    },

    async settle({ provider, messageId, state, error }) {
      await database.query(
        'inbox.settle',
        sql`UPDATE webhook_inbox SET state = ${state}, last_error = coalesce(${error ?? null}::text, last_error), settled_at = now()
          WHERE provider = ${provider} AND message_id = ${messageId} AND state = 'pending'`,
      );
    },

    async retryLater({ provider, messageId, error, delayMs }) {
      await database.query(
        'inbox.retryLater',
        sql`UPDATE webhook_inbox SET last_error = ${error}, next_attempt_at = now() + ${delayMs} * interval '1 millisecond'
          WHERE provider = ${provider} AND message_id = ${messageId} AND state = 'pending'`,
      );
    },

    async lag() {
      const rows = await database.query<{ waiting: number; oldestAgeMs: number | null }>(
        'inbox.lag',
        sql`SELECT count(*) AS waiting,
            (extract(epoch FROM now() - min(received_at)) * 1000)::bigint AS "oldestAgeMs"
          FROM webhook_inbox WHERE state = 'pending'`,
      );
      return onlyRow(rows);
    },
  };
}
