/** Calls every method of every repository as the programs do, over orders of the past and new ones. */
import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Database } from '../../db/client.ts';
import type { Repositories } from '../../db/repositories/index.ts';
import { screen, sell, sendOn, waitInRooms } from './order-calls.ts';
import type { Past, Run } from './run.ts';
import { lookAfter, operate, read } from './staff-calls.ts';

/** @returns the methods that were not called, `<repository>.<method>` */
export async function callEveryMethod(
  plain: Repositories,
  database: Database,
  { mode, url }: { readonly mode: string; readonly url: string },
): Promise<readonly string[]> {
  const called = new Set<string>();
  const repositories = watched(plain, called);
  const run: Run = {
    ...repositories,
    database,
    url,
    tag: `${mode}-${randomUUID().slice(0, 8)}`,
    past: await readPast(database),
  };
  await sell(run);
  await sendOn(run);
  await read(run);
  await lookAfter(run);
  await waitInRooms(run);
  await screen(run);
  await operate(run);
  return Object.entries(plain).flatMap(([repository, methods]) =>
    Object.keys(methods as object)
      .map((method) => `${repository}.${method}`)
      .filter((name) => !called.has(name)),
  );
}

function watched(plain: Repositories, called: Set<string>): Repositories {
  const entries = Object.entries(plain).map(([repository, methods]) => [
    repository,
    new Proxy(methods as object, {
      get(target, method) {
        called.add(`${repository}.${String(method)}`);
        return Reflect.get(target, method) as unknown;
      },
    }),
  ]);
  return Object.fromEntries(entries) as Repositories;
}

async function readPast(database: Database): Promise<Past> {
  const rows = await database.query<{ status: string; ids: readonly string[] }>(
    'test.past',
    sql`SELECT status, to_json((array_agg(id ORDER BY created_at DESC))[1:20]) AS ids FROM orders
      WHERE principal_id = 'key:history' GROUP BY status`,
  );
  return Object.fromEntries(rows.map(({ status, ids }) => [status, ids]));
}
