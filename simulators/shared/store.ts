/**
 * The durable record of a simulator: one SQLite file, written through to the disk before anything is answered, so that
 * neither a `kill -9` nor a power cut makes a provider forget what it has said.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { z } from 'zod';

export interface Store {
  /** Runs one statement that changes something. @returns how many rows it changed */
  run(sql: string, ...values: readonly SQLInputValue[]): number;
  /** The rows of a query, checked against `row`. */
  all<Row>(row: z.ZodType<Row>, sql: string, ...values: readonly SQLInputValue[]): Row[];
  /** The first row of a query, or null. */
  first<Row>(row: z.ZodType<Row>, sql: string, ...values: readonly SQLInputValue[]): Row | null;
  /**
   * Makes what `work` writes durable together, or not at all when it throws. The work is synchronous and this process
   * is the only one that uses the file, so nothing can come between its statements.
   */
  atomically<Result>(work: () => Result): Result;
  close(): void;
}

/**
 * Opens the file, makes it when it is missing, and applies `schema` (statements that may be repeated).
 *
 * @throws Error of SQLite when the file cannot be written
 */
export function openStore(file: string, schema: string): Store {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  // A predecessor that is being killed may hold the file for a moment longer.
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  database.exec(schema);
  // SQLite opens a file that cannot be written as one to be read, also for good; then the program ends here and is started again.
  database.exec('BEGIN IMMEDIATE; CREATE TABLE writability (unused); ROLLBACK');
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const statement = (sql: string): ReturnType<DatabaseSync['prepare']> => {
    const known = prepared.get(sql);
    if (known) return known;
    const made = database.prepare(sql);
    prepared.set(sql, made);
    return made;
  };
  return {
    run: (sql, ...values) => Number(statement(sql).run(...values).changes),
    all: (row, sql, ...values) =>
      statement(sql)
        .all(...values)
        .map((found) => row.parse(found)),
    first: (row, sql, ...values) => {
      const found = statement(sql).get(...values);
      return found === undefined ? null : row.parse(found);
    },
    atomically: (work) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        database.exec('COMMIT');
        return result;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => database.close(),
  };
}
