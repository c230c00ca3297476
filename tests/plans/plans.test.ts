/**
 * How every statement of the repositories is carried out when the tables are large: a million orders and a hundred thousand
 * items. Each method is called as the programs call it, and the server itself tells the plan of what it has carried out, of
 * the checks of references and of statements within functions too; so nothing here repeats a statement.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import postgres from 'postgres';
import { createDatabase as connect, type Database } from '../../db/client.ts';
import { createRepositories, type Repositories } from '../../db/repositories/index.ts';
import { historySku, loadHistory } from '../support/history.ts';
import { createDatabase, stackDirectory } from '../support/stack.ts';
import { callEveryMethod } from './every-method.ts';

const ORDERS = 1_000_000;
const SKUS = 100_000;
/** A table that has fewer rows than this may be read as a whole. */
const LARGE = 10_000;
/** What a statement may take up to answer or to change a page of rows: pages have a thousand. */
const MOST_ROWS = 20_000;
/** The one is asked for by people, seldom, and says that it reads the whole ledger; the other counts what people have to look at. */
const READS_ALL: readonly string[] = ['ledger.balances', 'attention.countByCode'];

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

interface Carried {
  /** Of the statement, `<repository>.<method>`. */
  readonly name: string;
  /** Its own plan and those of what it has set off. */
  readonly plans: readonly PlanNode[];
}

let url: string;
let drop: () => Promise<void>;
let superuser: postgres.Sql;
let large: ReadonlySet<string>;
beforeAll(async () => {
  ({ url, drop } = await createDatabase());
  await loadHistory(url, { orders: ORDERS, skus: SKUS });
  superuser = postgres(url, { max: 1, fetch_types: false, onnotice: () => undefined });
  await superuser.unsafe(MORE_ROWS);
  await superuser.unsafe('ANALYZE');
  const rows = await superuser<{ name: string }[]>`
    SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND reltuples >= ${LARGE}`;
  large = new Set(rows.map(({ name }) => name));
}, 900_000);
afterAll(async () => {
  await superuser?.end({ timeout: 5 });
  await drop?.();
});

/** What a year of orders alone does not bring. */
const MORE_ROWS = `
  INSERT INTO waiting_rooms (id, name, skus, admissions_per_second, closes_at, admitted_number)
  SELECT id, 'Sale', '["${historySku(1)}"]', 10, closes_at, 250 FROM (
    SELECT 'sale' || n AS id, now() + n * interval '1 day' AS closes_at FROM generate_series(1, 100) AS n
    UNION ALL SELECT 'over', now() - interval '2 days') AS room;
  INSERT INTO waiting_room_counters (room_id, issued) SELECT id, 500 FROM waiting_rooms;
  INSERT INTO waiting_room_tickets (id, room_id, customer_id, number)
  SELECT id || '-' || number, id, 'cus_' || number, number FROM waiting_rooms CROSS JOIN generate_series(1, 500) AS number;
  INSERT INTO reconciliation_breaks (id, provider, operation_key, order_id, kind, state, settled_at)
  SELECT 'brk_' || left(md5(n::text), 26), 'payments', 'key ' || n, 'ord_' || n, 'amount', CASE WHEN n % 1000 = 0 THEN 'open' ELSE 'settled' END,
    CASE WHEN n % 1000 = 0 THEN NULL ELSE now() END FROM generate_series(1, 50000) AS n;
  UPDATE orders SET waiting_until = now() - interval '1 hour' WHERE id IN (
    SELECT id FROM orders WHERE status = 'delivered' ORDER BY created_at DESC LIMIT 2000);
  INSERT INTO attention_causes (order_id, code, message, raised_by, since)
  SELECT id, CASE n % 3 WHEN 0 THEN 'DELIVERY_LATE' WHEN 1 THEN 'STEP_OVERDUE' ELSE 'CAPTURE_UNRESOLVED' END, 'late',
    CASE n % 3 WHEN 1 THEN 'job:find-stuck' ELSE 'workflow' END, now() - n * interval '1 second'
  FROM (SELECT id, row_number() OVER () AS n FROM orders WHERE status = 'completed' LIMIT 15000) AS called;
  INSERT INTO api_keys (id, key_hash, role) SELECT 'key_' || n, md5(n::text), 'operator' FROM generate_series(1, 20000) AS n`;

/** The server tells its plans in its log, which is a file of the run. */
function openLog() {
  const file = openSync(join(stackDirectory(), 'logs', 'postgres.log'), 'r');
  return {
    size: () => fstatSync(file).size,
    /** The plans that were told since then. */
    plansSince(position: number): PlanNode[] {
      const text = Buffer.alloc(fstatSync(file).size - position);
      readSync(file, text, 0, text.length, position);
      const lines = text.toString('utf8').split('\n');
      return lines.flatMap((line, index) => {
        if (!/duration: .* plan:$/.test(line)) return [];
        const end = lines.findIndex((each, at) => at > index && !each.startsWith('\t'));
        const { Plan } = JSON.parse(lines.slice(index + 1, end).join('\n')) as { Plan: PlanNode };
        return [Plan];
      });
    },
    close: () => closeSync(file),
  };
}

/** Lets `work` act on repositories whose every statement is kept with its plans. */
async function carryOut(
  planCacheMode: string,
  work: (repositories: Repositories, database: Database) => Promise<void>,
): Promise<readonly Carried[]> {
  const name = new URL(url).pathname.slice(1);
  const settings: Record<string, string> = {
    session_preload_libraries: "'auto_explain'",
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_format': "'json'",
    plan_cache_mode: planCacheMode,
  };
  for (const [setting, value] of Object.entries(settings))
    await superuser.unsafe(`ALTER DATABASE ${name} SET ${setting} = ${value}`);
  const log = openLog();
  const carried: Carried[] = [];
  const database = connect({
    url,
    // One after another, so that what the log tells between two moments is about one statement.
    poolSize: 1,
    statementTimeoutMs: 120_000,
    onQuery: async (statement, run) => {
      const begin = log.size();
      try {
        return await run();
      } finally {
        carried.push({ name: statement, plans: log.plansSince(begin) });
      }
    },
  });
  try {
    await work(createRepositories(database), database);
  } finally {
    await database.close();
    log.close();
  }
  return carried.filter((each) => !each.name.startsWith('test.'));
}

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** What of a statement costs the more the more rows there are. */
function offencesOf({ name, plans }: Carried): string[] {
  return plans.flatMap(nodesOf).flatMap((node) => {
    const relation = node['Relation Name'] ?? '';
    const loops = node['Actual Loops'] ?? 0;
    const rows =
      loops *
      ((node['Actual Rows'] ?? 0) +
        (node['Rows Removed by Filter'] ?? 0) +
        (node['Rows Removed by Join Filter'] ?? 0));
    if (node['Node Type'] === 'Seq Scan' && large.has(relation) && loops > 0)
      return [`${name}: Seq Scan on ${relation}`];
    return rows > MOST_ROWS ? [`${name}: ${node['Node Type']} on ${relation} of ${rows} rows`] : [];
  });
}

const offences = (carried: readonly Carried[]): string[] => [
  ...new Set(carried.filter(({ name }) => !READS_ALL.includes(name)).flatMap(offencesOf)),
];

/** Lets the planner take an index into account, or no more, with those of its partitions. */
async function usable(index: string, isUsable: boolean): Promise<void> {
  const changed = await superuser`
    UPDATE pg_index SET indisvalid = ${isUsable} WHERE indexrelid = ${index}::regclass
      OR indexrelid IN (SELECT relid FROM pg_partition_tree(${index}::regclass)) RETURNING 1`;
  expect(changed).not.toHaveLength(0);
}

/** How a plan for given values looks, and the one that is made once for all values, which the driver's statements come to. */
describe.each(['force_custom_plan', 'force_generic_plan'])('with a million orders, by %s', (mode) => {
  test('every statement finds its rows by an index, and no more of them than it needs', async () => {
    const missed: string[] = [];
    const carried = await carryOut(mode, async (repositories, database) => {
      missed.push(...(await callEveryMethod(repositories, database, { mode, url })));
    });
    expect(missed).toEqual([]);
    expect(carried.filter(({ plans }) => plans.length === 0).map(({ name }) => name)).toEqual([]);
    expect(offences(carried)).toEqual([]);
  }, 600_000);
});

describe('a plan that got worse', () => {
  test.each([
    ['orders_by_customer', 'orderReads.list'],
    ['orders_by_status', 'orderReads.list'],
    ['refunds_pending', 'drift.listFollowed'],
    ['order_events_pkey', 'orderReads.events'],
    ['webhook_inbox_pending', 'inbox.lease'],
  ])(
    'for want of %s is found',
    async (index, statement) => {
      await usable(index, false);
      try {
        const carried = await carryOut('auto', async ({ orderReads, drift, inbox }) => {
          await orderReads.list({ customerId: 'cus_17', limit: 50 });
          await orderReads.list({ status: 'completed', limit: 50 });
          const [order] = await superuser<{ id: string }[]>`SELECT id FROM orders
          WHERE status = 'completed' AND principal_id = 'key:history' ORDER BY created_at DESC LIMIT 1`;
          await orderReads.events(order?.id ?? '', 0, 100);
          await drift.listFollowed({ after: '', limit: 1_000 });
          await inbox.lease({ leaseMs: 1, limit: 100 });
        });
        expect(offences(carried)).toEqual(expect.arrayContaining([expect.stringContaining(statement)]));
      } finally {
        await usable(index, true);
      }
    },
    300_000,
  );
});
