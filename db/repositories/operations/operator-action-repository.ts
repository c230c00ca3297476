import { sql, type SQL } from 'drizzle-orm';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import type { ActionFacts } from '../../../src/domain/operations/action-plan.ts';
import { FINAL_OUTCOMES } from '../../../src/domain/operations/actions.ts';
import type { Database } from '../../client.ts';
import type {
  ActionFilter,
  OperatorActionRepository,
  RecordedAction,
} from '../operator-actions.repository.ts';
import type { Page } from '../order-reads.repository.ts';
import { instant, json, onlyRow, textArray } from '../sql.ts';

/** Over a row `operator_actions`. */
const ACTION = sql`operator_actions.id, operator_actions.order_id AS "orderId", operator_actions.action, operator_actions.actor,
  operator_actions.role, operator_actions.reason, operator_actions.request_id AS "requestId",
operator_actions.key_digest AS "keyDigest", operator_actions.input, operator_actions.bulk_id AS "bulkId",
  (SELECT currency FROM orders WHERE orders.id = operator_actions.order_id) AS currency, ${instant(sql`operator_actions.asked_at`)} AS "askedAt",
  (SELECT coalesce(json_agg(json_build_object('outcome', outcome, 'actor', became.actor, 'role', became.role,
      'detail', detail, 'why', why, 'at', ${instant(sql`at`)}) ORDER BY at, outcome), '[]')
    FROM operator_action_outcomes AS became WHERE action_id = operator_actions.id) AS outcomes`;

/** Orders have few operations and mails, and few items. */
export const FACTS = (orderId: SQL): SQL => sql`SELECT
  (SELECT coalesce(json_agg(json_build_object('key', key, 'kind', kind, 'isPending', status = 'pending',
      'amount', CASE WHEN amount_minor IS NOT NULL AND currency IS NOT NULL
        THEN json_build_object('amountMinor', amount_minor, 'currency', currency) END) ORDER BY key), '[]')
    FROM provider_operations WHERE order_id = ${orderId}) AS operations,
  (SELECT coalesce(json_agg(json_build_object('template', template, 'subjectId', subject_id, 'state', state)
      ORDER BY created_at, template, subject_id), '[]')
    FROM notifications WHERE order_id = ${orderId}) AS mails,
  (SELECT coalesce(json_agg(json_build_object('locationId', location_id, 'sku', sku, 'available', on_hand - reserved)
      ORDER BY sku, location_id), '[]')
    FROM stock WHERE sku = ANY (ARRAY(SELECT sku FROM order_lines WHERE order_id = ${orderId}))) AS shelves,
  coalesce((SELECT action = 'hold' FROM operator_actions
    WHERE order_id = ${orderId} AND action IN ('hold', 'release')
      AND EXISTS (SELECT FROM operator_action_outcomes WHERE action_id = operator_actions.id AND outcome = 'done')
    ORDER BY asked_at DESC, id DESC LIMIT 1), false) AS "wasHeld"`;

export function createOperatorActionRepository(database: Database): OperatorActionRepository {
  return { ...write(database), ...read(database) };
}

function write(database: Database): Pick<OperatorActionRepository, 'ask' | 'conclude' | 'decide'> {
  return {
    async ask(asked) {
      const name = 'operatorActions.ask';
      const { id, orderId, action, actor, role, reason, requestId, keyDigest, input, bulkId } = asked;
      const [row] = await database.query<RecordedAction & { readonly isNew: boolean }>(
        name,
        sql`WITH asked AS (
            INSERT INTO operator_actions (id, order_id, action, actor, role, reason, request_id, key_digest, input, bulk_id)
            VALUES (${id}, ${orderId}, ${action}, ${actor}, ${role}, ${reason}, ${requestId}, ${keyDigest}, ${json(input)}, ${bulkId})
            ON CONFLICT (id) DO NOTHING
            RETURNING *
          )
          SELECT ${ACTION}, true AS "isNew" FROM asked AS operator_actions
          UNION ALL
          SELECT ${ACTION}, false FROM operator_actions WHERE id = ${id}`,
      );
      if (row !== undefined) return row;
      // Another attempt wrote it while this statement waited; now it can be seen.
      const found = await read(database).find(id);
      if (found === null) throw new InvariantViolatedError(name, 'an action that was asked for is there');
      return { ...found, isNew: false };
    },

    async conclude({ actionId, outcome, actor, role, detail, why }) {
      await database.query(
        'operatorActions.conclude',
        sql`INSERT INTO operator_action_outcomes (action_id, outcome, actor, role, detail, why)
          VALUES (${actionId}, ${outcome}, ${actor}, ${role}, ${detail}, ${why ?? null}) ON CONFLICT DO NOTHING`,
      );
    },

    async decide({ actionId, outcome, actor, role, detail }) {
      await database.query(
        'operatorActions.decide',
        sql`INSERT INTO operator_action_outcomes (action_id, outcome, actor, role, detail)
          SELECT operator_actions.id, ${outcome}, ${actor}, ${role}, ${detail}
          FROM operator_actions JOIN operator_action_outcomes AS pending
            ON pending.action_id = operator_actions.id AND pending.outcome = 'pending_approval'
          WHERE operator_actions.id = ${actionId} AND operator_actions.actor <> ${actor}
          ON CONFLICT DO NOTHING`,
      );
    },
  };
}

function read(
  database: Database,
): Pick<OperatorActionRepository, 'find' | 'list' | 'listAwaiting' | 'readFacts'> {
  return {
    async find(actionId) {
      const [action] = await database.query<RecordedAction>(
        'operatorActions.find',
        sql`SELECT ${ACTION} FROM operator_actions WHERE id = ${actionId}`,
      );
      return action ?? null;
    },

    async list(filter) {
      const rows = await database.query<RecordedAction>('operatorActions.list', listStatement(filter));
      return toPage(rows, filter.limit, ({ askedAt, id }) => [askedAt, id]);
    },

    async listAwaiting({ limit, cursor }) {
      const after = cursor === undefined ? null : decodeCursor(cursor);
      const rows = await database.query<RecordedAction & { readonly since: string }>(
        'operatorActions.listAwaiting',
        sql`SELECT ${ACTION}, ${instant(sql`pending.at`)} AS since
          FROM operator_action_outcomes AS pending JOIN operator_actions ON operator_actions.id = pending.action_id
          WHERE pending.outcome = 'pending_approval'
            AND ${after === null ? sql`true` : sql`(pending.at, pending.action_id) > (${after.at}::timestamptz, ${after.id})`}
            AND NOT EXISTS (SELECT FROM operator_action_outcomes AS ended
              WHERE ended.action_id = pending.action_id AND ended.outcome = ANY (${textArray(FINAL_OUTCOMES)}))
          ORDER BY pending.at, pending.action_id LIMIT ${limit + 1}`,
      );
      return toPage(rows, limit, ({ since, id }) => [since, id]);
    },

    async readFacts(orderId) {
      return onlyRow(await database.query<ActionFacts>('operatorActions.readFacts', FACTS(sql`${orderId}`)));
    },
  };
}

/** One row more than the page, which tells whether there is another page. */
function listStatement({ orderId, actor, action, bulkId, since, limit, cursor }: ActionFilter): SQL {
  const conditions = [sql`true`];
  if (orderId !== undefined) conditions.push(sql`order_id = ${orderId}`);
  if (actor !== undefined) conditions.push(sql`actor = ${actor}`);
  if (action !== undefined) conditions.push(sql`action = ${action}`);
  if (bulkId !== undefined) conditions.push(sql`bulk_id = ${bulkId}`);
  if (since !== undefined) conditions.push(sql`asked_at >= ${since}::timestamptz`);
  if (cursor !== undefined) {
    const { at, id } = decodeCursor(cursor);
    conditions.push(sql`(asked_at, id) < (${at}::timestamptz, ${id})`);
  }
  return sql`SELECT ${ACTION} FROM operator_actions WHERE ${sql.join(conditions, sql` AND `)}
    ORDER BY asked_at DESC, id DESC LIMIT ${limit + 1}`;
}

function toPage<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => readonly [string, string],
): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor =
    rows.length > limit && last ? Buffer.from(JSON.stringify(placeOf(last))).toString('base64url') : null;
  return { items, nextCursor };
}

/** @throws RangeError when it is not a cursor that was given out */
function decodeCursor(cursor: string): { readonly at: string; readonly id: string } {
  const [, at, id] =
    /^\["((?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","(act_[\w.:-]{1,128})"\]$/.exec(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    ) ?? [];
  if (at === undefined || id === undefined || Number.isNaN(Date.parse(at)))
    throw new RangeError('The cursor is not one that was given out');
  return { at, id };
}
