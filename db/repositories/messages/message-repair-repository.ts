import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import type {
  DeadWebhook,
  MessageRepairRepository,
  ReplayedOrder,
  ReplaySelection,
} from '../message-repair.repository.ts';
import { json, onlyRow } from '../sql.ts';
import { rebuildSummaries } from './summary-rebuild.ts';

const SHORT_MS = 86_400_000;

export function createMessageRepairRepository(database: Database): MessageRepairRepository {
  return {
    async listDeadWebhooks({ after, limit }) {
      const rows = await database.query<DeadWebhook & { readonly position: number }>(
        'repair.listDeadWebhooks',
        sql`SELECT position, provider, message_id AS "messageId", order_id AS "orderId", attempts, last_error AS error,
            received_at AS "receivedAt", settled_at AS "diedAt"
          FROM webhook_inbox WHERE state = 'dead' AND position > ${after ?? 0}
          ORDER BY position LIMIT ${limit + 1}`,
      );
      const counted = await database.query<{ readonly total: number }>(
        'repair.countDeadWebhooks',
        sql`SELECT count(*) AS total FROM webhook_inbox WHERE state = 'dead'`,
      );
      const page = rows.slice(0, limit);
      return {
        items: page.map(({ position: _position, ...webhook }) => webhook),
        total: onlyRow(counted).total,
        next: rows.length > limit ? (page.at(-1)?.position ?? null) : null,
      };
    },

    redriveWebhooks({ messages, limit }) {
      const chosen =
        messages === null
          ? sql`SELECT provider, message_id FROM webhook_inbox WHERE state = 'dead' ORDER BY position LIMIT ${limit}`
          : named(messages);
      return database.query<Pick<DeadWebhook, 'provider' | 'messageId'>>(
        'repair.redriveWebhooks',
        sql`WITH chosen AS MATERIALIZED (${chosen})
          UPDATE webhook_inbox SET state = 'pending', attempts = 0, next_attempt_at = now(), settled_at = NULL
          FROM chosen WHERE webhook_inbox.provider = chosen.provider
            AND webhook_inbox.message_id = chosen.message_id AND webhook_inbox.state = 'dead'
          RETURNING webhook_inbox.provider, webhook_inbox.message_id AS "messageId"`,
      );
    },

    discardWebhooks({ messages, note }) {
      return database.query<Pick<DeadWebhook, 'provider' | 'messageId'>>(
        'repair.discardWebhooks',
        sql`WITH chosen AS MATERIALIZED (${named(messages)})
          UPDATE webhook_inbox SET state = 'not_needed', settled_at = now(), last_error = ${note}
          FROM chosen WHERE webhook_inbox.provider = chosen.provider
            AND webhook_inbox.message_id = chosen.message_id AND webhook_inbox.state = 'dead'
          RETURNING webhook_inbox.provider, webhook_inbox.message_id AS "messageId"`,
      );
    },

    previewReplay(selection) {
      return database.query<ReplayedOrder>(
        'repair.previewReplay',
        sql`WITH ${within(selection)}
          SELECT order_id AS "orderId", count(*) AS events,
            NOT EXISTS (SELECT FROM outbox WHERE outbox.order_id = happened.order_id) AS "isQueued"
          FROM happened WHERE ${isOf(selection)}
          GROUP BY order_id ORDER BY order_id LIMIT ${selection.limit}`,
      );
    },

    replay(selection) {
      const { from, to } = boundsOf(selection);
      return database.query<ReplayedOrder>(
        'repair.replay',
        sql`WITH ${within(selection)}, chosen AS MATERIALIZED (
            SELECT DISTINCT order_id FROM happened WHERE ${isOf(selection)}
            ORDER BY order_id LIMIT ${selection.limit}
          ), queued AS MATERIALIZED (
            SELECT order_id, event_count FROM replay_events(
              ARRAY(SELECT order_id FROM chosen), ${from}, ${to}, ${selection.replayId})
          )
          SELECT order_id AS "orderId", coalesce(event_count, 0) AS events, event_count IS NOT NULL AS "isQueued"
          FROM chosen LEFT JOIN queued USING (order_id) ORDER BY order_id`,
      );
    },

    rebuildSummaries: (input) => rebuildSummaries(database, input),
  };
}

function named(messages: readonly Pick<DeadWebhook, 'provider' | 'messageId'>[]): SQL {
  return sql`SELECT provider, "messageId" AS message_id
    FROM jsonb_to_recordset(${json(messages)}) AS given (provider text, "messageId" text)`;
}

/**
 * `happened`: the order of each event within the bounds of time. A page of orders is taken of it, so the planner would look for
 * them order by order, which ends soon when many have such an event and never when few have: those of a short time are found
 * by it first. An order has no event before it was placed.
 */
function within(selection: ReplaySelection): SQL {
  const { from, to } = boundsOf(selection);
  const lastsMs = Date.parse(selection.to ?? '') - Date.parse(selection.from ?? '');
  const kept = selection.orderId === null && lastsMs <= SHORT_MS ? sql`MATERIALIZED` : sql`NOT MATERIALIZED`;
  return sql`happened AS ${kept} (
    SELECT order_id FROM order_events WHERE occurred_at >= ${from} AND occurred_at < ${to} AND placed_at < ${to})`;
}

function isOf({ orderId, after }: ReplaySelection): SQL {
  return orderId === null ? sql`order_id > ${after ?? ''}` : sql`order_id = ${orderId}`;
}

function boundsOf({ from, to }: ReplaySelection): { readonly from: SQL; readonly to: SQL } {
  return { from: sql`${from ?? '-infinity'}::timestamptz`, to: sql`${to ?? 'infinity'}::timestamptz` };
}
