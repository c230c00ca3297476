import { sql, type SQL } from 'drizzle-orm';
import type { BulkState } from '../../../src/domain/operations/bulk-action.ts';
import type { Database } from '../../client.ts';
import type {
  AskedBulk,
  BulkActionRepository,
  BulkOrder,
  FixedOrder,
  MeantOrder,
  NotDone,
  PlannableOrder,
  RecordedBulk,
} from '../bulk-actions.repository.ts';
import { ORDER_VIEW } from '../reads/order-view.ts';
import { instant, json, textArray } from '../sql.ts';
import { selectionStatement } from './bulk-selection.ts';
import { FACTS } from './operator-action-repository.ts';

/** How far back the rate of a bulk is measured. */
const RECENT_SECONDS = 60;

/** Of the actions of a bulk that have come to an end. */
const ENDED = (bulkId: SQL): SQL => sql`SELECT outcome, why, at FROM operator_actions
  JOIN operator_action_outcomes ON action_id = operator_actions.id AND outcome IN ('done', 'refused', 'failed')
  WHERE operator_actions.bulk_id = ${bulkId}`;

/** One json value: BulkCounts. */
const COUNTS = (bulkId: SQL): SQL => sql`(SELECT jsonb_build_object(
    'done', count(*) FILTER (WHERE outcome = 'done'),
    'refused', count(*) FILTER (WHERE outcome = 'refused'),
    'failed', count(*) FILTER (WHERE outcome = 'failed'),
    'refusedBy', (SELECT coalesce(jsonb_object_agg(why, orders), '{}') FROM (
      SELECT coalesce(why, 'other') AS why, count(*) AS orders FROM (${ENDED(bulkId)}) AS refused
      WHERE outcome = 'refused' GROUP BY 1) AS by_reason))
  FROM (${ENDED(bulkId)}) AS ended)`;

/** Over a row `bulk_actions`. What an ended one has come to was counted then. */
const BULK = sql`bulk_actions.id, bulk_actions.action, bulk_actions.actor, bulk_actions.role, bulk_actions.reason,
  bulk_actions.request_id AS "requestId", bulk_actions.key_digest AS "keyDigest", bulk_actions.input, bulk_actions.selection,
  bulk_actions.per_second AS "perSecond", bulk_actions.orders, bulk_actions.tally,
  bulk_actions.needs_second_person AS "needsSecondPerson", ${instant(sql`bulk_actions.asked_at`)} AS "askedAt",
  (SELECT coalesce(json_agg(json_build_object('step', step, 'actor', steps.actor, 'role', steps.role, 'detail', detail,
      'at', ${instant(sql`at`)}) ORDER BY steps.id), '[]')
    FROM bulk_action_steps AS steps WHERE bulk_id = bulk_actions.id) AS steps,
  coalesce((SELECT counts FROM bulk_action_steps AS steps WHERE bulk_id = bulk_actions.id AND counts IS NOT NULL),
    ${COUNTS(sql`bulk_actions.id`)}) AS counts,
  (SELECT json_build_object('orders', count(*),
      'overMs', coalesce((extract(epoch FROM now() - min(at)) * 1000)::bigint, 0))
    FROM (${ENDED(sql`bulk_actions.id`)}) AS ended WHERE at > now() - ${RECENT_SECONDS} * interval '1 second') AS recent,
  ${instant(sql`now()`)} AS "readAt"`;

/** Where a bulk stands, over a row `bulk_actions`; the same as stateOfBulk says of its steps. */
const STATE = sql`coalesce(
  (SELECT step FROM bulk_action_steps WHERE bulk_id = bulk_actions.id AND step IN ('declined', 'withdrawn', 'stopped', 'finished')),
  (SELECT step FROM bulk_action_steps WHERE bulk_id = bulk_actions.id AND step = 'stopping'),
  (SELECT CASE step WHEN 'resumed' THEN 'running' ELSE step END FROM bulk_action_steps
    WHERE bulk_id = bulk_actions.id ORDER BY id DESC LIMIT 1),
  'asked')`;

export function createBulkActionRepository(database: Database): BulkActionRepository {
  return { ...write(database), ...choose(database), ...read(database) };
}

function write(database: Database): Pick<BulkActionRepository, 'ask' | 'record' | 'decide'> {
  return {
    async ask(bulk, orders) {
      await database.query('bulkActions.ask', askStatement(bulk, orders));
    },

    async record({ bulkId, step, key, actor, role, detail }) {
      const isEnd = step === 'stopped' || step === 'finished';
      await database.query(
        'bulkActions.record',
        sql`INSERT INTO bulk_action_steps (bulk_id, step, key, actor, role, detail, counts)
          SELECT ${bulkId}, ${step}, ${key}, ${actor}, ${role}, ${detail},
            CASE WHEN ${isEnd}::boolean THEN ${COUNTS(sql`${bulkId}`)} END
          ON CONFLICT DO NOTHING`,
      );
    },

    async decide({ bulkId, step, actor, role, detail }) {
      await database.query(
        'bulkActions.decide',
        sql`INSERT INTO bulk_action_steps (bulk_id, step, key, actor, role, detail)
          SELECT bulk_actions.id, ${step}, ${step}, ${actor}, ${role}, ${detail}
          FROM bulk_actions JOIN bulk_action_steps AS pending
            ON pending.bulk_id = bulk_actions.id AND pending.step = 'pending_approval'
          WHERE bulk_actions.id = ${bulkId} AND (bulk_actions.actor <> ${actor} OR ${step} = 'withdrawn')
          ON CONFLICT DO NOTHING`,
      );
    },
  };
}

/** The orders travel as one value, however many they are; all rows are written or none. */
function askStatement(bulk: AskedBulk, orders: readonly FixedOrder[]): SQL {
  const { id, action, actor, role, reason, requestId, keyDigest, input, selection, perSecond } = bulk;
  return sql`WITH asked AS (
      INSERT INTO bulk_actions (id, action, actor, role, reason, request_id, key_digest, input, selection, per_second, orders,
        tally, needs_second_person)
      VALUES (${id}, ${action}, ${actor}, ${role}, ${reason}, ${requestId}, ${keyDigest}, ${json(input)},
        ${selection === null ? sql`NULL` : json(selection)}, ${perSecond}, ${orders.length}, ${json(bulk.tally)},
        ${bulk.needsSecondPerson})
      ON CONFLICT (id) DO NOTHING
      RETURNING id, needs_second_person
    ), fixed AS (
      INSERT INTO bulk_action_orders (bulk_id, position, order_id, action_id, amount_minor)
      SELECT asked.id, given.position, given.value ->> 'orderId', given.value ->> 'actionId', (given.value ->> 'amountMinor')::bigint
      FROM asked CROSS JOIN jsonb_array_elements(${json(orders)}) WITH ORDINALITY AS given (value, position)
    )
    INSERT INTO bulk_action_steps (bulk_id, step, key, actor, role, detail)
    SELECT id, 'pending_approval', 'pending_approval', ${actor}, ${role}, 'A second person has to agree.'
    FROM asked WHERE needs_second_person`;
}

function choose(
  database: Database,
): Pick<BulkActionRepository, 'select' | 'selectNamed' | 'readForPlanning'> {
  return {
    async select(selection, limit) {
      return database.query<MeantOrder>(
        'bulkActions.select',
        sql`SELECT id AS "orderId", status FROM (${selectionStatement(selection, limit)}) AS meant ORDER BY created_at DESC, id DESC`,
      );
    },

    async selectNamed(orderIds) {
      return database.query<MeantOrder>(
        'bulkActions.selectNamed',
        sql`SELECT orders.id AS "orderId", orders.status
          FROM unnest(${textArray(orderIds)}) WITH ORDINALITY AS named (id, position) JOIN orders ON orders.id = named.id
          ORDER BY named.position`,
      );
    },

    async readForPlanning(orderIds) {
      return database.query<PlannableOrder>(
        'bulkActions.readForPlanning',
        sql`SELECT ${ORDER_VIEW} AS order, row_to_json(facts) AS facts
          FROM unnest(${textArray(orderIds)}) WITH ORDINALITY AS named (id, position) JOIN orders ON orders.id = named.id
            CROSS JOIN LATERAL (${FACTS(sql`orders.id`)}) AS facts
          ORDER BY named.position`,
      );
    },
  };
}

function read(database: Database): Pick<BulkActionRepository, 'find' | 'list' | 'findOrder' | 'listNotDone'> {
  return {
    async find(bulkId) {
      const [bulk] = await database.query<RecordedBulk>(
        'bulkActions.find',
        sql`SELECT ${BULK} FROM bulk_actions WHERE bulk_actions.id = ${bulkId}`,
      );
      return bulk ?? null;
    },

    async list({ state, limit, cursor }) {
      const rows = await database.query<RecordedBulk>(
        'bulkActions.list',
        listStatement({ state, limit, cursor }),
      );
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const nextCursor = rows.length > limit && last ? encode([last.askedAt, last.id]) : null;
      return { items, nextCursor };
    },

    async findOrder(bulkId, position) {
      const [order] = await database.query<BulkOrder>(
        'bulkActions.findOrder',
        sql`SELECT fixed.order_id AS "orderId", fixed.action_id AS "actionId", fixed.amount_minor AS "amountMinor",
            json_build_object('id', bulk.id, 'action', bulk.action, 'actor', bulk.actor, 'role', bulk.role, 'reason', bulk.reason,
              'requestId', bulk.request_id, 'keyDigest', bulk.key_digest, 'input', bulk.input) AS bulk
          FROM bulk_action_orders AS fixed JOIN bulk_actions AS bulk ON bulk.id = fixed.bulk_id
          WHERE fixed.bulk_id = ${bulkId} AND fixed.position = ${position}`,
      );
      return order ?? null;
    },

    async listNotDone(bulkId, { limit, cursor }) {
      const after = cursor === undefined ? 0 : decodePosition(cursor);
      const rows = await database.query<NotDone>(
        'bulkActions.listNotDone',
        sql`SELECT fixed.position, fixed.order_id AS "orderId", fixed.action_id AS "actionId", ended.outcome, ended.why, ended.detail,
            ${instant(sql`ended.at`)} AS at
          FROM bulk_action_orders AS fixed JOIN operator_action_outcomes AS ended
            ON ended.action_id = fixed.action_id AND ended.outcome IN ('refused', 'failed')
          WHERE fixed.bulk_id = ${bulkId} AND fixed.position > ${after}
          ORDER BY fixed.position LIMIT ${limit + 1}`,
      );
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return { items, nextCursor: rows.length > limit && last ? encode([last.position]) : null };
    },
  };
}

function listStatement({
  state,
  limit,
  cursor,
}: {
  readonly state: BulkState | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}): SQL {
  const conditions = [sql`true`];
  if (state !== undefined) conditions.push(sql`${STATE} = ${state}`);
  if (cursor !== undefined) {
    const { at, id } = decodePlace(cursor);
    conditions.push(sql`(asked_at, id) < (${at}::timestamptz, ${id})`);
  }
  return sql`SELECT ${BULK} FROM (
      SELECT * FROM bulk_actions WHERE ${sql.join(conditions, sql` AND `)} ORDER BY asked_at DESC, id DESC LIMIT ${limit + 1}
    ) AS bulk_actions ORDER BY bulk_actions.asked_at DESC, bulk_actions.id DESC`;
}

function encode(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws RangeError when it is not a cursor that was given out */
function decodePlace(cursor: string): { readonly at: string; readonly id: string } {
  const [, at, id] =
    /^\["((?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","(blk_[\w.:-]{1,128})"\]$/.exec(
      decoded(cursor),
    ) ?? [];
  if (at === undefined || id === undefined || Number.isNaN(Date.parse(at)))
    throw new RangeError('The cursor is not one that was given out');
  return { at, id };
}

/** @throws RangeError when it is not a cursor that was given out */
function decodePosition(cursor: string): number {
  const [, position] = /^\[([1-9]\d{0,8})\]$/.exec(decoded(cursor)) ?? [];
  if (position === undefined) throw new RangeError('The cursor is not one that was given out');
  return Number(position);
}

function decoded(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString('utf8');
}
