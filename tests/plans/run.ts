/** What every call of a run needs to know. */
import type { Database } from '../../db/client.ts';
import type { Repositories } from '../../db/repositories/index.ts';
import type { TestDatabase } from '../integration/db/fixtures.ts';

/** Of whom there are many orders in the past. */
export const CUSTOMER = 'cus_17';
export const PAGE = 1_000;
export const GRACE_MS = 300_000;

export type Run = Repositories & {
  readonly database: Database;
  readonly url: string;
  /** Tells the rows of this run from those of another. */
  readonly tag: string;
  readonly past: Past;
};
/** Ids of orders of the past by status, the newest first. */
export type Past = Readonly<Record<string, readonly string[]>>;

/** The first of the ids. @throws Error when there is none */
export const one = (ids: readonly string[] | undefined): string => {
  const [id] = ids ?? [];
  if (id === undefined) throw new Error('There is no such order');
  return id;
};

/** The fixture brings orders about through the repositories that it is given. */
export function testDatabaseOf(run: Run): TestDatabase {
  return { ...run, connect: () => run.database, close: async () => undefined };
}
