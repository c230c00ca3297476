/**
 * The one way to PostgreSQL: single prepared statements, each under a stable name.
 *
 * Owns: connections, how values cross the wire, time limits, what an error becomes.
 * Does not own: retries (the caller's) and transactions (there are none: every change is one statement).
 */
import type { SQL } from 'drizzle-orm';
import { DrizzleQueryError } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { drizzle, type PgRemoteDatabase } from 'drizzle-orm/pg-proxy';
import { DatabaseUnavailableError } from '../src/domain/database-errors.ts';
import { createConnections, type Execute } from './connections.ts';
import { createStatementSlots } from './statement-slots.ts';

export interface DatabaseOptions {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /** Connections at most, which is also how many statements run at once. @default 10 */
  readonly poolSize?: number | undefined;
  /** What pg_stat_activity shows. @default 'order-saga' */
  readonly applicationName?: string | undefined;
  /** The server gives a statement up after this time, milliseconds. @default 10 000 */
  readonly statementTimeoutMs?: number | undefined;
  /** How long connecting may take, milliseconds. @default 5 000 */
  readonly connectTimeoutMs?: number | undefined;
  /** Wrapped around every statement, for tracing and metrics; must call `run` once and pass its outcome on. */
  readonly onQuery?: (<Result>(name: string, run: () => Promise<Result>) => Promise<Result>) | undefined;
}

/**
 * All methods may reject with DatabaseUnavailableError (the statement may or may not have been carried out) and with
 * InvariantViolatedError (a constraint refused it, nothing was changed).
 */
export interface Database {
  /**
   * Runs one statement and answers its rows. `Row` is what the statement selects: int8 as number, timestamptz as RFC 3339
   * in UTC, json parsed.
   * @param name stable, `<repository>.<method>`
   */
  query<Row extends object>(name: string, statement: SQL): Promise<readonly Row[]>;
  /** Runs one statement of drizzle's query builder. */
  run<Result>(name: string, build: (builder: PgRemoteDatabase) => PromiseLike<Result>): Promise<Result>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** Lets what is under way finish and closes all connections. Later calls reject. */
  close(): Promise<void>;
}

const dialect = new PgDialect();

export function createDatabase(options: DatabaseOptions): Database {
  const perform = createPerformer(options);
  return {
    query(name, statement) {
      const { sql: text, params } = dialect.sqlToQuery(statement);
      return perform.run(name, (client) => client(templateOf(text), ...toParameters(params)));
    },
    async run(name, build) {
      const builder = drizzle(async (text, params, method) => {
        const rows = await perform.run<unknown[]>(name, (client) => {
          const query = client(templateOf(text), ...toParameters(params));
          return method === 'all' ? query.values() : query;
        });
        return { rows };
      });
      try {
        return await build(builder);
      } catch (error) {
        // The builder's own error repeats the statement's values in its message; what went wrong is its cause.
        throw error instanceof DrizzleQueryError && error.cause !== undefined ? error.cause : error;
      }
    },
    async ping() {
      await perform.run('database.ping', (client) => client`SELECT 1`);
    },
    close: () => perform.close(),
  };
}

interface Performer {
  run<Rows>(name: string, execute: Execute<Rows>): Promise<Rows>;
  close(): Promise<void>;
}

/** Takes turns at the connections, lets the caller's hook see each statement, and closes when all have ended. */
function createPerformer(options: DatabaseOptions): Performer {
  const {
    url,
    poolSize = 10,
    applicationName = 'order-saga',
    statementTimeoutMs = 10_000,
    connectTimeoutMs = 5_000,
    onQuery = <Result>(_name: string, run: () => Promise<Result>): Promise<Result> => run(),
  } = options;
  const connections = createConnections({
    url,
    poolSize,
    applicationName,
    statementTimeoutMs,
    connectTimeoutMs,
  });
  const slots = createStatementSlots(poolSize);
  let closing: Promise<void> | undefined;
  let onIdle: (() => void) | undefined;
  let underWay = 0;

  const inTurn = async <Rows>(name: string, execute: Execute<Rows>): Promise<Rows> => {
    if (!(await slots.take(statementTimeoutMs))) throw new DatabaseUnavailableError(name, 'POOL_EXHAUSTED');
    try {
      return await onQuery(name, () => connections.send(name, execute));
    } finally {
      slots.release();
    }
  };

  return {
    async run(name, execute) {
      if (closing) throw new DatabaseUnavailableError(name, 'CLOSED');
      underWay += 1;
      try {
        return await inTurn(name, execute);
      } finally {
        underWay -= 1;
        if (underWay === 0) onIdle?.();
      }
    },
    close() {
      closing ??= (async () => {
        if (underWay > 0) await new Promise<void>((resolve) => (onIdle = resolve));
        await connections.end();
      })();
      return closing;
    },
  };
}

/**
 * The driver remembers every template for ever (and, were the text passed as it is, every single call that failed), so
 * each text becomes one template once. There are as many texts as there are statements.
 */
const templates = new Map<string, TemplateStringsArray>();
function templateOf(text: string): TemplateStringsArray {
  let template = templates.get(text);
  if (template === undefined) {
    const parts = text.split(/\$\d+/);
    template = Object.assign(parts, { raw: parts });
    templates.set(text, template);
  }
  return template;
}

type Scalar = string | number | boolean | null;

function toParameters(params: readonly unknown[]): Scalar[] {
  return params.map((value, index) => {
    if (
      value === null ||
      typeof value === 'string' ||
      typeof value === 'number' ||
      typeof value === 'boolean'
    )
      return value;
    throw new TypeError(`Parameter ${index + 1} is ${typeof value}: pass it through json() or textArray()`);
  });
}
