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
import postgres from 'postgres';
import { DatabaseUnavailableError } from '../src/domain/database-errors.ts';
import { isConnectionLost, translateError } from './statement-errors.ts';
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

/** The driver's connections from one loss to the next. */
interface Generation {
  readonly client: postgres.Sql;
  running: number;
  retired: boolean;
}

const dialect = new PgDialect();

/** Time for the answer of a statement that the server gave up to arrive. */
const ANSWER_GRACE_MS = 2_000;

export function createDatabase(options: DatabaseOptions): Database {
  const {
    poolSize = 10,
    statementTimeoutMs = 10_000,
    connectTimeoutMs = 5_000,
    onQuery = <Result>(_name: string, run: () => Promise<Result>): Promise<Result> => run(),
  } = options;
  const slots = createStatementSlots(poolSize);
  const deadlineMs = connectTimeoutMs + statementTimeoutMs + ANSWER_GRACE_MS;
  const open = (): Generation => ({ client: connect(options), running: 0, retired: false });
  let current = open();
  let closing: Promise<void> | undefined;
  let onIdle: (() => void) | undefined;
  let underWay = 0;
  const ending = new Set<Promise<void>>();

  /**
   * After a loss the driver's connection objects still hold the error of the statement that was under way and fail the next
   * one with it, so new statements get new connections. The old ones end when their statements have.
   */
  const retire = (generation: Generation): void => {
    if (generation.retired || closing) return;
    generation.retired = true;
    current = open();
  };
  const endWhenIdle = (generation: Generation): void => {
    if (!generation.retired || generation.running > 0) return;
    // Nothing is under way, and connections that were lost would keep a patient end waiting.
    const end = generation.client.end({ timeout: 0 }).finally(() => ending.delete(end));
    ending.add(end);
  };

  const send = async <Rows>(
    name: string,
    execute: (client: postgres.Sql) => PromiseLike<Rows>,
  ): Promise<Rows> => {
    const generation = current;
    generation.running += 1;
    try {
      return await before(deadlineMs, name, execute(generation.client));
    } catch (error) {
      if (isConnectionLost(error)) retire(generation);
      throw translateError(name, error);
    } finally {
      generation.running -= 1;
      endWhenIdle(generation);
    }
  };

  const perform = async <Rows>(
    name: string,
    execute: (client: postgres.Sql) => PromiseLike<Rows>,
  ): Promise<Rows> => {
    if (closing) throw new DatabaseUnavailableError(name, 'CLOSED');
    underWay += 1;
    try {
      if (!(await slots.take(statementTimeoutMs))) throw new DatabaseUnavailableError(name, 'POOL_EXHAUSTED');
      try {
        return await onQuery(name, () => send(name, execute));
      } finally {
        slots.release();
      }
    } finally {
      underWay -= 1;
      if (underWay === 0) onIdle?.();
    }
  };

  const database: Database = {
    query(name, statement) {
      const { sql: text, params } = dialect.sqlToQuery(statement);
      return perform(name, (client) => client(templateOf(text), ...toParameters(params)));
    },
    async run(name, build) {
      const builder = drizzle(async (text, params, method) => {
        const rows = await perform<unknown[]>(name, (client) => {
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
      await perform('database.ping', (client) => client`SELECT 1`);
    },
    close() {
      closing ??= (async () => {
        if (underWay > 0) await new Promise<void>((resolve) => (onIdle = resolve));
        await Promise.all([...ending, current.client.end({ timeout: 1 })]);
      })();
      return closing;
    },
  };
  return database;
}

function connect(options: DatabaseOptions): postgres.Sql {
  const tuning = {
    max: options.poolSize ?? 10,
    connect_timeout: (options.connectTimeoutMs ?? 5_000) / 1000,
    // The default waits up to 20 s before it tries again; orders should flow again sooner after a restart.
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 1),
    // Asking for the server's array types is a statement whose failure nobody could catch.
    fetch_types: false,
    // One statement at a time on a connection: a slow one holds nobody up, a lost connection fails one statement.
    max_pipeline: 0,
    connection: {
      application_name: options.applicationName ?? 'order-saga',
      statement_timeout: options.statementTimeoutMs ?? 10_000,
      TimeZone: 'UTC',
      client_min_messages: 'error',
      // Compiling a plan costs more than any of these statements.
      jit: 'off',
    },
    types: VALUE_TYPES,
  };
  return postgres(options.url, tuning);
}

/** How values cross the wire. Arrays and json go out as text (see `textArray` and `json`), so that nothing is encoded twice. */
const VALUE_TYPES = {
  safeInteger: {
    to: 20,
    from: [20],
    serialize: (value: number) => String(value),
    parse: (text: string) => {
      const value = Number(text);
      if (!Number.isSafeInteger(value)) throw new RangeError('An int8 does not fit a JavaScript number');
      return value;
    },
  },
  instant: {
    to: 1184,
    from: [1184],
    serialize: (value: string) => value,
    parse: (text: string) => new Date(text).toISOString(),
  },
  json: {
    to: 3802,
    from: [114, 3802],
    serialize: (text: string) => text,
    parse: (text: string): unknown => JSON.parse(text),
  },
};

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

function before<Result>(deadlineMs: number, name: string, work: PromiseLike<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      // Thrown in the driver's terms, so that its connections are made anew: this one is half open.
      reject(Object.assign(new Error(`${name} had no answer`), { code: 'ETIMEDOUT' }));
    }, deadlineMs);
  });
  return Promise.race([work, expiry]).finally(() => clearTimeout(timer));
}
