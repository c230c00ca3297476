/** A PostgreSQL server of our own, reachable from this machine only. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { ManagedProcess, type ProcessHost } from '../managed-process.ts';
import type { Part } from '../part.ts';
import { commandLineOf, signalProcess } from '../process-table.ts';
import { waitFor } from '../wait-for.ts';
import { installPostgres, type PostgresInstallation } from './binaries.ts';

export interface PostgresPartOptions {
  readonly port: number;
  /** Made when it is not there. Its parent must be reachable by the user who runs the server. */
  readonly dataDirectory: string;
  readonly password: string;
  /** False gives up the safety of data against a crash of the machine, for tests; never against that of the server. */
  readonly durable: boolean;
  /** Settings that differ from the usual. @default none */
  readonly settings?: Readonly<Record<string, string>>;
  /** Tells its process from that of another one. @default postgres */
  readonly processName?: string;
  readonly host: ProcessHost;
}

const SUPERUSER = 'postgres';
const DATABASE = 'order_saga';
const STOP_TIMEOUT_MS = 20_000;

/** Adds DATABASE_URL: the database `order_saga`, empty when new. */
export function postgresPart(options: PostgresPartOptions): Part {
  return {
    name: 'PostgreSQL',
    async start({ report, signal }) {
      const installation = installPostgres();
      if (!existsSync(join(options.dataDirectory, 'PG_VERSION'))) {
        report('creating the data directory');
        await createDataDirectory(installation, options);
      }
      const server = await startServer(installation, options, signal);
      try {
        const url = await ensureDatabase(options);
        return {
          addresses: { PostgreSQL: url.replace(/:[^:@]+@/, '@') },
          env: { DATABASE_URL: url },
          stop: () => server.stop(),
        };
      } catch (error) {
        await server.stop();
        throw error;
      }
    },
  };
}

function startServer(
  installation: PostgresInstallation,
  options: PostgresPartOptions,
  signal: AbortSignal,
): Promise<ManagedProcess> {
  const settings: Record<string, string> = {
    port: String(options.port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(options.durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...options.settings,
  };
  return ManagedProcess.start(
    {
      name: options.processName ?? 'postgres',
      command: installation.postgres,
      args: [
        '-D',
        options.dataDirectory,
        ...Object.entries(settings).map(([key, value]) => `--${key}=${value}`),
      ],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', LC_MESSAGES: 'C' },
      workingDirectory: options.dataDirectory,
      user: installation.user,
      ready: () => answers(options),
      readyTimeoutMs: 60_000,
      // A fast shutdown: sessions are ended, everything is written.
      stopSignal: 'SIGINT',
      stopTimeoutMs: STOP_TIMEOUT_MS,
      // An immediate shutdown; unlike SIGKILL it takes the server's own children along.
      killSignal: 'SIGQUIT',
      prepare: () => stopEarlierServer(options.dataDirectory),
    },
    options.host,
    signal,
  );
}

/** The new directory appears under its name only when it is complete. */
async function createDataDirectory(
  installation: PostgresInstallation,
  options: PostgresPartOptions,
): Promise<void> {
  const parent = dirname(options.dataDirectory);
  mkdirSync(parent, { recursive: true });
  removeUnfinished(parent, basename(options.dataDirectory));
  const unfinished = `${options.dataDirectory}.new-${randomBytes(4).toString('hex')}`;
  mkdirSync(unfinished, { mode: 0o700 });
  const passwordFile = join(unfinished, '..', `${basename(unfinished)}.password`);
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (installation.user) {
    chownSync(unfinished, installation.user.uid, installation.user.gid);
    chownSync(passwordFile, installation.user.uid, installation.user.gid);
  }
  try {
    await promisify(execFile)(
      installation.initdb,
      [
        `--pgdata=${unfinished}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        ...(options.durable ? [] : ['--no-sync']),
      ],
      { cwd: unfinished, env: { PATH: process.env['PATH'], LC_ALL: 'C' }, ...installation.user },
    );
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error(`initdb could not create ${options.dataDirectory}: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, options.dataDirectory);
}

function removeUnfinished(parent: string, name: string): void {
  for (const entry of readdirSync(parent))
    if (entry.startsWith(`${name}.new-`)) rmSync(join(parent, entry), { recursive: true, force: true });
}

/**
 * A server that a killed stack has left behind keeps the data directory. PostgreSQL writes its process id there; it is
 * stopped only when the process of that number is a PostgreSQL on this very directory. A number that belongs to another
 * program now would keep PostgreSQL from starting, so such a file is removed.
 */
async function stopEarlierServer(dataDirectory: string): Promise<void> {
  const pidFile = join(dataDirectory, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const isOurs = (): boolean => commandLineOf(pid)?.includes(`postgres -D ${dataDirectory} `) ?? false;
  if (!isOurs()) {
    if (commandLineOf(pid) !== null) rmSync(pidFile, { force: true });
    return;
  }
  for (const stopSignal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    signalProcess(pid, stopSignal);
    const gone = await waitFor(() => !isOurs(), {
      timeoutMs: STOP_TIMEOUT_MS,
      what: 'the earlier server to end',
    }).catch(() => false);
    if (gone) return;
  }
  throw new Error(`An earlier PostgreSQL (process ${pid}) holds ${dataDirectory} and does not end.`);
}

function connect(options: PostgresPartOptions, database: string): postgres.Sql {
  return postgres({
    host: '127.0.0.1',
    port: options.port,
    user: SUPERUSER,
    password: options.password,
    database,
    max: 1,
    connect_timeout: 5,
    onnotice: () => undefined,
  });
}

async function answers(options: PostgresPartOptions): Promise<boolean> {
  const sql = connect(options, 'postgres');
  try {
    await sql`SELECT 1`;
    return true;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** @returns the address of the database */
async function ensureDatabase(options: PostgresPartOptions): Promise<string> {
  const sql = connect(options, 'postgres');
  try {
    const [found] = await sql`SELECT 1 FROM pg_database WHERE datname = ${DATABASE}`;
    if (!found) await sql`CREATE DATABASE ${sql(DATABASE)}`;
  } finally {
    await sql.end({ timeout: 1 });
  }
  return `postgres://${SUPERUSER}:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}/${DATABASE}`;
}
