import { connect as connectTo, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { createDatabase as connect, type Database } from '../../../db/client.ts';
import { json, textArray } from '../../../db/repositories/sql.ts';
import { apiKeys } from '../../../db/schema/access.ts';
import { DatabaseUnavailableError, InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import { waitFor } from '../../support/stack.ts';
import {
  bring,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  outcomes,
  refOf,
  stockItem,
  type TestDatabase,
} from './fixtures.ts';

jest.setTimeout(120_000);

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
});

async function one<Row extends object>(
  database: Database,
  statement: Parameters<Database['query']>[1],
): Promise<Row> {
  const [row] = await database.query<Row>('test.one', statement);
  if (row === undefined) throw new Error('no row');
  return row;
}

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('values', () => {
  test('come back as this project writes them', async () => {
    const row = await one(
      db.database,
      sql`SELECT 9007199254740991::int8 AS large, count(*) AS counted, '2026-03-01 12:00:00.5+02'::timestamptz AS instant,
        ${json({ a: [1, { b: null }] })} AS document, 'GBP'::char(3) AS currency, NULL::text AS nothing, true AS truth`,
    );
    expect(row).toEqual({
      large: Number.MAX_SAFE_INTEGER,
      counted: 1,
      instant: '2026-03-01T10:00:00.500Z',
      document: { a: [1, { b: null }] },
      currency: 'GBP',
      nothing: null,
      truth: true,
    });
  });

  test('go in as they are, whatever characters they have', async () => {
    const values = ['a"b', 'back\\slash', '{x,y}', ' ', '', 'NULL', "o'clock", 'ümlaut 𝒳'];
    const row = await one<{ list: string[]; same: boolean }>(
      db.database,
      sql`SELECT to_json(${textArray(values)}) AS list, ${textArray(values)} = ARRAY(
        SELECT jsonb_array_elements_text(${json(values)})) AS same`,
    );
    expect(row).toEqual({ list: values, same: true });
  });

  test('that a number cannot hold exactly are an error, and the connection goes on', async () => {
    const database = db.connect({ poolSize: 1 });
    const failure = await errorOf(database.query('test.large', sql`SELECT 9007199254740993::int8 AS large`));
    expect(failure).toBeInstanceOf(RangeError);
    await expect(database.ping()).resolves.toBeUndefined();
  });

  test('of other kinds are refused before they are sent', async () => {
    expect(await errorOf(db.database.query('test.object', sql`SELECT ${new Date(0)} AS x`))).toBeInstanceOf(
      TypeError,
    );
  });
});

describe('statements', () => {
  test('are prepared once for each connection', async () => {
    const database = db.connect({ poolSize: 1 });
    for (let index = 0; index < 3; index += 1)
      await database.query('test.prepared', sql`SELECT ${index}::integer AS prepared_marker`);
    const prepared = await database.query<{ used: number }>(
      'test.prepared',
      sql`SELECT generic_plans + custom_plans AS used FROM pg_prepared_statements
        WHERE statement LIKE '%prepared_marker' AND statement NOT LIKE '%pg_prepared%'`,
    );
    expect(prepared).toEqual([{ used: 3 }]);
  });

  test('can be wrapped for tracing, by name, also those of the builder', async () => {
    const seen: string[] = [];
    const database = db.connect({
      onQuery: async (name, run) => {
        const result = await run();
        seen.push(name);
        return result;
      },
    });
    await database.ping();
    await database.query('test.raw', sql`SELECT 1`);
    await database.run('test.built', (builder) => builder.select({ id: apiKeys.id }).from(apiKeys));
    await errorOf(database.query('test.broken', sql`SELECT nothing`));
    expect(seen).toEqual(['database.ping', 'test.raw', 'test.built']);
  });

  test('see the application under its name', async () => {
    const database = db.connect({ applicationName: 'a test' });
    expect(await one(database, sql`SELECT current_setting('application_name') AS name`)).toEqual({
      name: 'a test',
    });
  });
});

describe('errors', () => {
  test('a broken constraint is an invariant violation that names it, and nothing of the row', async () => {
    const insert = (builder: Parameters<Parameters<Database['run']>[1]>[0]) =>
      builder.insert(apiKeys).values({ id: 'secret-id', keyHash: 'secret-hash', role: 'admin' });
    await db.database.run('test.insert', insert);
    const failure = await errorOf(db.database.run('test.insert', insert));
    expect(failure).toBeInstanceOf(InvariantViolatedError);
    expect(failure).toMatchObject({ statement: 'test.insert', rule: 'api_keys_pkey' });
    expect(
      JSON.stringify([failure, String(failure), (failure as Error).stack, (failure as Error).cause]),
    ).not.toMatch(/secret/);
  });

  test('history that somebody wants to rewrite is an invariant violation', async () => {
    const order = await bring(
      db,
      newOrder([{ sku: await stockItem(db, { main: 1 }), quantity: 1 }]),
      'reserved',
    );
    for (const statement of [
      sql`UPDATE order_events SET data = '{}' WHERE order_id = ${order.orderId}`,
      sql`DELETE FROM stock_movements`,
    ])
      expect(await errorOf(db.database.query('test.rewrite', statement))).toBeInstanceOf(
        InvariantViolatedError,
      );
  });

  test('a mistake in a statement keeps its message, a wrong value does not repeat it', async () => {
    const mistake = await errorOf(db.database.query('test.mistake', sql`SELECT nothing_of_the_kind`));
    expect(String(mistake)).toMatch(/test\.mistake failed: .*nothing_of_the_kind.*\(42703\)/);
    const value = await errorOf(
      db.database.query('test.value', sql`SELECT ${'jane@example.com'}::text::integer AS x`),
    );
    expect(String(value)).toMatch(/test\.value failed: a value does not fit \(22P02\)/);
  });

  test('a statement that takes too long is given up by the server', async () => {
    const database = db.connect({ statementTimeoutMs: 50 });
    const failure = await errorOf(database.query('test.slow', sql`SELECT pg_sleep(30)`));
    expect(failure).toBeInstanceOf(DatabaseUnavailableError);
    expect(failure).toMatchObject({ statement: 'test.slow', code: '57014' });
    await database.ping();
  });

  test('a statement that finds no free connection in time was not sent', async () => {
    const database = db.connect({ poolSize: 1, statementTimeoutMs: 300 });
    const slow = errorOf(database.query('test.slow', sql`SELECT pg_sleep(30)`));
    const waiting = await Promise.all(
      Array.from({ length: 3 }, () => errorOf(database.query('test.waiting', sql`SELECT pg_sleep(0.25)`))),
    );
    expect(await slow).toMatchObject({ code: '57014' });
    expect(waiting.filter((failure) => failure !== undefined)).not.toEqual([]);
    for (const failure of waiting)
      expect([undefined, 'POOL_EXHAUSTED', '57014']).toContain(
        (failure as { code?: string } | undefined)?.code,
      );
    await database.ping();
  });

  test.each([
    ['nobody listens', 'postgres://postgres:postgres@127.0.0.1:1/none', 'ECONNREFUSED'],
    ['the name is unknown', 'postgres://postgres:postgres@no-such-host.invalid/none', /ENOTFOUND|EAI_AGAIN/],
  ])('when %s the database is not available', async (_case, url, code) => {
    const database = connect({ url });
    const failure = await errorOf(database.ping());
    expect(failure).toBeInstanceOf(DatabaseUnavailableError);
    expect((failure as DatabaseUnavailableError).code).toMatch(code);
    await database.close();
  });

  test('a database that is not there yet is not available', async () => {
    const url = new URL(db.url);
    url.pathname = '/not_there_yet';
    const database = connect({ url: url.href });
    expect(await errorOf(database.ping())).toMatchObject({ name: 'DatabaseUnavailableError', code: '3D000' });
    await database.close();
  });
});

describe('a server that accepts and never answers', () => {
  let silent: ReturnType<typeof createServer>;
  const sockets = new Set<Socket>();
  beforeEach(async () => {
    silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test('is given up when connecting takes too long', async () => {
    const { port } = silent.address() as AddressInfo;
    const database = connect({ url: `postgres://u:p@127.0.0.1:${port}/d`, connectTimeoutMs: 200 });
    expect(await errorOf(database.ping())).toMatchObject({
      name: 'DatabaseUnavailableError',
      code: 'CONNECT_TIMEOUT',
    });
    await database.close();
  });
});

describe('a link that goes silent', () => {
  test('fails the statement that is under way, and later ones go over new connections', async () => {
    const links: { readonly near: Socket; readonly far: Socket }[] = [];
    const target = new URL(db.url);
    const proxy = createServer((near) => {
      const far = connectTo(Number(target.port), target.hostname);
      for (const socket of [near, far]) socket.on('error', () => undefined);
      near.pipe(far).pipe(near);
      links.push({ near, far });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = new URL(db.url);
    url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const database = connect({ url: url.href, poolSize: 2, statementTimeoutMs: 100, connectTimeoutMs: 200 });
    try {
      await Promise.all([database.ping(), database.ping()]);
      for (const { near, far } of links) far.unpipe(near);
      expect(await errorOf(database.ping())).toMatchObject({
        name: 'DatabaseUnavailableError',
        code: 'ETIMEDOUT',
      });
      const after = await outcomes(Array.from({ length: 6 }, () => one(database, sql`SELECT 1 AS one`)));
      expect(after).toEqual(after.map(() => ({ one: 1 })));
    } finally {
      await database.close();
      for (const { near, far } of links) for (const socket of [near, far]) socket.destroy();
      proxy.close();
    }
  });
});

describe('connections that die', () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  beforeAll(() => {
    process.on('uncaughtException', note);
    process.on('unhandledRejection', note);
  });
  afterAll(() => {
    process.off('uncaughtException', note);
    process.off('unhandledRejection', note);
    expect(uncaught).toEqual([]);
  });

  /** Ends every connection to this database but those that say who they are. */
  async function terminateAll(admin: Database): Promise<number> {
    const rows = await admin.query(
      'test.terminate',
      sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'test admin'`,
    );
    return rows.length;
  }

  test('while statements run fail those statements, and nothing after them', async () => {
    const admin = db.connect({ poolSize: 1, applicationName: 'test admin' });
    const database = db.connect({ poolSize: 8 });
    for (let round = 0; round < 5; round += 1) {
      const running = Array.from({ length: 16 }, () =>
        errorOf(database.query('test.running', sql`SELECT pg_sleep(20)`)),
      );
      await waitFor(
        async () => {
          const { busy } = await one<{ busy: number }>(
            admin,
            sql`SELECT count(*) AS busy FROM pg_stat_activity
              WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep(20)%' AND state = 'active'`,
          );
          return busy === 8;
        },
        { timeoutMs: 20_000, what: 'eight statements to run' },
      );
      let settled = false;
      const failures = Promise.all(running).finally(() => (settled = true));
      const killUntilSettled = async (): Promise<boolean> => {
        if (!settled) await terminateAll(admin);
        return settled;
      };
      await waitFor(killUntilSettled, { timeoutMs: 20_000, intervalMs: 20, what: 'all statements to end' });
      for (const failure of await failures) {
        expect(failure).toBeInstanceOf(DatabaseUnavailableError);
        expect(failure).not.toMatchObject({ code: '57014' });
      }
      // Not one error more: connections are new, none still holds what ended the old ones.
      const after = await outcomes(Array.from({ length: 30 }, () => one(database, sql`SELECT 1 AS one`)));
      expect(after).toEqual(after.map(() => ({ one: 1 })));
    }
  });

  test('while they are idle fail nothing for long', async () => {
    const admin = db.connect({ poolSize: 1, applicationName: 'test admin' });
    const database = db.connect({ poolSize: 4 });
    await Promise.all(Array.from({ length: 8 }, () => database.ping()));
    await terminateAll(admin);
    await waitFor(async () => (await errorOf(database.ping())) === undefined, {
      timeoutMs: 10_000,
      what: 'the database to answer again',
    });
    const after = await outcomes(Array.from({ length: 20 }, () => one(database, sql`SELECT 1 AS one`)));
    expect(after).toEqual(after.map(() => ({ one: 1 })));
  });

  test('lose no order and double none when each step is repeated until it is answered', async () => {
    const admin = db.connect({ poolSize: 1, applicationName: 'test admin' });
    const sku = await stockItem(db, { main: 60 });
    const orders = Array.from({ length: 60 }, () => newOrder([{ sku, quantity: 1 }]));
    let unavailable = 0;
    const insist = async <Answer>(step: () => Promise<Answer>): Promise<Answer> => {
      for (;;) {
        try {
          return await step();
        } catch (error) {
          if (!(error instanceof DatabaseUnavailableError)) throw error;
          unavailable += 1;
        }
      }
    };
    for (const order of orders) {
      const steps = [
        () => db.orders.placeAndReserve(order),
        () => db.orders.raiseAttention({ ...refOf(order), code: 'X', message: 'x' }),
        () => db.orders.releaseReservations(refOf(order)),
      ];
      for (const step of steps) await Promise.all([insist<unknown>(step), terminateAll(admin)]);
    }
    expect(unavailable).toBeGreaterThan(0);
    expect(await db.inventory.findInventory(sku)).toMatchObject({ onHand: 60, reserved: 0 });
    for (const order of orders) expect(await db.orderReads.events(order.orderId, 0, 100)).toHaveLength(4);
    await expectNoViolation(db);
  });
});

describe('closing', () => {
  test('lets what is under way finish and refuses what comes later', async () => {
    const database = db.connect({ poolSize: 1 });
    const running = [1, 2, 3].map((index) =>
      one<{ index: number }>(database, sql`SELECT ${index}::integer AS index, pg_sleep(0.05)::text AS slept`),
    );
    const closed = Promise.all([database.close(), database.close()]);
    expect(await errorOf(database.ping())).toMatchObject({
      name: 'DatabaseUnavailableError',
      code: 'CLOSED',
    });
    expect((await Promise.all(running)).map((row) => row.index)).toEqual([1, 2, 3]);
    await closed;
  });
});
