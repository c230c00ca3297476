import { sql, type SQL } from 'drizzle-orm';
import type {
  FoundBreak,
  OperationRecord,
  ReconciledProvider,
} from '../../../src/domain/reconciliation/break.ts';
import type {
  ListedOperation,
  RecordedOperation,
} from '../../../src/domain/reconciliation/compare-operations.ts';
import type { Database } from '../../client.ts';
import type {
  ReconciliationBreak,
  ReconciliationCursors,
  ReconciliationRepository,
  UntoldOrder,
} from '../reconciliation.repository.ts';
import { json, textArray } from '../sql.ts';
import { closeStatement, listStatement, toPage } from './reconciliation-statements.ts';

/** What each provider does. */
const KINDS: Readonly<Record<ReconciledProvider, readonly string[]>> = {
  payments: ['authorize', 'capture', 'void', 'refund'],
  carrier: ['book', 'cancel_booking'],
};

const OPERATION = sql`key, kind, order_id AS "orderId", status, amount_minor AS "amountMinor", currency,
  provider_reference AS reference`;

export function createReconciliationRepository(database: Database): ReconciliationRepository {
  return { ...compare(database), ...judge(database) };
}

function compare(
  database: Database,
): Omit<ReconciliationRepository, 'list' | 'close' | 'countOpen' | 'listUntold'> {
  return {
    async readCursors(provider) {
      const [cursors] = await database.query<ReconciliationCursors>(
        'reconciliation.readCursors',
        sql`SELECT cursor, sweep_cursor AS "sweepCursor" FROM reconciliation_cursors WHERE provider = ${provider}`,
      );
      return cursors ?? { cursor: null, sweepCursor: null };
    },

    async writeCursors(provider, { cursor, sweepCursor }) {
      await database.query(
        'reconciliation.writeCursors',
        sql`INSERT INTO reconciliation_cursors (provider, cursor, sweep_cursor)
          VALUES (${provider}, ${cursor}, ${sweepCursor})
          ON CONFLICT (provider) DO UPDATE
            SET cursor = excluded.cursor, sweep_cursor = excluded.sweep_cursor, updated_at = now()`,
      );
    },

    readOperations(keys) {
      return database.query<RecordedOperation>(
        'reconciliation.readOperations',
        sql`SELECT ${OPERATION} FROM provider_operations WHERE key = ANY (${textArray(keys)})`,
      );
    },

    listUnseen(provider, graceMs, limit) {
      return database.query<RecordedOperation>(
        'reconciliation.listUnseen',
        sql`SELECT ${OPERATION} FROM provider_operations
          WHERE status = 'succeeded' AND reconciled_at IS NULL AND kind = ANY (${textArray(KINDS[provider])})
            AND settled_at < now() - ${graceMs} * interval '1 millisecond'
          ORDER BY settled_at LIMIT ${limit}`,
      );
    },

    async listUnsettled(provider) {
      const rows = await database.query<{ readonly key: string; readonly theirs: OperationRecord | null }>(
        'reconciliation.listUnsettled',
        sql`SELECT DISTINCT ON (operation_key) operation_key AS key, theirs FROM reconciliation_breaks
          WHERE provider = ${provider} AND state <> 'settled' ORDER BY operation_key, last_seen DESC`,
      );
      return rows.map(({ key, theirs }) => ({ key, known: theirs && toListed(key, theirs) }));
    },

    record(comparison) {
      return database.query<FoundBreak>('reconciliation.record', recordStatement(comparison));
    },
  };
}

/** What was stored of a provider's operation, as it was listed. */
function toListed(
  key: string,
  { operation, status, reference = '', ...rest }: OperationRecord,
): ListedOperation {
  return {
    ...rest,
    key,
    kind: operation as ListedOperation['kind'],
    status: status as ListedOperation['status'],
    reference,
    at: '',
    undidNothing: false,
  };
}

function recordStatement({
  provider,
  comparedKeys,
  seenKeys,
  breaks,
}: Parameters<ReconciliationRepository['record']>[0]): SQL {
  return sql`WITH found AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${json(breaks)})
        AS given ("operationKey" text, kind text, "orderId" text, ours jsonb, theirs jsonb)
    ), before AS MATERIALIZED (
      SELECT id, operation_key, kind, state FROM reconciliation_breaks
      WHERE provider = ${provider} AND operation_key = ANY (${textArray(comparedKeys)}) ORDER BY id FOR UPDATE
    ), stored AS (
      INSERT INTO reconciliation_breaks AS stored (id, provider, operation_key, order_id, kind, ours, theirs)
      SELECT 'brk_' || left(encode(sha256(convert_to(concat_ws(E'\n', ${provider}::text, "operationKey", kind), 'UTF8')), 'hex'), 26),
        ${provider}, "operationKey", "orderId", kind, ours, theirs
      FROM found ORDER BY "operationKey", kind
      ON CONFLICT (provider, operation_key, kind) DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs,
        order_id = excluded.order_id, last_seen = now(), settled_at = NULL,
        state = CASE stored.state WHEN 'settled' THEN 'open' ELSE stored.state END,
        note = CASE stored.state WHEN 'settled' THEN NULL ELSE stored.note END,
        actor = CASE stored.state WHEN 'settled' THEN NULL ELSE stored.actor END
      RETURNING *
    ), settled AS (
      UPDATE reconciliation_breaks SET state = 'settled', settled_at = now(), actor = 'job'
      FROM before WHERE reconciliation_breaks.id = before.id AND before.state <> 'settled'
        AND NOT EXISTS (SELECT FROM found WHERE found."operationKey" = before.operation_key AND found.kind = before.kind)
    ), seen AS (
      UPDATE provider_operations SET reconciled_at = now()
      WHERE key = ANY (${textArray(seenKeys)}) AND reconciled_at IS NULL
    )
    SELECT operation_key AS "operationKey", kind, order_id AS "orderId", ours, theirs FROM stored
    WHERE state = 'open' AND NOT EXISTS (SELECT FROM before WHERE before.id = stored.id AND before.state = 'open')`;
}

function judge(
  database: Database,
): Pick<ReconciliationRepository, 'list' | 'close' | 'countOpen' | 'listUntold'> {
  return {
    listUntold() {
      return database.query<UntoldOrder>(
        'reconciliation.listUntold',
        sql`SELECT orders.id AS "orderId", orders.correlation_id AS "correlationId", broken.is_open AS "hasOpenBreak"
          FROM orders CROSS JOIN LATERAL (
            SELECT EXISTS (
              SELECT FROM reconciliation_breaks WHERE order_id = orders.id AND state = 'open') AS is_open
          ) AS broken
          WHERE orders.id IN (
            SELECT order_id FROM reconciliation_breaks WHERE state = 'open'
            UNION SELECT order_id FROM attention_causes WHERE code = 'RECONCILIATION_BREAK'
          ) AND broken.is_open <> EXISTS (
            SELECT FROM attention_causes WHERE order_id = orders.id AND code = 'RECONCILIATION_BREAK')
          ORDER BY orders.id`,
      );
    },

    async list(filter) {
      const rows = await database.query<ReconciliationBreak>('reconciliation.list', listStatement(filter));
      return toPage(rows, filter.limit);
    },

    async close(decision) {
      const [closed] = await database.query<ReconciliationBreak>(
        'reconciliation.close',
        closeStatement(decision),
      );
      return closed ?? null;
    },

    countOpen() {
      return database.query(
        'reconciliation.countOpen',
        sql`SELECT names.provider, count(reconciliation_breaks.id)::integer AS open
          FROM unnest(${textArray(Object.keys(KINDS))}) AS names (provider)
          LEFT JOIN reconciliation_breaks ON reconciliation_breaks.provider = names.provider AND state = 'open'
          GROUP BY names.provider`,
      );
    },
  };
}
