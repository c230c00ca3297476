/**
 * The driver's connections: made, tuned, and made anew after a loss.
 *
 * Why they are made anew: the driver's object of a connection that was lost keeps the error that ended it and fails the
 * next statement with it, and a link that went silent holds its statement until the kernel gives up.
 */
import postgres from 'postgres';
import { isConnectionLost, translateError } from './statement-errors.ts';

export interface ConnectionOptions {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /** Connections at most. */
  readonly poolSize: number;
  /** What pg_stat_activity shows. */
  readonly applicationName: string;
  /** The server gives a statement up after this time, milliseconds. */
  readonly statementTimeoutMs: number;
  /** How long connecting may take, milliseconds. */
  readonly connectTimeoutMs: number;
}

/** Sends one statement over one connection. */
export type Execute<Rows> = (client: postgres.Sql) => PromiseLike<Rows>;

export interface Connections {
  /** @throws DatabaseUnavailableError, InvariantViolatedError, or an Error for a mistake of ours */
  send<Rows>(name: string, execute: Execute<Rows>): Promise<Rows>;
  /** Closes all of them. Nothing may be under way. */
  end(): Promise<void>;
}

/** The driver's connections from one loss to the next. */
interface Generation {
  readonly client: postgres.Sql;
  running: number;
  retired: boolean;
}

/** Time for the answer of a statement that the server gave up to arrive. */
const ANSWER_GRACE_MS = 2_000;

export function createConnections(options: ConnectionOptions): Connections {
  const deadlineMs = options.connectTimeoutMs + options.statementTimeoutMs + ANSWER_GRACE_MS;
  const open = (): Generation => ({ client: connect(options), running: 0, retired: false });
  const ending = new Set<Promise<void>>();
  let current = open();

  const retire = (generation: Generation): void => {
    if (generation.retired) return;
    generation.retired = true;
    current = open();
  };
  const endWhenIdle = (generation: Generation): void => {
    if (!generation.retired || generation.running > 0) return;
    // Connections that were lost would keep a patient end waiting.
    const end = generation.client.end({ timeout: 0 }).finally(() => ending.delete(end));
    ending.add(end);
  };

  return {
    async send(name, execute) {
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
    },
    async end() {
      await Promise.all([...ending, current.client.end({ timeout: 1 })]);
    },
  };
}

function connect(options: ConnectionOptions): postgres.Sql {
  const tuning = {
    max: options.poolSize,
    connect_timeout: options.connectTimeoutMs / 1000,
    // The default waits up to 20 s before it tries again; orders should flow again sooner after a restart.
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 1),
    // Asking for the server's array types is a statement whose failure nobody could catch.
    fetch_types: false,
    // One statement at a time on a connection: a slow one holds nobody up, a lost connection fails one statement.
    max_pipeline: 0,
    connection: {
      application_name: options.applicationName,
      statement_timeout: options.statementTimeoutMs,
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
