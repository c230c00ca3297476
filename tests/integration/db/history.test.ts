/** The past that plans and benchmarks are measured beside is one that the service could have left. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { createRepositories } from '../../../db/repositories/index.ts';
import { createDatabase as connect, type Database } from '../../../db/client.ts';
import { checkInvariants } from '../../support/invariants.ts';
import { loadHistory } from '../../support/history.ts';
import { createDatabase } from '../../support/stack.ts';

const ORDERS = 3_000;

let url: string;
let drop: () => Promise<void>;
let database: Database;
beforeAll(async () => {
  ({ url, drop } = await createDatabase());
  await loadHistory(url, { orders: ORDERS, skus: 100 });
  database = connect({ url, poolSize: 1 });
});
afterAll(async () => {
  await database?.close();
  await drop?.();
});

test('the auditor finds nothing wrong with it', async () => {
  expect(await checkInvariants(url)).toEqual([]);
});

test('it has orders of every age, each with its events in its month, and a read model that says the same', async () => {
  const statuses = await database.query<{ status: string; orders: number }>(
    'test.statuses',
    sql`SELECT status, count(*)::integer AS orders FROM orders GROUP BY status ORDER BY status`,
  );
  expect(statuses.map(({ status }) => status)).toEqual([
    'completed',
    'delivered',
    'fulfilling',
    'rejected',
    'shipped',
  ]);
  expect(statuses.reduce((sum, { orders }) => sum + orders, 0)).toBe(ORDERS);
  const [where] = await database.query<{ months: number; strays: number }>(
    'test.months',
    sql`SELECT count(DISTINCT tableoid)::integer AS months,
        count(*) FILTER (WHERE tableoid = 'order_events_default'::regclass)::integer AS strays FROM order_events`,
  );
  expect(where?.strays).toBe(0);
  expect(where?.months).toBeGreaterThan(11);
  const { messageRepair } = createRepositories(database);
  const { orders, differences } = await messageRepair.rebuildSummaries({
    after: null,
    limit: ORDERS,
    isCheck: true,
  });
  expect({ orders, differences }).toEqual({ orders: ORDERS, differences: [] });
});

test('its indexes are whole', async () => {
  const broken = await database.query(
    'test.indexes',
    sql`SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready)`,
  );
  expect(broken).toEqual([]);
});
