import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import postgres from 'postgres';
import { createDatabase as connect } from '../../../db/client.ts';
import { migrate, MigrationError, readMigrations, type MigrationFile } from '../../../db/migrate.ts';
import { seedDemo } from '../../../db/seed.ts';
import { createRepositories } from '../../../db/repositories/index.ts';
import { checkInvariants } from '../../support/invariants.ts';
import { stack, waitFor } from '../../support/stack.ts';

let admin: postgres.Sql;
const created: string[] = [];
beforeAll(() => {
  admin = postgres(stack().postgresAdminUrl, { max: 1, fetch_types: false, onnotice: () => undefined });
});
afterAll(async () => {
  for (const name of created) await admin.unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await admin.end({ timeout: 5 });
});

async function emptyDatabase(): Promise<string> {
  const name = `migrate_${process.pid}_${Date.now()}_${created.length}`;
  await admin.unsafe(`CREATE DATABASE ${name}`);
  created.push(name);
  const url = new URL(stack().postgresAdminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function file(name: string, text: string): MigrationFile {
  return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
}

async function tablesOf(url: string): Promise<string[]> {
  const client = postgres(url, { max: 1, fetch_types: false });
  const rows = await client<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`;
  await client.end({ timeout: 5 });
  return rows.map((row) => row.name);
}

const FIRST = file(
  '0001_first.sql',
  'CREATE TABLE first (id integer); CREATE TABLE also_first (id integer);',
);
const SECOND = file('0002_second.sql', 'CREATE TABLE second (id integer);');

describe('the ledger', () => {
  test('begins with what was done before there was one', async () => {
    const url = await emptyDatabase();
    const files = await readMigrations();
    const before = files.filter(({ name }) => name < '0002');
    await migrate(url, before);
    const client = postgres(url, { max: 1, fetch_types: false });
    // Charged, with a refund of each kind; let go; and only held.
    await client.unsafe(`
      INSERT INTO orders (id, version, status, payment_status, customer_id, currency, total_minor, principal_id, fingerprint,
        workflow_run_id, correlation_id)
      SELECT id, 1, 'confirmed', 'captured', 'c', 'GBP', 500, 'p', 'f', 'r', 'q' FROM unnest('{paid,void,held}'::text[]) AS id;
      INSERT INTO payment_intents (order_id, method, currency, amount_minor, authorized_minor, captured_minor, refunded_minor,
        refund_pending_minor) VALUES ('paid', 'card', 'GBP', 500, 500, 500, 100, 30), ('void', 'card', 'GBP', 500, 500, 0, 0, 0),
        ('held', 'card', 'GBP', 500, 500, 0, 0, 0);
      INSERT INTO provider_operations (key, order_id, kind, amount_minor, currency, status, settled_at)
      SELECT order_id || kind, order_id, kind, 500, 'GBP', 'succeeded', now() FROM (VALUES ('paid', 'authorize'), ('paid', 'capture'),
        ('void', 'authorize'), ('void', 'void'), ('held', 'authorize')) AS done (order_id, kind);
      INSERT INTO refunds (id, order_id, amount_minor, currency, reason, restock, lines, actor, status, settled_at)
      VALUES ('done', 'paid', 100, 'GBP', 'r', false, '[]', 'a', 'succeeded', now()),
        ('refused', 'paid', 70, 'GBP', 'r', false, '[]', 'a', 'failed', now()),
        ('asked', 'paid', 30, 'GBP', 'r', false, '[]', 'a', 'pending', NULL)`);
    await migrate(url, files);
    const rows = await client<{ order_id: string; account: string; balance: string }[]>`
      SELECT order_id, account, sum(amount_minor) AS balance FROM ledger_journals JOIN ledger_entries ON journal_id = id
      GROUP BY 1, 2 HAVING sum(amount_minor) <> 0 ORDER BY 1, 2`;
    const [{ count } = { count: 0 }] = await client<{ count: number }[]>`
      SELECT count(*)::integer AS count FROM ledger_journals`;
    await client.end({ timeout: 5 });
    expect(rows.map((row) => `${row.order_id} ${row.account} ${row.balance}`)).toEqual([
      'held held_at_provider 500',
      'held held_contra -500',
      'held receivable 500',
      'held sales -500',
      'paid cash_at_provider 400',
      'paid refunds_due -30',
      'paid returns 130',
      'paid sales -500',
    ]);
    expect(count).toBe(10);
  });
});

describe('partitions by month', () => {
  test('take in what was there before, of each month in its own', async () => {
    const url = await emptyDatabase();
    const files = await readMigrations();
    await migrate(
      url,
      files.filter(({ name }) => name < '0008'),
    );
    const client = postgres(url, { max: 1, fetch_types: false });
    await client.unsafe(`
      INSERT INTO orders (id, version, status, payment_status, customer_id, currency, total_minor, principal_id, fingerprint,
        workflow_run_id, correlation_id, created_at)
      SELECT 'ord_' || n, 3, 'completed', 'captured', 'c', 'GBP', 500, 'p', 'f', 'r', 'q', timestamptz '2026-01-31 23:59:59Z' + n * interval '20 days'
      FROM generate_series(0, 9) AS n;
      INSERT INTO order_events (order_id, sequence, type, occurred_at, correlation_id, causation_id, data)
      SELECT id, sequence, 't', created_at + sequence * interval '30 days', 'q', 'c', jsonb_build_object('n', sequence)
      FROM orders CROSS JOIN generate_series(1, 3) AS sequence;
      INSERT INTO outbox (order_id, sequence) VALUES ('ord_0', 3), ('ord_9', 3);
      INSERT INTO webhook_inbox (provider, message_id, order_id, payload, received_at, state)
      SELECT 'payments', 'm' || n, 'ord_0', '{}', timestamptz '2026-03-01Z' + n * interval '1 month', 'dead' FROM generate_series(0, 2) AS n`);
    const events = `SELECT order_id, sequence, type, occurred_at, correlation_id, causation_id, data FROM order_events ORDER BY 1, 2`;
    const webhooks = `SELECT position, provider, message_id, order_id, received_at, state FROM webhook_inbox ORDER BY position`;
    const [eventsBefore, webhooksBefore] = [await client.unsafe(events), await client.unsafe(webhooks)];
    expect([eventsBefore, webhooksBefore].map((rows) => rows.length)).toEqual([30, 3]);
    const program = connect({ url, applicationName: 'order-saga-relay' });
    await program.ping();
    await expect(migrate(url, files)).rejects.toThrow(
      'programs are at work on this database: order-saga-relay',
    );
    await program.close();
    await waitFor(
      async () =>
        (
          await client.unsafe(
            `SELECT FROM pg_stat_activity WHERE application_name = 'order-saga-relay' AND datname = current_database()`,
          )
        ).length === 0,
      { timeoutMs: 60_000, what: 'the program to be gone' },
    );
    await migrate(url, files);
    expect(await client.unsafe(events)).toEqual(eventsBefore);
    expect(await client.unsafe(webhooks)).toEqual(webhooksBefore);
    const places =
      await client.unsafe(`SELECT DISTINCT order_events.tableoid::regclass::text AS place, to_char(created_at AT TIME ZONE 'UTC', 'YYYY_MM') AS month
      FROM order_events JOIN orders ON id = order_id`);
    expect(places.length).toBeGreaterThan(5);
    expect(places.every(({ place, month }) => place === `order_events_${month}`)).toBe(true);
    expect(
      await client.unsafe('SELECT FROM outbox JOIN order_events USING (order_id, sequence, placed_at)'),
    ).toHaveLength(2);
    const [next] = await client.unsafe(`INSERT INTO webhook_inbox (provider, message_id, order_id, payload)
      VALUES ('payments', 'next', 'ord_0', '{}') RETURNING position`);
    expect(Number(next?.['position'])).toBe(4);
    const known = await client.unsafe(`INSERT INTO webhook_inbox (provider, message_id, order_id, payload)
      VALUES ('payments', 'm1', 'ord_0', '{}') RETURNING position`);
    expect(known).toHaveLength(0);
    await client.end({ timeout: 5 });
  });
});

describe('migrating', () => {
  test('applies what is missing, in order, and says what it did', async () => {
    const url = await emptyDatabase();
    expect(await migrate(url, [FIRST])).toEqual({ applied: ['0001_first.sql'], present: [] });
    expect(await migrate(url, [FIRST, SECOND])).toEqual({
      applied: ['0002_second.sql'],
      present: ['0001_first.sql'],
    });
    expect(await migrate(url, [FIRST, SECOND])).toEqual({
      applied: [],
      present: ['0001_first.sql', '0002_second.sql'],
    });
    expect(await tablesOf(url)).toEqual(['also_first', 'first', 'schema_migrations', 'second']);
  });

  test('from several machines at once applies each file once', async () => {
    const url = await emptyDatabase();
    const results = await Promise.all(Array.from({ length: 6 }, () => migrate(url, [FIRST, SECOND])));
    expect(results.flatMap((result) => result.applied).toSorted()).toEqual([
      '0001_first.sql',
      '0002_second.sql',
    ]);
    for (const { applied, present } of results)
      expect([...applied, ...present].toSorted()).toEqual(['0001_first.sql', '0002_second.sql']);
  });

  test('refuses a file that was changed after it had been applied, and names it', async () => {
    const url = await emptyDatabase();
    await migrate(url, [FIRST]);
    const changed = file(FIRST.name, `${FIRST.text} `);
    await expect(migrate(url, [changed, SECOND])).rejects.toThrow(MigrationError);
    await expect(migrate(url, [changed, SECOND])).rejects.toThrow(/0001_first\.sql was changed/);
    expect(await tablesOf(url)).not.toContain('second');
  });

  test('leaves nothing of a file that fails', async () => {
    const url = await emptyDatabase();
    const broken = file('0002_broken.sql', 'CREATE TABLE half (id integer); SELECT no_such_function();');
    await expect(migrate(url, [FIRST, broken])).rejects.toThrow(/no_such_function/);
    expect(await tablesOf(url)).toEqual(['also_first', 'first', 'schema_migrations']);
    const repaired = file('0002_broken.sql', 'CREATE TABLE half (id integer);');
    expect(await migrate(url, [FIRST, repaired])).toMatchObject({ applied: ['0002_broken.sql'] });
  });
});

describe('the migrations of this project', () => {
  test('are numbered without a gap', async () => {
    const names = (await readMigrations()).map((migration) => Number(migration.name.slice(0, 4)));
    expect(names).toEqual(names.map((_, index) => index + 1));
  });

  test('are applied by the command, which says so and is done', async () => {
    const url = await emptyDatabase();
    const run = async (env: Readonly<Record<string, string>>) => {
      const child = spawn(process.execPath, ['db/migrate.main.ts'], {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      const [exitCode] = (await once(child, 'close')) as [number];
      return { exitCode, output };
    };
    const names = (await readMigrations()).map((migration) => migration.name);
    const first = await run({ DATABASE_URL: url });
    expect(first.exitCode).toBe(0);
    expect(JSON.parse(first.output)).toMatchObject({ msg: 'migrated', applied: names });
    const second = await run({ DATABASE_URL: url });
    expect(second.exitCode).toBe(0);
    expect(JSON.parse(second.output)).toMatchObject({ msg: 'nothing to migrate', applied: [] });
    const refused = await run({ DATABASE_URL: 'postgres://postgres@127.0.0.1:1/none' });
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toContain('ECONNREFUSED');
    const unset = await run({});
    expect(unset.exitCode).toBe(1);
    expect(unset.output).toContain('DATABASE_URL: is required and not set');
  });
});

describe('the demo catalogue', () => {
  test('shows every way an order can go, and a second run changes nothing', async () => {
    const url = await emptyDatabase();
    await migrate(url);
    const database = connect({ url });
    const { inventory } = createRepositories(database);
    await seedDemo(database);
    await inventory.putItem({ sku: '71053', name: 'Renamed', prices: [], weightGrams: 1, active: false });
    const adjustment = { sku: '85123A', locationId: 'main', quantity: -10, reason: 'sold', actor: 'test' };
    await inventory.adjust({ adjustmentId: 'adj_1', ...adjustment });
    await seedDemo(database);

    expect(await inventory.listLocations()).toEqual([
      { id: 'main', name: 'Main warehouse' },
      { id: 'west', name: 'West warehouse' },
    ]);
    expect(await inventory.findItem('85123A')).toMatchObject({
      name: 'WHITE HANGING HEART T-LIGHT HOLDER',
      prices: expect.arrayContaining([{ amountMinor: 255, currency: 'GBP' }]),
      active: true,
    });
    expect(await inventory.findInventory('85123A')).toMatchObject({ onHand: 790, reserved: 0 });
    expect(await inventory.findItem('71053')).toMatchObject({ name: 'Renamed', active: false });
    expect(await inventory.findInventory('EMPTY-1')).toMatchObject({ onHand: 0 });
    expect((await inventory.findInventory('22745'))?.locations).toMatchObject([
      { locationId: 'main', onHand: 0 },
      { locationId: 'west', onHand: 75 },
    ]);
    const split = await inventory.findInventory('SPLIT-10');
    expect(split?.onHand).toBeGreaterThanOrEqual(10);
    expect(split?.locations.every((location) => location.onHand < 10)).toBe(true);
    await database.close();
    expect(await checkInvariants(url)).toEqual([]);
  });
});
