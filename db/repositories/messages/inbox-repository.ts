import { sql } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import type { InboxRepository, LeasedMessage } from '../messages.repository.ts';
import { json, onlyRow } from '../sql.ts';

/** Of an operation at a provider. */
const HAS_OUTCOME = sql.raw(`provider_operations.status IN ('succeeded', 'refused')`);
/**
 * A provider tells the outcome of an operation while its answer is still on the way to be written down. A signal would cost
 * the workflow a task to learn what it knows, so the answer is given this time first.
 */
const ANSWER_GRACE_MS = 1_000;

export function createInboxRepository(database: Database): InboxRepository {
  return {
    /** What is stored already, in whichever month, makes the new row vanish: see the table's trigger. */
    async store({ provider, messageId, orderId, payload, operationKey }) {
      const rows = await database.query(
        'inbox.store',
        sql`WITH known AS MATERIALIZED (
            SELECT EXISTS (
              SELECT FROM provider_operations WHERE key = ${operationKey}::text AND ${HAS_OUTCOME}
            ) AS answer
          )
          INSERT INTO webhook_inbox (provider, message_id, order_id, operation_key, payload, state, settled_at, next_attempt_at)
          SELECT ${provider}, ${messageId}, ${orderId}, ${operationKey}::text, ${json(payload)},
            CASE WHEN known.answer THEN 'not_needed' ELSE 'pending' END, CASE WHEN known.answer THEN now() END,
            now() + CASE WHEN ${operationKey}::text IS NULL THEN 0 ELSE ${ANSWER_GRACE_MS}::integer END * interval '1 millisecond'
          FROM known
          RETURNING state`,
      );
      return rows.length === 1 ? 'stored' : 'repeated';
    },

    /**
     * What the answer of the operation has told meanwhile is settled as not needed and not handed out.
     *
     * A message that another relay leased after this statement began is seen as it is now, and no longer due. Times are
     * stored rounded to the millisecond, also upwards, so the present is rounded in the same way: what is due now is due.
     */
    lease({ leaseMs, limit }) {
      return database.query<LeasedMessage>(
        'inbox.lease',
        sql`WITH due AS MATERIALIZED (
            SELECT provider, message_id, received_at, EXISTS (
              SELECT FROM provider_operations WHERE key = operation_key AND ${HAS_OUTCOME}
            ) AS is_known
            FROM webhook_inbox
            WHERE state = 'pending' AND next_attempt_at <= now()::timestamptz(3)
            ORDER BY position LIMIT ${limit} FOR UPDATE SKIP LOCKED
          ), known AS (
            UPDATE webhook_inbox SET state = 'not_needed', settled_at = now()
            FROM due WHERE due.is_known AND webhook_inbox.provider = due.provider
              AND webhook_inbox.message_id = due.message_id AND webhook_inbox.received_at = due.received_at
          ), leased AS (
            UPDATE webhook_inbox SET attempts = attempts + 1,
              next_attempt_at = now() + ${leaseMs} * interval '1 millisecond'
            FROM due WHERE NOT due.is_known AND webhook_inbox.provider = due.provider
              AND webhook_inbox.message_id = due.message_id AND webhook_inbox.received_at = due.received_at
            RETURNING webhook_inbox.*
          )
          SELECT provider, message_id AS "messageId", order_id AS "orderId", payload, attempts,
            received_at AS "receivedAt"
          FROM leased ORDER BY position`,
      );
    },

    async settle({ provider, messageId, receivedAt, state, error }) {
      await database.query(
        'inbox.settle',
        sql`UPDATE webhook_inbox SET state = ${state}, last_error = coalesce(${error ?? null}::text, last_error), settled_at = now()
          WHERE provider = ${provider} AND message_id = ${messageId} AND received_at = ${receivedAt}::timestamptz
            AND state = 'pending'`,
      );
    },

    async retryLater({ provider, messageId, receivedAt, error, delayMs }) {
      await database.query(
        'inbox.retryLater',
        sql`UPDATE webhook_inbox SET last_error = ${error}, next_attempt_at = now() + ${delayMs} * interval '1 millisecond'
          WHERE provider = ${provider} AND message_id = ${messageId} AND received_at = ${receivedAt}::timestamptz
            AND state = 'pending'`,
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
